//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package dir

import (
	"errors"
	"io/fs"
	"os"
)

// Without flock the constructors fail, and nothing else is ever called.

func lockFile(*os.File) error            { return errors.ErrUnsupported }
func tryLockFile(*os.File) (bool, error) { return false, errors.ErrUnsupported }
func unlockFile(*os.File) error          { return errors.ErrUnsupported }
func unlinked(fs.FileInfo) bool          { return false }
func noRoom(error) bool                  { return false }
func cannotSync(error) bool              { return false }
