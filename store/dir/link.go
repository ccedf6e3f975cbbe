package dir

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/penstock-dev/penstock/store"
)

// keeping is the single files that are kept to be handed on. Each lies under the digest that its users know it by and its permissions, and is
// never trusted: whoever has a link of it may have changed it. Nor is it ever synced: what a power failure leaves of it is compared as well.
type keeping struct {
	limit  int64 // bytes; negative: nothing is kept
	device uint64

	mu     sync.Mutex
	shards map[string]*shard
	grown  int64 // bytes added since the last look at all of them
	looked bool
	look   sync.Mutex // one look at a time
}

// shard is one directory of kept files.
type shard struct {
	name string // in the store
	root *os.Root
	dir  *openDir // the same, for links
}

const kept = "file"

func (s *shard) close() error { return errors.Join(s.dir.Close(), s.root.Close()) }

func (k *keeping) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all error
	for _, s := range k.shards {
		all = errors.Join(all, s.close())
	}
	clear(k.shards)
	return all
}

// keptIn opens the directory for kept files with those first digits, once.
func (a *Artifacts) keptIn(digits string) (*shard, error) {
	a.keeping.mu.Lock()
	defer a.keeping.mu.Unlock()
	if s := a.keeping.shards[digits]; s != nil {
		return s, nil
	}
	name := kept + "/" + digits
	if err := a.root.MkdirAll(name, 0o755); err != nil {
		return nil, err
	}
	root, err := a.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	d, err := newOpenDir(root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	s := &shard{name, root, d}
	a.keeping.shards[digits] = s
	return s, nil
}

// keptName is where a file is kept, below its shard.
func keptName(key string, mode fs.FileMode) (digits, name string) {
	digits, _ = strings.CutPrefix(key, contents+":")
	return digits[:2], fmt.Sprintf("%s-%03o", digits[2:], mode)
}

// openDir is a directory as the system's calls want it.
type openDir struct {
	file *os.File
	conn syscall.RawConn
}

func newOpenDir(root *os.Root) (*openDir, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &openDir{f, conn}, nil
}

// Close lets go of it.
func (d *openDir) Close() error { return d.file.Close() }

// links is a directory to link into.
type links struct {
	*openDir
	a    *Artifacts
	root *os.Root
}

// LinkInto implements store.Linker on Linux. Elsewhere, on another file system than the store's, and where ArtifactOptions.Kept is negative, it
// answers errors.ErrUnsupported.
func (a *Artifacts) LinkInto(dir *os.Root) (store.Links, error) {
	if a.keeping.limit < 0 {
		return nil, errors.ErrUnsupported
	}
	d, err := newOpenDir(dir)
	if err != nil {
		return nil, err
	}
	if on, err := device(d.file); err != nil || on != a.keeping.device {
		return nil, cmp.Or(err, d.Close(), errors.ErrUnsupported)
	}
	return &links{d, a, dir}, nil
}

// Link implements store.Links.
func (to *links) Link(ctx context.Context, key string, content io.Reader, mode fs.FileMode, name string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if mode&^0o555 != 0 {
		return &store.Invalid{Problem: fmt.Sprintf("a file is linked with the permissions %v, which let somebody write", mode)}
	}
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return &store.Invalid{Problem: fmt.Sprintf("a file is linked as %.80q, which is not one element of a path", name)}
	}
	digits, key := keptName(key, mode)
	shard, err := to.a.keptIn(digits)
	if err == nil {
		l := &linking{ctx: ctx, a: to.a, shard: shard, key: key, mode: mode, to: to, name: name}
		err = l.run(content)
	}
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, ctx.Err()) {
		return err
	}
	return fault(to.a.root, "link a file as "+name, err)
}

// linking is one file on its way.
type linking struct {
	ctx   context.Context
	a     *Artifacts
	shard *shard
	key   string // in the shard
	mode  fs.FileMode
	to    *links
	name  string
}

// run compares content with what is kept, as far as they agree, and makes a new file of both where they do not.
func (l *linking) run(content io.Reader) error {
	f, size, err := openKept(l.shard.dir, l.key, l.mode)
	switch {
	case errors.Is(err, fs.ErrClosed):
		return err
	case err != nil: // there is none, or it is none that could be handed on
		return l.anew(content)
	}
	defer f.Close()
	buffer := l.a.buffers.Get().(*[]byte)
	defer l.a.buffers.Put(buffer)
	same, agreed, rest, err := l.compare(f, size, content, *buffer)
	if err != nil {
		return err
	}
	if same {
		if err := linkAt(l.shard.dir, l.key, l.to.openDir, l.name); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return l.anew(io.MultiReader(io.NewSectionReader(f, 0, agreed), bytes.NewReader(rest), content))
}

// compare reads both in step. It answers how many bytes agreed, and what was read of content beyond them.
func (l *linking) compare(f io.Reader, size int64, content io.Reader, buffer []byte) (same bool, agreed int64, rest []byte, err error) {
	ours, theirs := buffer[:len(buffer)/2], buffer[len(buffer)/2:]
	for {
		n, whole, err := fill(content, theirs)
		if err = cmp.Or(l.ctx.Err(), err); err != nil {
			return false, 0, nil, err
		}
		m, _, _ := fill(f, ours[:n]) // what cannot be read does not agree
		if !bytes.Equal(ours[:m], theirs[:n]) {
			return false, agreed, theirs[:n], nil
		}
		if agreed += int64(n); whole {
			return agreed == size, agreed, nil, nil
		}
	}
}

// anew keeps a new file in the place of the one that was missing or different, and links that.
func (l *linking) anew(content io.Reader) error {
	t, err := l.a.newTemp()
	if err != nil {
		return err
	}
	defer t.discard()
	size, err := io.Copy(t.file, attended{l.ctx, content})
	if err = cmp.Or(err, l.ctx.Err()); err != nil {
		return err
	}
	if err := t.file.Chmod(l.mode); err != nil {
		return err
	}
	defer l.a.grew(l.ctx, size)
	if l.a.root.Rename(t.name, l.shard.name+"/"+l.key) == nil {
		t.kept = true
		if err := linkAt(l.shard.dir, l.key, l.to.openDir, l.name); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return l.copy(io.NewSectionReader(t.file, 0, size))
}

// attended is content whose reader may give up.
type attended struct {
	ctx  context.Context
	from io.Reader
}

// Read asks the context before each read.
func (r attended) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

// copy is for where there can be no link.
func (l *linking) copy(content io.Reader) error {
	f, err := l.to.root.OpenFile(l.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, l.mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err = cmp.Or(err, f.Chmod(l.mode)); err != nil {
		err = errors.Join(err, l.to.root.Remove(l.name))
	}
	return errors.Join(err, f.Close())
}
