package dir

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"sync"

	"github.com/penstock-dev/penstock/internal/filelock"
)

// lockFile waits, however long, until no other open file holds the lock: whoever has it is about to let go of it.
func lockFile(f *os.File) error { return filelock.Lock(context.Background(), f, filelock.Exclusive) }

// tryLockFile says whether it got the lock at once.
func tryLockFile(f *os.File) (bool, error) { return filelock.TryLock(f, filelock.Exclusive) }

func unlockFile(f *os.File) error { return filelock.Unlock(f) }

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
