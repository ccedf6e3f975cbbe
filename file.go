package penstock

import (
	"context"
	"errors"
	"io"
)

// File is an artifact's content as one stream of bytes of any length.
type File struct {
	reader  io.Reader
	content *content
}

// FileFrom is content to be stored: it is read once, by Output.Store.
func FileFrom(r io.Reader) File { return File{reader: r} }

// Open reads a File that was loaded. The reader answers an error instead of io.EOF when the content was damaged: trust nothing of it
// before io.EOF. The caller closes it.
func (f File) Open(ctx context.Context) (io.ReadCloser, error) {
	if f.content == nil {
		return nil, errNotLoaded
	}
	return f.content.open(ctx)
}

// Size is the number of bytes of a File that was loaded.
func (f File) Size() int64 {
	if f.content == nil {
		return 0
	}
	return f.content.artifact.Size
}

// Digest is sha256: and 64 hexadecimal digits of a File that was loaded.
func (f File) Digest() string {
	if f.content == nil {
		return ""
	}
	return f.content.artifact.Digest
}

var errNotLoaded = &Error{Code: ErrFailedPrecondition, Err: errors.New("it has not been loaded from an Input")}
