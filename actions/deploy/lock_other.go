//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package deploy

import (
	"errors"
	"fmt"
	"os"
)

// tryLock fails: without flock deployments could not exclude each other.
func tryLock(f *os.File) (bool, error) {
	return false, fmt.Errorf("%s cannot be locked on this system: %w", f.Name(), errors.ErrUnsupported)
}
