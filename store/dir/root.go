package dir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/penstock-dev/penstock/store"
)

// openRoot opens the directory at path, and makes it and what it needs below if they are absent.
func openRoot(path string, needs ...string) (*os.Root, error) {
	if path == "" {
		return nil, &store.Invalid{Problem: "the path of a store is empty; name a directory"}
	}
	if err := makeDir(path); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	for _, name := range needs {
		if err := needDir(root, name); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
	if err := syncDir(root, "."); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// needDir makes a directory, and refuses something else in its place at once.
func needDir(root *os.Root, name string) error {
	if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := root.Stat(name)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("it is not a directory")}
	}
	return err
}

// makeDir is os.MkdirAll whose work survives a power failure.
func makeDir(path string) error {
	err := os.Mkdir(path, 0o700)
	parent := filepath.Dir(path)
	if errors.Is(err, fs.ErrNotExist) && parent != path {
		if err = makeDir(parent); err == nil {
			err = os.Mkdir(path, 0o700)
		}
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	above, err := os.Open(parent)
	if err != nil {
		return err
	}
	defer above.Close()
	return syncNames(above)
}

// syncDir makes the names in a directory durable.
func syncDir(root *os.Root, name string) error {
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return syncNames(d)
}

func syncNames(d *os.File) error {
	if err := d.Sync(); err != nil && !cannotSync(err) {
		return err
	}
	return nil
}

// What somebody else has put in the place of a file, or of a log.
var (
	errNotFile = errors.New("it is not a file")
	errNotLog  = errors.New("the file does not begin like this log")
)

// regular opens a file, and never waits for one that is a pipe or a device.
func regular(root *os.Root, name string, flag int) (*os.File, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotFile}
	}
	return root.OpenFile(name, flag, 0)
}

// sortedNames are the names in a directory; none where it is absent.
func sortedNames(root *os.Root, name string) ([]string, error) {
	d, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// eachName calls f with every name in a directory, few at a time, until f says that it is enough.
func eachName(root *os.Root, name string, f func(name string) (enough bool, err error)) error {
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(256)
		for _, n := range names {
			if enough, err := f(n); enough || err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// fault says what failed and where, in the contract's words if it has some for it.
func fault(root *os.Root, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrClosed):
		return fmt.Errorf("%w: %s in %s", store.ErrClosed, doing, root.Name())
	case noRoom(err):
		return fmt.Errorf("%w: %s in %s: %w", store.ErrFull, doing, root.Name(), err)
	case errors.Is(err, errNotFile) || errors.Is(err, errNotLog):
		return fmt.Errorf("%w: %s in %s: %w", store.ErrCorrupt, doing, root.Name(), err)
	default:
		return fmt.Errorf("store: %s in %s: %w", doing, root.Name(), err)
	}
}
