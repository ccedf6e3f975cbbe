package dir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/penstock-dev/penstock/store"
)

// content is an artifact that is being read.
type content struct {
	ctx      context.Context
	file     *os.File
	verified io.ReadCloser
}

func newContent(ctx context.Context, digest string, f *os.File) *content {
	return &content{ctx: ctx, file: f, verified: store.Verify(digest, f)}
}

// Read asks the context before each read. What turns out to be damaged, or cannot be read, loses its seal, so that the next Put heals it.
func (c *content) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.verified.Read(p)
	if err != nil && err != io.EOF && !errors.Is(err, fs.ErrClosed) {
		_ = c.file.Chmod(unsealed) // the error that the caller gets says more
	}
	return n, err
}

// Close closes the file.
func (c *content) Close() error { return c.verified.Close() }
