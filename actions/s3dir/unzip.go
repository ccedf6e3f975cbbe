package s3dir

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// What a ZIP may become; a penstock.Tree has no more.
const (
	mostFiles = 100_000
	mostBytes = 8 << 30
	mostLink  = 4096
)

// expand makes scratch/tree of scratch/object: of a ZIP what is in it, of anything else a file of this name.
func (b *buckets) expand(ctx context.Context, scratch, name string) error {
	if err := b.root.Mkdir(scratch+"/tree", 0o755); err != nil {
		return unavailable(err)
	}
	tree, err := b.root.OpenRoot(scratch + "/tree")
	if err != nil {
		return unavailable(err)
	}
	defer tree.Close()
	file, err := b.root.Open(scratch + "/object")
	if err != nil {
		return unavailable(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return unavailable(err)
	}
	if !isZip(file) {
		return settled(b.root.Rename(scratch+"/object", scratch+"/tree/"+name), tree, name)
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return misconfigured("put a whole ZIP there", "%s begins as a ZIP and is none: %w", name, err)
	}
	return (&unzipping{ctx: ctx, to: tree, left: mostBytes}).all(archive)
}

func settled(err error, tree *os.Root, name string) error {
	if err == nil {
		err = tree.Chmod(name, 0o644)
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// isZip goes by the first bytes: of an entry, or of an archive without any.
func isZip(file io.ReaderAt) bool {
	var head [4]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return false
	}
	return bytes.Equal(head[:], []byte("PK\x03\x04")) || bytes.Equal(head[:], []byte("PK\x05\x06"))
}

// unzipping is a ZIP on its way to the disk. It writes through an os.Root, so that nothing leaves the directory whatever the names and links are.
type unzipping struct {
	ctx  context.Context
	to   *os.Root
	left int64 // bytes that may still come
}

func (u *unzipping) all(archive *zip.Reader) error {
	if len(archive.File) > mostFiles {
		return misconfigured("put fewer files into it", "the ZIP has %d entries, more than %d", len(archive.File), mostFiles)
	}
	for _, f := range archive.File {
		if err := u.entry(f); err != nil {
			return fmt.Errorf("entry %.80q of the ZIP: %w", f.Name, err)
		}
	}
	return nil
}

func (u *unzipping) entry(f *zip.File) error {
	name := path.Clean(f.Name)
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return misconfigured("pack it with names that stay inside", "the name does not stay inside")
	}
	if name == "." {
		return nil
	}
	mode := f.Mode()
	if mode.IsDir() {
		return plain(u.to.MkdirAll(name, 0o755))
	}
	if err := u.to.MkdirAll(path.Dir(name), 0o755); err != nil {
		return plain(err)
	}
	switch {
	case mode&fs.ModeSymlink != 0:
		return u.link(f, name)
	case mode.IsRegular():
		return u.file(f, name)
	}
	return misconfigured("pack files, directories and links only", "it is neither a file, a directory nor a symbolic link")
}

// plain is an error of the disk, or of an archive that has something twice.
func plain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return misconfigured("pack each name once", "it is there twice: %w", err)
	default:
		return unavailable(err)
	}
}

func (u *unzipping) link(f *zip.File, name string) error {
	in, err := f.Open()
	if err != nil {
		return misconfigured("", "%w", err)
	}
	defer in.Close()
	target, err := io.ReadAll(io.LimitReader(in, mostLink+1))
	if err != nil || len(target) > mostLink {
		return misconfigured("", "the link cannot be read: %w", errors.Join(err, errors.New("up to 4096 bytes")))
	}
	return plain(u.to.Symlink(string(target), name))
}

func (u *unzipping) file(f *zip.File, name string) error {
	in, err := f.Open()
	if err != nil {
		return misconfigured("", "%w", err)
	}
	defer in.Close()
	mode := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		mode = 0o755
	}
	out, err := u.to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return plain(err)
	}
	n, err := io.Copy(out, &reader{u.ctx, io.LimitReader(in, u.left+1)})
	u.left -= n
	switch {
	case u.left < 0:
		err = misconfigured("put less into it", "the ZIP has more than %d GiB in it", mostBytes>>30)
	case err == nil:
		err = out.Chmod(mode) // whatever the umask is
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat):
		err = misconfigured("put a whole ZIP there", "%w", err)
	}
	return errors.Join(err, out.Close())
}
