package dir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/penstock-dev/penstock/store"
)

// content is an artifact that is being read, and verified as it passes.
type content struct {
	ctx     context.Context
	digest  string
	file    *os.File
	hash    hash.Hash
	buffers *sync.Pool
}

func newContent(ctx context.Context, digest string, f *os.File, buffers *sync.Pool) *content {
	return &content{ctx: ctx, digest: digest, file: f, hash: sha256.New(), buffers: buffers}
}

// Read asks the context before each read.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.read(p)
	c.hash.Write(p[:n])
	return n, c.judge(err)
}

func (c *content) read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.file.Read(p)
}

// judge makes io.EOF an error if what was read is not what it should be. What turns out to be damaged, or cannot be read, loses its seal, so that the
// next Put heals it.
func (c *content) judge(err error) error {
	if err == nil || errors.Is(err, fs.ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if err == io.EOF { //nolint:errorlint // of os.File: nobody has wrapped it
		got := store.Digest(c.hash)
		if got == c.digest {
			return err
		}
		err = fmt.Errorf("%w: expected %s, read %s", store.ErrCorrupt, c.digest, got)
	}
	_ = c.file.Chmod(unsealed) // the error that the caller gets says more
	return err
}

// WriteTo is what io.Copy calls. What is written is hashed meanwhile.
func (c *content) WriteTo(to io.Writer) (written int64, err error) {
	one, other := c.buffers.Get().(*[]byte), c.buffers.Get().(*[]byte)
	defer c.buffers.Put(one)
	defer c.buffers.Put(other)
	read, wrote := c.copy(to, *one, *other, &written)
	if wrote != nil {
		return written, wrote
	}
	if err := c.judge(read); err != io.EOF { //nolint:errorlint // judge answers the very one
		return written, err
	}
	return written, nil
}

// copy answers the errors of both sides.
func (c *content) copy(to io.Writer, buf, spare []byte, written *int64) (read, wrote error) {
	side := hashAside(c.hash)
	defer side.end()
	for ; ; buf, spare = spare, buf {
		n, err := c.read(buf)
		side.write(buf[:n])
		if err != nil {
			return err, nil
		}
		m, err := to.Write(buf[:n])
		*written += int64(m)
		if err == nil && m < n {
			err = io.ErrShortWrite
		}
		if err != nil {
			return nil, err
		}
	}
}

// Close closes the file.
func (c *content) Close() error { return c.file.Close() }
