package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/penstock-dev/penstock"
)

// Names in a site.
const (
	releases = "releases"
	link     = "current"
	private  = ".penstock"
	lockName = private + "/lock"
	scratch  = private + "/new"     // a release that is being written
	linkNew  = private + "/current" // a link that is about to replace the other
	gone     = private + "/old"     // releases that are being removed
)

// site is a directory with releases, and the link to the one in use.
type site struct {
	root *os.Root
	path string   // of root, absolute
	file *os.File // locked
}

func (s *site) close() error {
	err := s.root.Close()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}

// abs is where something in the site is; empty for nothing. A link may lead elsewhere if somebody made it by hand.
func (s *site) abs(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.path, name)
}

// prepare ends and removes what a killed deployment left, and makes what is missing.
func (s *site) prepare(ctx context.Context) error {
	if err := s.endLeftCheck(ctx); err != nil {
		return err
	}
	for _, name := range []string{scratch, linkNew, gone, recordNew} {
		if err := s.root.RemoveAll(name); err != nil {
			return err
		}
	}
	return s.root.MkdirAll(releases, 0o755)
}

// current is what the link leads to; empty: there is none.
func (s *site) current() (string, error) {
	info, err := s.root.Lstat(link)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if info.Mode().Type() != fs.ModeSymlink {
		return "", penstock.Permanent(&penstock.Error{
			Code: penstock.ErrFailedPrecondition, Op: "deploy", Path: s.abs(link), Err: errors.New("it is no symbolic link"),
			Hint: "move it away: the link to the release in use has this name",
		})
	}
	return s.root.Readlink(link)
}

// point has the link lead to a release, at one stroke; to none when target is empty.
func (s *site) point(target string) error {
	if target == "" {
		if err := s.root.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return s.sync(".")
	}
	if _, err := os.Stat(s.abs(target)); err != nil {
		return err
	}
	if err := s.root.RemoveAll(linkNew); err != nil {
		return err
	}
	if err := s.root.Symlink(target, linkNew); err != nil {
		return err
	}
	if err := s.root.Rename(linkNew, link); err != nil {
		return err
	}
	return s.sync(".")
}

// install writes a release, unless it is there. It has its name only when all of it is on the disk.
func (s *site) install(ctx context.Context, tree penstock.Tree, name string) error {
	target := releases + "/" + name
	info, err := s.root.Lstat(target)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is no directory", s.abs(target))
	case err == nil:
		return s.touch(target)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := s.root.Mkdir(scratch, 0o755); err != nil {
		return err
	}
	if err := tree.Unpack(ctx, s.abs(scratch)); err != nil {
		return errors.Join(err, s.root.RemoveAll(scratch))
	}
	if err := s.syncTree(ctx, scratch); err != nil {
		return err
	}
	if err := s.root.Rename(scratch, target); err != nil {
		return err
	}
	return errors.Join(s.touch(target), s.sync(releases))
}

// touch makes a release the newest.
func (s *site) touch(name string) error {
	now := time.Now()
	return s.root.Chtimes(name, now, now)
}

// prune keeps so many releases, the newest ones and the one in use. A release loses its name before the first of its files.
func (s *site) prune(ctx context.Context, inUse string, keep int) error {
	entries, err := fs.ReadDir(s.root.FS(), releases)
	if err != nil {
		return err
	}
	var old []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && e.Name() != inUse {
			old = append(old, info)
		}
	}
	slices.SortFunc(old, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range old[min(keep-1, len(old)):] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.root.Rename(releases+"/"+info.Name(), gone); err != nil {
			return err
		}
		if err := s.root.RemoveAll(gone); err != nil {
			return err
		}
	}
	return nil
}

// syncTree brings files and names to the disk.
func (s *site) syncTree(ctx context.Context, dir string) error {
	return fs.WalkDir(s.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && !d.Type().IsRegular() {
			return ctx.Err()
		}
		return errors.Join(ctx.Err(), s.sync(name))
	})
}

// sync brings one file or directory to the disk. What may not be read, or where nothing can be synced, is left to the system.
func (s *site) sync(name string) error {
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
