package dir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// linkAt gives a file in one open directory a name in another. The standard library can do so below one root only.
func linkAt(from *openDir, old string, to *openDir, name string) error {
	oldName, err := syscall.BytePtrFromString(old)
	if err != nil {
		return err
	}
	newName, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	var failed syscall.Errno
	var inner error
	outer := from.conn.Control(func(a uintptr) {
		inner = to.conn.Control(func(b uintptr) {
			_, _, failed = syscall.Syscall6(syscall.SYS_LINKAT, a, uintptr(unsafe.Pointer(oldName)), b, uintptr(unsafe.Pointer(newName)), 0, 0)
		})
	})
	if failed != 0 {
		return &os.LinkError{Op: "linkat", Old: old, New: name, Err: failed}
	}
	return errors.Join(outer, inner)
}

// keptFile is a kept file that is being read: an os.File without what costs more than reading a small one.
type keptFile int

// openKept opens a kept file that has exactly those permissions. It follows no link and waits for no pipe.
func openKept(dir *openDir, name string, mode fs.FileMode) (f keptFile, size int64, err error) {
	var fd int
	closed := dir.conn.Control(func(in uintptr) {
		fd, err = again(func() (int, error) {
			return syscall.Openat(int(in), name, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		})
	})
	if closed != nil {
		return 0, 0, fs.ErrClosed
	}
	if err != nil {
		return 0, 0, err
	}
	var stat syscall.Stat_t
	if err = syscall.Fstat(fd, &stat); err == nil && stat.Mode != syscall.S_IFREG|uint32(mode) {
		err = errNotFile
	}
	if err != nil {
		return 0, 0, errors.Join(err, keptFile(fd).Close())
	}
	return keptFile(fd), stat.Size, nil
}

// again repeats what a signal has interrupted.
func again(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR { //nolint:errorlint // as system calls answer it
			return n, err
		}
	}
}

// Read reads on.
func (f keptFile) Read(p []byte) (int, error) {
	n, err := again(func() (int, error) { return syscall.Read(int(f), p) })
	return read(n, err, p)
}

// ReadAt reads at an offset.
func (f keptFile) ReadAt(p []byte, offset int64) (int, error) {
	for n := 0; ; {
		m, err := again(func() (int, error) { return syscall.Pread(int(f), p[n:], offset+int64(n)) })
		if m, err = read(m, err, p[n:]); err != nil || n+m == len(p) {
			return n + m, err
		}
		n += m
	}
}

func read(n int, err error, p []byte) (int, error) {
	if err == nil && n == 0 && len(p) > 0 {
		err = io.EOF
	}
	return max(n, 0), err
}

// Close closes the file.
func (f keptFile) Close() error { return syscall.Close(int(f)) }

// device says which file system a file is on.
func device(f *os.File) (uint64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return uint64(stat.Dev), nil //nolint:unconvert // it has 32 bits on some processors
}

// changed is when a file was last written, linked or unlinked.
func changed(info fs.FileInfo) time.Time {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(int64(stat.Ctim.Sec), int64(stat.Ctim.Nsec)) //nolint:unconvert // they have 32 bits on some processors
	}
	return info.ModTime()
}
