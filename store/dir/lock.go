package dir

import (
	"cmp"
	"io/fs"
	"os"
	"sync"
)

// lock has one holder in all processes.
type lock struct {
	mu   sync.Mutex // the file's lock does not tell goroutines apart
	file *os.File   // nil when closed
}

// with calls f while the lock is held.
func (l *lock) with(f func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return fs.ErrClosed
	}
	if err := lockFile(l.file); err != nil {
		return err
	}
	err := f()
	return cmp.Or(err, unlockFile(l.file))
}

func (l *lock) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
