package penstock

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/executor"
)

// Tree is an artifact's content as a directory: files with their permissions, directories, and symbolic links that stay inside. It has up to
// 100 000 entries and 8 GiB, and paths up to 4096 bytes; anything else in a directory is refused. Times and owners are not kept,
// so that the same tree always has the same digest.
type Tree struct {
	dir     string
	content *content
}

// TreeAt is a directory to be stored: it is read by Output.Store and must not change meanwhile.
func TreeAt(dir string) Tree { return Tree{dir: dir} }

// Unpack writes a Tree that was loaded into dir, which must be empty or absent. Nothing is written outside dir, and nothing stays in
// it when Unpack fails.
func (t Tree) Unpack(ctx context.Context, dir string) error {
	if t.content == nil {
		return errNotLoaded
	}
	stream, err := t.content.open(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := unpack(ctx, stream, dir, treeBounds); err != nil {
		return artifactError("unpack", t.content.artifact.Name, ErrInvalid, "%w", err)
	}
	return nil
}

// Digest is sha256: and 64 hexadecimal digits of a Tree that was loaded: the same for the same tree.
func (t Tree) Digest() string {
	if t.content == nil {
		return ""
	}
	return t.content.artifact.Digest
}

// treeLimits bound what a tree may make of a disk.
type treeLimits struct {
	entries int
	bytes   int64
	path    int
}

var treeBounds = treeLimits{entries: 100_000, bytes: 8 << 30, path: 4096}

// spend takes one entry off what is left.
func (l *treeLimits) spend(name string, size int64) error {
	l.entries--
	l.bytes -= size
	switch {
	case l.entries < 0:
		return errors.New("the tree has too many entries")
	case l.bytes < 0:
		return errors.New("the tree is too large")
	case len(name) > l.path:
		return fmt.Errorf("the path %.60q… is too long", name)
	default:
		return nil
	}
}

// putTree packs and stores at once: nothing is kept on disk in between.
func (r *taskRun) putTree(ctx context.Context, name string, t Tree) (executor.Artifact, error) {
	root, err := os.OpenRoot(t.dir)
	if err != nil {
		return executor.Artifact{}, artifactError("store", name, ErrInvalid, "%w", err)
	}
	defer root.Close()
	reader, writer := io.Pipe()
	packed := make(chan struct{})
	go func() {
		defer close(packed)
		writer.CloseWithError(pack(ctx, writer, root, treeBounds))
	}()
	a, err := r.putStream(ctx, name, mediaTree, reader)
	_ = reader.Close() // ends pack when the store gave up
	<-packed
	return a, err
}

// pack writes a directory as a tar that depends on nothing but names, permissions and content.
func pack(ctx context.Context, to io.Writer, root *os.Root, limits treeLimits) error {
	w := tar.NewWriter(to)
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return packEntry(w, root, name, info, &limits)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

func packEntry(w *tar.Writer, root *os.Root, name string, info fs.FileInfo, limits *treeLimits) error {
	h := &tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Format: tar.FormatPAX}
	switch info.Mode().Type() {
	case 0:
		h.Typeflag, h.Size = tar.TypeReg, info.Size()
	case fs.ModeDir:
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
	case fs.ModeSymlink:
		target, err := root.Readlink(name)
		if err != nil {
			return err
		}
		if err := checkLink(name, target); err != nil {
			return err
		}
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, target, 0o777
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a symbolic link", name)
	}
	if err := limits.spend(name, h.Size); err != nil {
		return err
	}
	if err := w.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if n, err := io.Copy(w, f); err != nil || n != h.Size {
		return fmt.Errorf("%s changed while it was stored: %w", name, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return nil
}

// checkLink refuses a symbolic link that could lead outside. Steps up are allowed at the start only: after the name of another link
// they would start from wherever that one leads.
func checkLink(name, target string) error {
	rest := target
	for strings.HasPrefix(rest, "../") {
		rest = rest[len("../"):]
	}
	up := strings.Contains("/"+rest+"/", "/../") && rest != ".."
	if target == "" || path.IsAbs(target) || strings.Contains(target, "\\") || up || !fs.ValidPath(path.Join(path.Dir(name), target)) {
		return fmt.Errorf("the symbolic link %s leads to %q, which is outside or not plainly inside", name, target)
	}
	return nil
}

// unpacking is a tree on its way to disk.
type unpacking struct {
	root   *os.Root
	limits treeLimits
	made   []string   // top-level names, to be removed when it fails
	links  []treeLink // made last, so that nothing is ever written through one
}

type treeLink struct{ name, target string }

func unpack(ctx context.Context, from io.Reader, dir string, limits treeLimits) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if entries, err := fs.ReadDir(root.FS(), "."); err != nil || len(entries) > 0 {
		return cmp.Or(err, fmt.Errorf("directory %s is not empty", dir))
	}
	u := &unpacking{root: root, limits: limits}
	defer func() {
		if err != nil {
			for _, name := range u.made {
				err = errors.Join(err, root.RemoveAll(name))
			}
		}
	}()
	if err := u.entries(ctx, tar.NewReader(from)); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, from, limits.bytes); !errors.Is(err, io.EOF) { // the digest is checked at the end only
		return cmp.Or(err, errors.New("the tree goes on without an end"))
	}
	for _, l := range u.links {
		if err := root.Symlink(l.target, l.name); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) entries(ctx context.Context, r *tar.Reader) error {
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = u.entry(h, r)
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacking) entry(h *tar.Header, content io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("the path %.60q is not plainly inside", h.Name)
	}
	if err := u.limits.spend(name, h.Size); err != nil {
		return err
	}
	if top, _, _ := strings.Cut(name, "/"); len(u.made) == 0 || u.made[len(u.made)-1] != top {
		u.made = append(u.made, top)
	}
	mode := fs.FileMode(h.Mode).Perm()
	switch h.Typeflag {
	case tar.TypeDir:
		if err := u.root.Mkdir(name, mode|0o700); err != nil {
			return err
		}
		return u.root.Chmod(name, mode|0o700)
	case tar.TypeReg:
		return u.file(name, mode, h.Size, content)
	case tar.TypeSymlink:
		return u.link(name, h.Linkname)
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a symbolic link", name)
	}
}

func (u *unpacking) file(name string, mode fs.FileMode, size int64, content io.Reader) error {
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode|0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, content, size)
	if err == nil {
		err = f.Chmod(mode)
	}
	return errors.Join(err, f.Close())
}

// link remembers a link whose directory is one: no link is there yet that could pretend to be.
func (u *unpacking) link(name, target string) error {
	info, err := u.root.Lstat(path.Dir(name))
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no directory", path.Dir(name))
	}
	u.links = append(u.links, treeLink{name, target})
	return cmp.Or(err, checkLink(name, target))
}
