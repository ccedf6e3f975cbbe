//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package filelock

import (
	"errors"
	"io/fs"
	"os"
)

func unsupported(f *os.File) error {
	return &fs.PathError{Op: "flock", Path: f.Name(), Err: errors.ErrUnsupported}
}

func lockFile(f *os.File, _ Mode) error            { return unsupported(f) }
func tryLockFile(f *os.File, _ Mode) (bool, error) { return false, unsupported(f) }
func unlockFile(f *os.File) error                  { return unsupported(f) }
