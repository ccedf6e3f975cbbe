//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package dir

import (
	"errors"
	"io/fs"
	"syscall"
)

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
