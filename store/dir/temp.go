package dir

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
)

// parent is the directory of a name.
func parent(name string) string { return path.Dir(name) }

// temp is content without a name of its own yet. Its lock, which ends with its writer, says that it is not to be swept.
type temp struct {
	root *os.Root
	name string
	file *os.File
	kept bool // it has the name of an artifact now
}

func (a *Artifacts) newTemp() (*temp, error) {
	for {
		t := &temp{root: a.root, name: incoming + "/" + rand.Text()}
		var err error
		if t.file, err = a.root.OpenFile(t.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return nil, err
		}
		locked, err := t.lock()
		if locked {
			return t, nil
		}
		t.discard()
		if err != nil {
			return nil, err
		}
	}
}

// lock fails where the file was swept before it could be locked.
func (t *temp) lock() (bool, error) {
	locked, err := tryLockFile(t.file)
	if !locked || err != nil {
		return false, err
	}
	info, err := t.file.Stat()
	return err == nil && !unlinked(info), err
}

// discard removes what was not kept.
func (t *temp) discard() {
	if !t.kept {
		_ = t.root.Remove(t.name) // the sweep of the next start finds it
	}
	_ = t.file.Close() // it was synced, if it was kept
}

// sweep removes what writers that have ended left behind.
func (a *Artifacts) sweep() error {
	return eachName(a.root, incoming, func(name string) (bool, error) {
		return false, a.sweepOne(incoming + "/" + name)
	})
}

func (a *Artifacts) sweepOne(name string) error {
	f, err := regular(a.root, name, os.O_RDWR)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errNotFile):
		return a.root.RemoveAll(name) // nothing of this store
	case err != nil:
		return err
	}
	defer f.Close()
	abandoned, err := tryLockFile(f)
	if !abandoned || err != nil {
		return err
	}
	if err := a.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
