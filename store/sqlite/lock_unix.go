//go:build unix

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks an open file, not a process: a second opening is kept out in this process too, and closing some other descriptor of
// the file does not let go of it.
func tryLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}

// isGone reports whether there is no such process on this host.
func isGone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
