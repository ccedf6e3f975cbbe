//go:build !linux || arm

package dir

import "os"

func writeBack(*os.File, int64, int64) {}
