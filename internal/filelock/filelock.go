package filelock

import (
	"context"
	"os"
	"time"
)

// Mode is how a file is held.
type Mode int

// The modes.
const (
	Exclusive Mode = iota // by one
	Shared                // by any number who all share it
)

// How long Lock waits before it asks again: longer each time.
const (
	firstPause = time.Millisecond
	lastPause  = 20 * time.Millisecond
)

// Lock waits until it has f's lock, or until ctx ends: then it answers the cause of that. A lock that f has already is changed into the other
// mode, not atomically: others may come in between, and a Lock that fails leaves f without any. Who waits does so in no order.
func Lock(ctx context.Context, f *os.File, m Mode) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if ctx.Done() == nil {
		return lockFile(f, m)
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		if got, err := TryLock(f, m); got || err != nil {
			return err
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return context.Cause(ctx)
		}
	}
}

// TryLock says whether it got f's lock at once. What Lock says of changing the mode holds here too.
func TryLock(f *os.File, m Mode) (bool, error) { return tryLockFile(f, m) }

// Unlock lets go of f's lock. Closing f does too, a moment later where this process is just starting a program: that has a copy of f until
// it has begun.
func Unlock(f *os.File) error { return unlockFile(f) }
