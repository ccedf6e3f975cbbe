package penstock

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// unpacking is a tree on its way to disk. The tar must have the one form that pack writes. So no name comes twice, nothing comes before its directory
// or below something else than one, and all of that is known from the names alone, before the disk is touched and in the memory of
// one path. Each directory stays open while there may be something for it, and what is made is made in it by one name: no path is walked
// a second time, and nothing that somebody puts in the way is followed.
type unpacking struct {
	ctx    context.Context
	limits treeLimits
	tar    *tar.Reader
	from   *counter
	files  *treeFiles
	last   string     // path of the entry before
	above  []*treeDir // open directories, the root first, down to the one of the entry before
	made   []string   // top-level names, to be removed when it fails
}

// unpack writes a tree into dir; its files are made by share, or are the caller's own if that is nil.
func unpack(ctx context.Context, from io.Reader, dir string, limits treeLimits, share *sharing) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if names, err := namesIn(root); err != nil || len(names) > 0 {
		return cmp.Or(err, fmt.Errorf("%w: %s", errTreeNotEmpty, dir))
	}
	u := &unpacking{limits: limits, from: newCounter(from, &limits)}
	u.tar = tar.NewReader(u.from)
	if err = u.run(ctx, root, share); err != nil {
		for _, name := range u.made {
			err = errors.Join(err, root.RemoveAll(name))
		}
	}
	return err
}

// run reads entries, and makes files on the side.
func (u *unpacking) run(ctx context.Context, top *os.Root, share *sharing) error {
	root, err := top.OpenRoot(".")
	if err != nil {
		return err
	}
	first, err := newTreeDir(root, ".", share)
	if err != nil {
		return err
	}
	u.above = []*treeDir{first}
	group, ctx := errgroup.WithContext(ctx)
	u.ctx, u.files = ctx, newTreeFiles(ctx, share)
	u.files.start(group)
	group.Go(func() error {
		defer u.files.end()
		defer u.leave(0)
		return u.entries()
	})
	err = group.Wait()
	u.files.drop()
	return err
}

func (u *unpacking) entries() error {
	for {
		start := u.from.read
		h, err := u.tar.Next()
		if errors.Is(err, io.EOF) {
			return u.ended(start)
		}
		if err == nil {
			err = u.ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := u.entry(h); err != nil {
			return treeEntryError(h.Name, err)
		}
	}
}

// ended sees that a tree has an end, of two empty blocks, and nothing behind it. start is where the last entry's content ended. Reading up to the
// end of the stream has its digest verified.
func (u *unpacking) ended(start int64) error {
	const block = 512
	if start = (start + block - 1) / block * block; u.from.read != start+2*block || u.from.empty < 2*block {
		return errTreeCut
	}
	n, err := u.from.Read(make([]byte, 1))
	switch {
	case n > 0:
		return errTreeBehind
	case err != nil && !errors.Is(err, io.EOF):
		return err
	default:
		return nil
	}
}

func (u *unpacking) entry(h *tar.Header) error {
	name, err := u.check(h)
	if err != nil {
		return err
	}
	dir, err := u.enter(name)
	if err != nil {
		return err
	}
	base, mode := path.Base(name), fs.FileMode(h.Mode)
	if top, _, _ := strings.Cut(name, "/"); len(u.made) == 0 || u.made[len(u.made)-1] != top {
		u.made = append(u.made, top)
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return u.dir(dir, base, mode)
	case tar.TypeSymlink:
		return dir.root.Symlink(h.Linkname, base)
	default:
		return u.files.add(treeFile{dir: dir, name: base, path: name, mode: mode, size: h.Size}, u.tar)
	}
}

// check judges an entry by itself and by the one before.
func (u *unpacking) check(h *tar.Header) (name string, err error) {
	name, slash := strings.CutSuffix(h.Name, "/")
	switch {
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir && h.Typeflag != tar.TypeSymlink:
		return "", errTreeKind
	case slash != (h.Typeflag == tar.TypeDir):
		return "", errTreePath
	case h.Mode&^0o777 != 0:
		return "", errTreeMode
	case h.Size < 0 || h.Size > 0 && h.Typeflag != tar.TypeReg:
		return "", errTreeExtra
	}
	for key := range h.PAXRecords {
		if key != "path" && key != "linkpath" && key != "size" {
			return "", errTreeExtra
		}
	}
	if err := cmp.Or(checkPath(name), u.limits.spend(name, h.Size)); err != nil {
		return "", err
	}
	if h.Typeflag == tar.TypeSymlink {
		if err := checkLink(name, h.Linkname, &u.limits); err != nil {
			return "", err
		}
	}
	switch {
	case h.Format != tar.FormatUSTAR && h.Format != tar.FormatPAX:
		return "", errTreeExtra
	case !packedBefore(u.last, name):
		return "", errTreeOrder
	}
	u.last = name
	return name, nil
}

// packedBefore is the order of pack: by names, from the top, so that a directory is followed by all that is in it.
func packedBefore(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] == '/' || b[i] != '/' && a[i] < b[i]
		}
	}
	return len(a) < len(b)
}

// enter answers the directory of an entry, which must be one of those that lead to the entry before, and leaves those below it.
func (u *unpacking) enter(name string) (*treeDir, error) {
	parent := path.Dir(name)
	i := slices.IndexFunc(u.above, func(d *treeDir) bool { return d.path == parent })
	if i < 0 {
		return nil, errTreeOrder
	}
	u.leave(i + 1)
	return u.above[i], nil
}

func (u *unpacking) leave(n int) {
	for _, d := range u.above[n:] {
		d.release()
	}
	u.above = u.above[:n]
}

func (u *unpacking) dir(above *treeDir, base string, mode fs.FileMode) error {
	if err := above.root.Mkdir(base, mode|0o700); err != nil {
		return err
	}
	root, err := above.root.OpenRoot(base)
	if err != nil {
		return err
	}
	dir, err := newTreeDir(root, u.last, u.files.share)
	if err != nil {
		return err
	}
	u.above = append(u.above, dir)
	d, err := root.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	return setMode(d, mode|0o700)
}

// counter counts what is read of a stream, and bounds it.
type counter struct {
	from  io.Reader
	read  int64
	empty int64 // how many of the last bytes were zero
	limit int64
}

// newCounter allows for the headers of as many entries as there may be, each with a long path and a long link.
func newCounter(from io.Reader, limits *treeLimits) *counter {
	headers := int64(limits.entries+1) * int64(2*limits.path+4*512)
	return &counter{from: bufio.NewReaderSize(from, packBuffer), limit: limits.bytes + headers}
}

// Read counts what passes through.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	filled := len(bytes.TrimRight(p[:n], "\x00"))
	if filled > 0 {
		c.empty = 0
	}
	c.empty += int64(n - filled)
	if c.read += int64(n); c.read > c.limit {
		return n, errTreeLarge
	}
	return n, err
}
