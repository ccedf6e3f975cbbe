//go:build !linux

package dir

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// Without linkat nothing is kept: LinkInto says so before it does anything else.

func linkAt(*openDir, string, *openDir, string) error { return errors.ErrUnsupported }
func device(*os.File) (uint64, error)                 { return 0, errors.ErrUnsupported }
func changed(info fs.FileInfo) time.Time              { return info.ModTime() }

func openKept(*openDir, string, fs.FileMode) (f *os.File, size int64, err error) {
	return nil, 0, errors.ErrUnsupported
}
