package store

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors of ArtifactStore and LogStore; drivers wrap them.
var (
	ErrNotFound = errors.New("store: not found")          // no such content or log
	ErrCorrupt  = errors.New("store: content is corrupt") // what was read does not hash to its digest
	ErrYoung    = errors.New("store: content is too young to delete")
	ErrFenced   = errors.New("store: a later claim owns this log") // the writer's fence is lower than one already seen
	ErrFull     = errors.New("store: log is full")
)

// ArtifactStore keeps immutable content under its SHA-256. Safe for concurrent use.
type ArtifactStore interface {
	// Put streams content in and answers its digest. A reference exists only after the whole content does: when the reader
	// or the store fails nothing is left. Putting what exists makes it young again.
	Put(ctx context.Context, content io.Reader) (Blob, error)
	// Open streams content out; the reader answers ErrCorrupt instead of io.EOF when it does not hash to the digest.
	Open(ctx context.Context, digest string) (io.ReadCloser, error)
	// Stat answers ErrNotFound where there is none.
	Stat(ctx context.Context, digest string) (Blob, error)
	// Delete refuses content younger than grace with ErrYoung (a reference to it may be on its way); absent content is no error.
	Delete(ctx context.Context, digest string, grace time.Duration) error
	// List pages all content by digest.
	List(ctx context.Context, after string, limit int) ([]Blob, error)
}

// Blob describes stored content.
type Blob struct {
	Digest string    // sha256: and 64 lower-case hex digits
	Size   int64     // bytes
	Put    time.Time // when it was last put, on the store's clock
}

// LogStore keeps the output of runs. Safe for concurrent use.
type LogStore interface {
	// Append adds to the log of (ID, Run); a fence lower than one already seen is refused with ErrFenced, bytes over the
	// store's limit with ErrFull (what fits is kept).
	Append(ctx context.Context, log LogRef, p []byte) error
	// Read answers up to limit bytes from offset, and the log's size. An absent log is empty.
	Read(ctx context.Context, id string, run int, offset int64, limit int) (p []byte, size int64, err error)
}

// LogRef names a run's log and the claim that writes it.
type LogRef struct {
	ID    string // action execution
	Run   int
	Fence uint64
}
