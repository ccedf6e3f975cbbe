package sigv4

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// What can be wrong with a body that comes in chunks.
var (
	ErrChunks         = errors.New("sigv4: the chunks of the body are not well formed")
	ErrChunkSignature = errors.New("sigv4: the signature of a chunk does not match")
)

const (
	mostLine     = 4 << 10 // bytes of a line between chunks
	mostTrailers = 16
)

// chunkSigner follows the signatures of chunks, each of which covers the one before.
type chunkSigner struct {
	key         []byte
	date, scope string
	previous    string
}

func (s *chunkSigner) sign(algorithm string, hashes ...string) string {
	text := strings.Join(append([]string{algorithm, s.date, s.scope, s.previous}, hashes...), "\n")
	return hex.EncodeToString(keyed(s.key, text))
}

// is says whether a signature is the next one.
func (s *chunkSigner) is(given, algorithm string, hashes ...string) bool {
	s.previous = s.sign(algorithm, hashes...)
	return hmac.Equal([]byte(s.previous), []byte(given))
}

// Chunks reads a body in chunks (Content-Encoding aws-chunked). It answers no io.EOF but after the last chunk and the trailers; what was read
// before is not to be believed until then.
type Chunks struct {
	in       *bufio.Reader
	signer   *chunkSigner // nil: the chunks are not signed
	trailing bool         // trailers may come
	left     int64        // of the chunk
	given    string       // signature of the chunk
	hash     hash.Hash    // of the chunk
	begun    bool
	err      error
	trailers http.Header
}

// Chunks is the body of a request, which has to be of one of the three forms that come in chunks.
func (o Object) Chunks(body io.Reader) *Chunks {
	c := &Chunks{in: bufio.NewReaderSize(body, mostLine), trailing: o.Payload != ChunksSigned, hash: sha256.New(), trailers: http.Header{}}
	if o.Payload != ChunksUnsigned {
		c.signer = &o.chunks
	}
	return c
}

// Trailers are the headers behind the chunks, once Read has answered io.EOF.
func (c *Chunks) Trailers() http.Header { return c.trailers }

// Read reads what is in the chunks.
func (c *Chunks) Read(p []byte) (int, error) {
	for c.err == nil && c.left == 0 {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.in.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if c.signer != nil {
		c.hash.Write(p[:n])
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	c.err = err
	return n, err
}

// next ends a chunk and begins another one.
func (c *Chunks) next() error {
	if c.begun {
		if line, err := c.line(); err != nil || line != "" {
			return errors.Join(ErrChunks, err)
		}
		if err := c.verify(); err != nil {
			return err
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	size, extension, signed := strings.Cut(line, ";")
	c.left, err = parseSize(size)
	c.given, _ = strings.CutPrefix(extension, "chunk-signature=")
	switch {
	case err != nil || signed != (c.signer != nil) || signed && c.given == extension:
		return ErrChunks
	case c.left > 0:
		return nil
	}
	if err := c.verify(); err != nil {
		return err
	}
	return c.end()
}

func parseSize(text string) (int64, error) {
	if text == "" || strings.Trim(text, "0123456789abcdefABCDEF") != "" || len(text) > 15 {
		return 0, ErrChunks
	}
	return strconv.ParseInt(text, 16, 64)
}

// verify judges the signature of the chunk that was read.
func (c *Chunks) verify() error {
	if c.signer == nil {
		return nil
	}
	nothing := sha256.Sum256(nil)
	sum := c.hash.Sum(nil)
	c.hash.Reset()
	if !c.signer.is(c.given, algorithm+"-PAYLOAD", hex.EncodeToString(nothing[:]), hex.EncodeToString(sum)) {
		return ErrChunkSignature
	}
	return nil
}

// end reads the trailers.
func (c *Chunks) end() error {
	var signed bytes.Buffer
	given := ""
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !ok || !c.trailing || given != "" || len(c.trailers) == mostTrailers || c.trailers.Get(name) != "":
			return ErrChunks
		case name == "x-amz-trailer-signature" && c.signer != nil:
			given = value
		default:
			c.trailers.Set(name, value)
			signed.WriteString(name + ":" + value + "\n")
		}
	}
	if c.signer != nil && signed.Len() > 0 {
		sum := sha256.Sum256(signed.Bytes())
		if !c.signer.is(given, algorithm+"-TRAILER", hex.EncodeToString(sum[:])) {
			return ErrChunkSignature
		}
	}
	if _, err := c.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(ErrChunks, err)
	}
	return io.EOF
}

// line reads a line that ends with a line feed; some clients end the trailers' with that alone.
func (c *Chunks) line() (string, error) {
	line, err := c.in.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF):
		return "", io.ErrUnexpectedEOF
	case errors.Is(err, bufio.ErrBufferFull):
		return "", ErrChunks
	case err != nil:
		return "", err
	}
	return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
}
