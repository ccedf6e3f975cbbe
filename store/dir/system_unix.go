//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package dir

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// lockFile waits until no other open file holds the lock. Closing f, or the end of the process, releases it.
func lockFile(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// tryLockFile says whether it got the lock at once.
func tryLockFile(f *os.File) (bool, error) {
	err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func unlockFile(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) {
		for failed = syscall.EINTR; failed == syscall.EINTR; {
			failed = syscall.Flock(int(fd), how)
		}
	}); err != nil {
		return err
	}
	if failed != nil {
		return &fs.PathError{Op: "flock", Path: f.Name(), Err: failed}
	}
	return nil
}

// unlinked reports whether an open file has no name any more.
func unlinked(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}

// noRoom reports whether the disk, a quota or a limit on the size of files is exhausted.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// cannotSync reports whether the file system has no way to sync a directory, so that there is nothing to be done.
func cannotSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported)
}
