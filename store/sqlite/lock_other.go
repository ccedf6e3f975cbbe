//go:build !unix

package sqlite

import (
	"fmt"
	"os"
	"runtime"
)

func tryLock(*os.File) error {
	return fmt.Errorf("keeping a directory for one process is not supported on %s", runtime.GOOS)
}

func isGone(int) bool { return false }
