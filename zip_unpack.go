package penstock

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
)

// errZip is what is wrong with the form of a ZIP, not with the tree in it.
var errZip = errors.New("it is no ZIP that can be taken")

// zipDirectory is how many bytes of a ZIP are read to learn what is in it: enough for as many entries as a tree may have. More would be a
// way to fill the memory.
const zipDirectory = 16 << 20

// packZip writes the tree that is in a ZIP as pack would write it, and refuses what pack would refuse.
func packZip(ctx context.Context, to io.Writer, from io.ReaderAt, size int64, limits treeLimits) error {
	bounded := &boundedReader{from: from, left: zipDirectory}
	archive, err := zip.NewReader(bounded, size)
	bounded.left = -1
	if err != nil {
		if bounded.spent {
			return errTreeMany
		}
		return errors.Join(errZip, err)
	}
	entries, err := zipTree(archive.File, &limits)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, packBuffer)
	p := &packing{ctx: ctx, tar: tar.NewWriter(out), limits: limits, buffer: make([]byte, 64<<10)}
	for _, e := range entries {
		if err := cmp.Or(ctx.Err(), p.zipped(e)); err != nil {
			return treeEntryError(e.name, err)
		}
	}
	return cmp.Or(p.tar.Close(), out.Flush())
}

// zippedEntry is an entry of a tree; file is nil for a directory that the ZIP has not got itself.
type zippedEntry struct {
	name string // without a slash at its end
	mode fs.FileMode
	file *zip.File
}

// zipTree are the entries of a tree in the order of pack: each once, and each in a directory.
func zipTree(files []*zip.File, limits *treeLimits) ([]zippedEntry, error) {
	if len(files) > limits.entries {
		return nil, errTreeMany
	}
	found := map[string]zippedEntry{}
	left := *limits
	for _, f := range files {
		e, err := zipEntry(f, &left)
		if _, twice := found[e.name]; err == nil && twice {
			err = errTreeOrder
		}
		if err != nil {
			return nil, treeEntryError(f.Name, err)
		}
		if e.name != "" {
			found[e.name] = e
		}
	}
	out := slices.SortedFunc(maps.Values(found), comparePacked) // sorted, so that a refusal is the same every time
	for _, e := range out {
		for above := path.Dir(e.name); above != "."; above = path.Dir(above) {
			d, there := found[above]
			switch {
			case there && !d.mode.IsDir():
				return nil, treeEntryError(e.name, errTreeOrder)
			case !there && len(found) == limits.entries:
				return nil, errTreeMany
			case !there:
				found[above] = zippedEntry{name: above, mode: fs.ModeDir | 0o755}
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), comparePacked), nil
}

func comparePacked(a, b zippedEntry) int {
	switch {
	case a.name == b.name:
		return 0
	case packedBefore(a.name, b.name):
		return -1
	default:
		return 1
	}
}

// zipEntry is what a ZIP says of an entry; the name is empty for the root itself.
func zipEntry(f *zip.File, left *treeLimits) (zippedEntry, error) {
	const encrypted = 1
	name := f.Name
	for strings.HasPrefix(name, "./") {
		name = name[len("./"):]
	}
	name, slash := strings.CutSuffix(name, "/")
	if name == "" && strings.HasPrefix(f.Name, ".") && f.UncompressedSize64 == 0 {
		return zippedEntry{}, nil
	}
	e := zippedEntry{name: name, mode: zipMode(f), file: f}
	switch kind := e.mode.Type(); {
	case f.Flags&encrypted != 0:
		return e, fmt.Errorf("%w: the entry is encrypted", errZip)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return e, fmt.Errorf("%w: the entry is compressed by method %d", errZip, f.Method)
	case kind != 0 && kind != fs.ModeDir && kind != fs.ModeSymlink:
		return e, errTreeKind
	case slash && !e.mode.IsDir():
		return e, errTreePath
	case e.mode.IsDir() && f.UncompressedSize64 > 0:
		return e, errTreeExtra
	}
	return e, cmp.Or(checkPath(name), left.spend(name, int64(min(f.UncompressedSize64, math.MaxInt64))))
}

// zipMode gives permissions to what was made where there are none.
func zipMode(f *zip.File) fs.FileMode {
	const unix, macOS = 3, 19
	mode := f.Mode()
	if maker := f.CreatorVersion >> 8; maker == unix || maker == macOS {
		if mode.Perm() != 0 {
			return mode
		}
	}
	if mode.IsDir() {
		return mode.Type() | 0o755
	}
	return mode.Type() | 0o644
}

// zipped packs an entry of a ZIP.
func (p *packing) zipped(e zippedEntry) error {
	h := &tar.Header{Name: e.name, Mode: int64(e.mode.Perm()), Format: tar.FormatPAX}
	switch e.mode.Type() {
	case fs.ModeDir:
		h.Typeflag = tar.TypeDir
		return p.header(h)
	case fs.ModeSymlink:
		target, err := zipLink(e.file, &p.limits)
		if err != nil {
			return err
		}
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, target, 0o777
		return cmp.Or(checkLink(h.Name, target, &p.limits), p.header(h))
	}
	h.Typeflag, h.Size = tar.TypeReg, int64(e.file.UncompressedSize64)
	if err := p.header(h); err != nil {
		return err
	}
	content, err := e.file.Open()
	if err != nil {
		return errors.Join(errZip, err)
	}
	defer content.Close()
	n, err := io.CopyBuffer(p.tar, zipContent{content}, p.buffer)
	if err == nil && n != h.Size {
		err = errTreeCut
	}
	if errors.Is(err, tar.ErrWriteTooLong) {
		err = errors.Join(errZip, err)
	}
	return err
}

// zipContent tells what is wrong with the ZIP from what is wrong with where the tree goes.
type zipContent struct{ from io.Reader }

// Read reads.
func (c zipContent) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errors.Join(errZip, err)
	}
	return n, err
}

func zipLink(f *zip.File, limits *treeLimits) (string, error) {
	content, err := f.Open()
	if err != nil {
		return "", errors.Join(errZip, err)
	}
	defer content.Close()
	target, err := io.ReadAll(io.LimitReader(zipContent{content}, int64(limits.path)+1))
	return string(target), err
}

// boundedReader reads no more than is left, which is all where that is negative, and nothing before the start: a ZIP that was cut may say so.
type boundedReader struct {
	from  io.ReaderAt
	left  int64
	spent bool
}

// ReadAt reads.
func (b *boundedReader) ReadAt(p []byte, at int64) (int, error) {
	switch {
	case at < 0:
		return 0, zip.ErrFormat
	case b.left < 0:
		return b.from.ReadAt(p, at)
	case int64(len(p)) > b.left:
		b.spent = true
		return 0, errTreeMany
	}
	b.left -= int64(len(p))
	return b.from.ReadAt(p, at)
}
