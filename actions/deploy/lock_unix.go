//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package deploy

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// tryLock says whether it got the lock at once. Goroutines of one process that opened the file each for itself exclude each other too.
func tryLock(f *os.File) (bool, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false, err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) {
		for failed = syscall.EINTR; errors.Is(failed, syscall.EINTR); {
			failed = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB)
		}
	}); err != nil {
		return false, err
	}
	switch {
	case errors.Is(failed, syscall.EWOULDBLOCK):
		return false, nil
	case failed != nil:
		return false, &fs.PathError{Op: "flock", Path: f.Name(), Err: failed}
	}
	return true, nil
}
