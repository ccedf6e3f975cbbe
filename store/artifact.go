package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"
)

// ArtifactStore keeps immutable content under its SHA-256. It is safe for concurrent use, by any number of processes.
//
// A digest that is not "sha256:" and 64 lower-case hexadecimal digits is answered with *Invalid; a driver calls CheckDigest
// before it makes a path of one.
type ArtifactStore interface {
	// Put streams content in and answers its digest. A reference exists only after the whole content does: when the reader,
	// the context or the store fails, nothing is left. Putting what exists makes it young again. *TooLarge: over the driver's
	// limit for one artifact; ErrFull: no room left.
	Put(ctx context.Context, content io.Reader) (Blob, error)
	// Open streams content out. The reader answers ErrCorrupt instead of io.EOF when the content does not hash to the digest, so
	// nothing read is to be trusted before io.EOF. Content deleted meanwhile may go on being read. ErrNotFound where there is none.
	Open(ctx context.Context, digest string) (io.ReadCloser, error)
	// Stat answers ErrNotFound where there is none. It does not read the content.
	Stat(ctx context.Context, digest string) (Blob, error)
	// Delete removes content. It refuses content put less than grace ago with ErrYoung, on the store's clock, since a reference to it
	// may be on its way. Absent content is no error.
	Delete(ctx context.Context, digest string, grace time.Duration) error
	// List pages all content by digest, from the first one after after; limit as in PageLimit. A page without entries is the end.
	List(ctx context.Context, after string, limit int) ([]Blob, error)
}

// Blob describes stored content.
type Blob struct {
	Digest string    // sha256: and 64 lower-case hex digits
	Size   int64     // bytes
	Put    time.Time // when it was last put, on the store's clock
}

const digestPrefix = "sha256:"

// Digest names the content that h, a SHA-256, has been given.
func Digest(h hash.Hash) string { return digestPrefix + hex.EncodeToString(h.Sum(nil)) }

// CheckDigest answers *Invalid for what is not a digest in canonical form.
func CheckDigest(digest string) error {
	digits, ok := strings.CutPrefix(digest, digestPrefix)
	if !ok || len(digits) != 2*sha256.Size || strings.Trim(digits, "0123456789abcdef") != "" {
		return &Invalid{Problem: fmt.Sprintf("%.80q is not a digest: sha256: and 64 lower-case hexadecimal digits", digest)}
	}
	return nil
}

// Verify makes content answer an error that is ErrCorrupt instead of io.EOF when what was read up to there does not hash to digest. Drivers
// return it from Open.
func Verify(digest string, content io.ReadCloser) io.ReadCloser {
	return &verifier{ReadCloser: content, digest: digest, hash: sha256.New()}
}

type verifier struct {
	io.ReadCloser
	digest string
	hash   hash.Hash
}

// Read hashes what passes through.
func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.hash.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if got := Digest(v.hash); got != v.digest {
			err = fmt.Errorf("%w: expected %s, read %s", ErrCorrupt, v.digest, got)
		}
	}
	return n, err
}
