package git

import (
	"context"
	"os"
	"time"
)

// lock is shared by readers, in all processes, or held alone. It is free when its file is closed, so also when its process was killed.
type lock struct{ file *os.File }

type hold int

const (
	shared hold = iota
	alone
)

// lockPause is how long to wait before a lock is asked for again.
const lockPause = 20 * time.Millisecond

func openLock(name string) (*lock, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &lock{f}, nil
}

// take waits for the lock, or until ctx ends. What was held before is given up: others may come in between.
func (l *lock) take(ctx context.Context, how hold) error {
	pause := time.NewTicker(lockPause)
	defer pause.Stop()
	for {
		ok, err := tryLock(l.file, how)
		if ok || err != nil {
			return err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (l *lock) close() { _ = l.file.Close() } // nothing was written to it
