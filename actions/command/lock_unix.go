//go:build unix

package command

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// lock waits for a file's lock. It ends with Close or with this process; programs that it runs do not have it.
func lock(file string) (io.Closer, error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "lock", Path: file, Err: err}, f.Close())
	}
	return f, nil
}

// tryLock takes a file's lock if it is free. A file that is not there was never locked.
func tryLock(file string) (held io.Closer, free bool) {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return io.NopCloser(nil), true
	}
	if err != nil {
		return nil, false
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = f.Close()
		return nil, false
	}
	return f, true
}
