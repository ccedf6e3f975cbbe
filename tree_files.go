package penstock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/penstock-dev/penstock/store"
)

// treeDir is a directory of a tree, open until the tree has passed it and its last file is made.
type treeDir struct {
	path  string
	root  *os.Root
	links store.Links // nil: files in it are the caller's own
	users atomic.Int32
}

// newTreeDir takes root over.
func newTreeDir(root *os.Root, path string, share *sharing) (*treeDir, error) {
	d := &treeDir{path: path, root: root}
	d.users.Store(1)
	if share == nil || share.linker == nil {
		return d, nil
	}
	links, err := share.linker.LinkInto(root)
	switch {
	case err == nil:
		d.links = links
	case !errors.Is(err, errors.ErrUnsupported):
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

func (d *treeDir) release() {
	if d.users.Add(-1) > 0 {
		return
	}
	if d.links != nil {
		_ = d.links.Close()
	}
	_ = d.root.Close() // nothing was written to it but names
}

// treeFile is a file to be made.
type treeFile struct {
	dir  *treeDir
	name string // in dir
	path string // in the tree
	mode fs.FileMode
	size int64
	data *[]byte // its content, when it is small
}

// treeFiles makes the files of a tree. Small ones are made on the side, since most of their time goes into names and not into content.
type treeFiles struct {
	ctx   context.Context
	share *sharing
	queue chan treeFile
	small sync.Pool // of *[]byte
}

// smallFile is the size up to which a file is made on the side; fileQueue and fileMakers bound how many there are at a time.
const (
	smallFile  = 64 << 10
	fileQueue  = 64
	fileMakers = 4
)

func newTreeFiles(ctx context.Context, share *sharing) *treeFiles {
	f := &treeFiles{ctx: ctx, share: share, queue: make(chan treeFile, fileQueue)}
	f.small.New = func() any { return new(make([]byte, smallFile)) }
	return f
}

func (f *treeFiles) start(group *errgroup.Group) {
	for range min(fileMakers, runtime.GOMAXPROCS(0)) {
		group.Go(func() error {
			for file := range f.queue {
				if err := f.makeSmall(file); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// end says that no more files come.
func (f *treeFiles) end() { close(f.queue) }

// drop lets go of what is left when there was an error.
func (f *treeFiles) drop() {
	for file := range f.queue {
		file.dir.release()
	}
}

// add takes the content of a file.
func (f *treeFiles) add(file treeFile, content io.Reader) error {
	if file.size > smallFile {
		return f.make(file, io.LimitReader(content, file.size))
	}
	file.data = f.small.Get().(*[]byte)
	if _, err := io.ReadFull(content, (*file.data)[:file.size]); err != nil {
		return err
	}
	file.dir.users.Add(1)
	select {
	case f.queue <- file:
		return nil
	case <-f.ctx.Done():
		file.dir.release()
		return f.ctx.Err()
	}
}

func (f *treeFiles) makeSmall(file treeFile) error {
	defer file.dir.release()
	defer f.small.Put(file.data)
	if err := f.make(file, bytes.NewReader((*file.data)[:file.size])); err != nil {
		return treeEntryError(file.path, err)
	}
	return nil
}

func (f *treeFiles) make(file treeFile, content io.Reader) error {
	if f.share == nil {
		return file.write(content)
	}
	file.mode &^= 0o222
	if file.dir.links == nil {
		return file.write(content)
	}
	return file.dir.links.Link(f.ctx, f.share.key(file), content, file.mode, file.name)
}

// write makes a file that is the caller's own.
func (file treeFile) write(content io.Reader) error {
	f, err := file.dir.root.OpenFile(file.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, file.mode)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, content)
	if err == nil && n < file.size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = setMode(f, file.mode)
	}
	return errors.Join(err, f.Close())
}

// setMode gives a new file the permissions that the umask took.
func setMode(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() == mode {
		return err
	}
	return f.Chmod(mode)
}

// sharing has files made by a store that keeps them.
type sharing struct {
	linker store.Linker // nil: there is none
	tree   string       // digest
}

// key names what is small by its content, so that it is shared by all trees that have it, and what is large, which passes but once, by its place
// in its tree.
func (s *sharing) key(file treeFile) string {
	if file.data != nil {
		return digestOf((*file.data)[:file.size])
	}
	return digestOf([]byte(s.tree + "\x00" + file.path))
}
