package objects

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

// checksums are those that a client can send along, by the end of their header's name.
var checksums = map[string]func() hash.Hash{
	"Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"Crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(nvme)) },
	"Sha1":      sha1.New,
	"Sha256":    sha256.New,
}

// nvme is the polynomial of the NVM Express specification, reversed as hash/crc64 has it.
const nvme = 0x9a6c9329ac4bc9b5

const checksumHeader = "X-Amz-Checksum-"

// body is what a request carries, with all that vouches for it.
type body struct {
	from    io.Reader
	size    int64
	sum     hash.Hash            // SHA-256
	hash    string               // that it has to be, in hexadecimal; empty: it is not said
	md5     string               // Content-MD5
	digests map[string]hash.Hash // by header
	header  http.Header
	chunks  *sigv4.Chunks
}

// open reads what a request says of its body.
func open(r *http.Request, o sigv4.Object, most int64) (*body, error) {
	b := &body{from: r.Body, size: r.ContentLength, sum: sha256.New(), md5: r.Header.Get("Content-Md5"), digests: map[string]hash.Hash{}, header: r.Header}
	coding := strings.ToLower(strings.ReplaceAll(r.Header.Get("Content-Encoding"), " ", ""))
	switch o.Payload {
	case sigv4.Unsigned:
	case sigv4.ChunksUnsigned, sigv4.ChunksSigned, sigv4.ChunksTrailer:
		size, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
		if err != nil || size < 0 {
			return nil, &Error{Status: http.StatusLengthRequired, Code: "MissingContentLength", Message: "A body in chunks needs the header x-amz-decoded-content-length."}
		}
		b.size, b.chunks = size, o.Chunks(r.Body)
		b.from = b.chunks
		coding = strings.TrimPrefix(strings.TrimPrefix(coding, "aws-chunked"), ",")
	default:
		if data, err := hex.DecodeString(o.Payload); err != nil || len(data) != sha256.Size {
			return nil, notImplemented("The x-amz-content-sha256 header must be the SHA-256 of the body, " + sigv4.Unsigned + " or one of the STREAMING forms of AWS4-HMAC-SHA256.")
		}
		b.hash = o.Payload
	}
	switch {
	case coding != "" && coding != "identity":
		return nil, notImplemented("The body must come without a Content-Encoding but aws-chunked.")
	case b.size < 0:
		return nil, &Error{Status: http.StatusLengthRequired, Code: "MissingContentLength", Message: "You must provide the Content-Length HTTP header."}
	case b.size > most:
		return nil, errTooLarge
	}
	return b, b.expect(r.Header)
}

// expect prepares for the checksums that come along, or behind the body.
func (b *body) expect(h http.Header) error {
	names := strings.Split(h.Get("X-Amz-Trailer"), ",")
	for name := range h {
		names = append(names, name)
	}
	for _, name := range names {
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		kind, found := strings.CutPrefix(name, checksumHeader)
		if !found || kind == "Algorithm" || kind == "Type" || kind == "Mode" {
			continue
		}
		of := checksums[kind]
		if of == nil {
			return notImplemented("The checksum " + strings.ToLower(name) + " is not known here. Use one of CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.")
		}
		b.digests[name] = of()
	}
	if b.md5 != "" {
		b.digests["Content-Md5"] = md5.New()
	}
	return nil
}

// spool writes the body to a file at a place that was made for it, and answers its ETag once all that vouches for it is right.
func (b *body) spool(to *os.File, at int64) (etag string, err error) {
	into := []io.Writer{io.NewOffsetWriter(to, at), b.sum}
	for _, digest := range b.digests {
		into = append(into, digest)
	}
	n, err := io.Copy(&writeErrors{to: io.MultiWriter(into...)}, io.LimitReader(b.from, b.size))
	if err == nil {
		err = b.ended(n)
	}
	var failed *writeError
	switch {
	case errors.As(err, &failed):
		return "", failed.error
	case errors.Is(err, sigv4.ErrChunkSignature):
		return "", &Error{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch", Message: "The signature of a chunk does not match."}
	case err != nil && asError(err) == nil:
		return "", errCut
	case err != nil:
		return "", err
	}
	sum := b.sum.Sum(nil)
	if b.hash != "" && b.hash != hex.EncodeToString(sum) {
		return "", &Error{Status: http.StatusBadRequest, Code: "XAmzContentSHA256Mismatch", Message: "The x-amz-content-sha256 header is not the SHA-256 of the body."}
	}
	return `"` + hex.EncodeToString(sum[:16]) + `"`, b.vouched()
}

// ended sees that the body ends where it should.
func (b *body) ended(n int64) error {
	if n < b.size {
		return io.ErrUnexpectedEOF
	}
	extra, err := io.CopyN(io.Discard, b.from, 1)
	if extra > 0 || err == nil {
		return Invalid("The body is longer than its length says.")
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// vouched compares the checksums.
func (b *body) vouched() error {
	for name, digest := range b.digests {
		told := b.header.Get(name)
		if told == "" && b.chunks != nil {
			told = b.chunks.Trailers().Get(name)
		}
		if got := base64.StdEncoding.EncodeToString(digest.Sum(nil)); told != got {
			return &Error{Status: http.StatusBadRequest, Code: "BadDigest", Message: "The " + strings.ToLower(name) + " you specified did not match what we received."}
		}
	}
	return nil
}

// tell repeats the checksums that were right: clients list them when they complete an upload.
func (b *body) tell(h http.Header) {
	for name, digest := range b.digests {
		if name != "Content-Md5" {
			h.Set(name, base64.StdEncoding.EncodeToString(digest.Sum(nil)))
		}
	}
}

// writeErrors tells the disk's errors from the client's.
type writeErrors struct{ to io.Writer }

type writeError struct{ error }

// Write writes.
func (w *writeErrors) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}
