package dir

import (
	"context"
	"fmt"
	"hash"
	"io"
	"math"

	"github.com/penstock-dev/penstock/store"
)

// intake is content that comes in: bounded and counted. Whoever reads it hashes it.
type intake struct {
	ctx   context.Context
	from  io.Reader
	hash  hash.Hash
	size  int64
	limit int64
}

// readerError is what the caller's reader answered.
type readerError struct{ err error }

// Error says where it happened.
func (e *readerError) Error() string { return fmt.Sprintf("store: put artifact: read: %v", e.err) }

// Unwrap is what the reader answered.
func (e *readerError) Unwrap() error { return e.err }

func (in *intake) digest() string { return store.Digest(in.hash) }

// Read asks the context before each read.
func (in *intake) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := in.from.Read(p)
	in.size += int64(n)
	if in.size > in.limit {
		return n, &store.TooLarge{What: "artifact", Limit: int(min(in.limit, math.MaxInt))}
	}
	if err != nil && err != io.EOF {
		err = &readerError{err}
	}
	return n, err
}

// fill reads until buf is full or the content ends. io.ReadFull would not do: it takes a reader's own io.ErrUnexpectedEOF, a
// download cut short, for the end.
func fill(r io.Reader, buf []byte) (n int, whole bool, err error) {
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		n += m
		if err == io.EOF {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}
