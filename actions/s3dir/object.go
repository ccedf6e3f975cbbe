package s3dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"
)

// object is what is known of one that was read.
type object struct {
	version  string // made of its content
	etag     string
	modified time.Time
}

// errMoving says that an object changed while it was read.
var errMoving = errors.New("the object changes while it is read")

// noObject says that there is none.
type noObject struct{ name string }

func (e *noObject) Error() string { return fmt.Sprintf("there is no object %s", e.name) }

// read copies an object, and makes sure that it stayed the same meanwhile.
func (b *buckets) read(ctx context.Context, name string, to io.Writer) (object, error) {
	before, err := b.stat(name)
	if err != nil {
		return object{}, err
	}
	from, err := b.root.Open(name)
	if err != nil {
		return object{}, gone(name, err)
	}
	defer from.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(sum, to), &reader{ctx, from}); err != nil {
		return object{}, err
	}
	after, err := b.stat(name)
	if err != nil {
		return object{}, err
	}
	if !same(before, after) {
		return object{}, errMoving
	}
	return described(sum, after), nil
}

func described(sum hash.Hash, info fs.FileInfo) object {
	digest := hex.EncodeToString(sum.Sum(nil))
	return object{version: digest[:32], etag: digest, modified: info.ModTime().UTC()}
}

// stat looks at an object, and at nothing that is none.
func (b *buckets) stat(name string) (fs.FileInfo, error) {
	info, err := b.root.Stat(name)
	switch {
	case err != nil:
		return nil, gone(name, err)
	case info.IsDir():
		return nil, &noObject{name}
	case !info.Mode().IsRegular():
		return nil, misconfigured("put a file there", "%s is no file", name)
	}
	return info, nil
}

func gone(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &noObject{name}
	}
	return unavailable(err)
}

// same reports whether a file has not been touched between two looks at it.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// reader ends with a context.
type reader struct {
	ctx  context.Context
	from io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := ended(r.ctx); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}
