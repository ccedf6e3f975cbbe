package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// place is the file system that a directory is on.
type place struct {
	kind    string // its name, where it is one that matters
	remote  bool   // known to be on another machine
	unknown bool   // behind a program of which nothing is known
}

// makeDir makes the directory and sees whether a database may be in it.
func makeDir(dir string, o *Options) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	p, err := o.place(dir)
	switch {
	case err != nil:
		return fmt.Errorf("find out about the file system: %w", err)
	case p.remote && !o.AllowNetworkFS:
		return fmt.Errorf("the directory is on %s, a network file system, where a SQLite database in WAL mode becomes corrupt; "+
			"choose a local directory, or set Options.AllowNetworkFS", p.kind)
	case p.remote || p.unknown:
		o.Logger.Warn("sqlite: the directory is on a file system that may not keep the locks and shared memory that a WAL needs",
			"dir", dir, "filesystem", p.kind)
	}
	return nil
}

// syncDir makes the directory's entries durable, and its own in its parent. A parent that may not be read was there before.
func syncDir(dir string) error {
	if err := syncFile(filepath.Dir(dir)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return syncFile(dir)
}

// syncFile must not be used on a database that is open: closing a descriptor of it would drop the locks of all.
func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
