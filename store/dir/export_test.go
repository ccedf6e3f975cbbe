package dir

import "os"

// LockFile waits for the lock that appending takes, which ends when f is closed.
func LockFile(f *os.File) error { return lockFile(f) }

// Place is where the content of a digest lies that has been checked.
func Place(digest string) string { return place(digest) }

// LogName is where a log lies.
func LogName(id string, run int) string { return logName(id, run) }

// OpenFiles is how many logs are kept open.
func (l *Logs) OpenFiles() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.writers.all)
}

// Unsynced is how many logs wait to be synced.
func (l *Logs) Unsynced() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.dirty)
}
