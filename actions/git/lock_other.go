//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package git

import (
	"errors"
	"fmt"
	"os"
)

// tryLock fails: without flock a cache cannot be shared.
func tryLock(f *os.File, _ hold) (bool, error) {
	return false, fmt.Errorf("%s cannot be locked on this system: %w", f.Name(), errors.ErrUnsupported)
}
