//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

func (m Mode) operation() int {
	if m == Shared {
		return syscall.LOCK_SH
	}
	return syscall.LOCK_EX
}

func lockFile(f *os.File, m Mode) error { return flock(f, m.operation()) }

func tryLockFile(f *os.File, m Mode) (bool, error) {
	err := flock(f, m.operation()|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func unlockFile(f *os.File) error { return flock(f, syscall.LOCK_UN) }

// flock does not make f blocking, as f.Fd would.
func flock(f *os.File, operation int) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) {
		for failed = syscall.EINTR; errors.Is(failed, syscall.EINTR); {
			failed = syscall.Flock(int(fd), operation)
		}
	}); err != nil {
		failed = fs.ErrClosed // there is no other reason
	}
	if failed != nil {
		return &fs.PathError{Op: "flock", Path: f.Name(), Err: failed}
	}
	return nil
}
