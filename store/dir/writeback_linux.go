//go:build !arm

package dir

import (
	"os"
	"syscall"
)

// writeBack has the disk begin with what was just written, so that the sync at the end finds little left to do. It is a hint: an error comes again
// with the sync.
func writeBack(f *os.File, from, to int64) {
	const begin = 2 // SYNC_FILE_RANGE_WRITE
	if conn, err := f.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { _ = syscall.SyncFileRange(int(fd), from, to-from, begin) })
	}
}
