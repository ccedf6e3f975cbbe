package penstock

import (
	"archive/tar"
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// packing is a directory on its way into a tar. A pack has one form for one tree: every directory before what is in it, names in the order of
// their bytes, nothing but names, kinds, permissions and content. unpack takes no other.
type packing struct {
	ctx    context.Context
	tar    *tar.Writer
	limits treeLimits
	buffer []byte
}

// packBuffer is how many bytes go to the store at once.
const packBuffer = 256 << 10

// pack writes a directory as a tar that depends on nothing but names, permissions and content.
func pack(ctx context.Context, to io.Writer, root *os.Root, limits treeLimits) error {
	out := bufio.NewWriterSize(to, packBuffer)
	p := &packing{ctx: ctx, tar: tar.NewWriter(out), limits: limits, buffer: make([]byte, 64<<10)}
	if err := p.dir(root, ""); err != nil {
		return err
	}
	return cmp.Or(p.tar.Close(), out.Flush())
}

// dir packs what is in a directory. Every directory is opened from the one above it, so a path is never walked twice.
func (p *packing) dir(dir *os.Root, prefix string) error {
	names, err := namesIn(dir)
	if err != nil {
		return err
	}
	for _, base := range names {
		if err := cmp.Or(p.ctx.Err(), p.entry(dir, prefix, base)); err != nil {
			return err
		}
	}
	return nil
}

func namesIn(dir *os.Root) ([]string, error) {
	d, err := dir.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (p *packing) entry(dir *os.Root, prefix, base string) error {
	info, err := dir.Lstat(base)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: prefix + base, Mode: int64(info.Mode().Perm()), Format: tar.FormatPAX}
	if err := checkPath(h.Name); err != nil {
		return treeEntryError(h.Name, err)
	}
	switch info.Mode().Type() {
	case 0:
		err = p.file(dir, base, h, info.Size())
	case fs.ModeDir:
		return p.below(dir, base, h)
	case fs.ModeSymlink:
		err = p.link(dir, base, h)
	default:
		err = errTreeKind
	}
	if err != nil {
		return treeEntryError(h.Name, err)
	}
	return nil
}

func (p *packing) header(h *tar.Header) error {
	if err := p.limits.spend(h.Name, h.Size); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		h.Name += "/"
	}
	return p.tar.WriteHeader(h)
}

func (p *packing) below(dir *os.Root, base string, h *tar.Header) error {
	h.Typeflag = tar.TypeDir
	if err := p.header(h); err != nil {
		return treeEntryError(h.Name, err)
	}
	below, err := dir.OpenRoot(base)
	if err != nil {
		return err
	}
	defer below.Close()
	return p.dir(below, h.Name)
}

func (p *packing) link(dir *os.Root, base string, h *tar.Header) error {
	target, err := dir.Readlink(base)
	if err != nil {
		return err
	}
	h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, target, 0o777
	return cmp.Or(checkLink(h.Name, target, &p.limits), p.header(h))
}

func (p *packing) file(dir *os.Root, base string, h *tar.Header, size int64) error {
	h.Typeflag, h.Size = tar.TypeReg, size
	if err := p.header(h); err != nil {
		return err
	}
	f, err := dir.Open(base)
	if err != nil {
		return err
	}
	defer f.Close()
	// The file's own WriteTo would take a buffer of its own for each file.
	n, err := io.CopyBuffer(p.tar, struct{ io.Reader }{f}, p.buffer)
	if err != nil || n != size {
		return fmt.Errorf("it changed while it was stored: %w", cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return nil
}
