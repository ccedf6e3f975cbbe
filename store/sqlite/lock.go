package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// lockName is the file in the directory whose lock is the directory's. It is never removed: whoever removed it would let two in.
const lockName = "lock"

// errHeld is what tryLock answers where somebody else has the lock.
var errHeld = errors.New("held by somebody else")

// LockedError says that somebody else has the directory open. errors.As finds it in what Open answers.
type LockedError struct {
	Dir   string
	PID   int       // of the process that has it; 0: it has not said yet
	Host  string    // where that process runs
	Since time.Time // when it opened the directory, on its clock
}

// Error names the holder and says what to do.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is in use by another process; stop it, or choose another directory", e.Dir)
	}
	who := fmt.Sprintf("pid %d on %s, since %s", e.PID, e.Host, e.Since.Format(time.RFC3339))
	if e.PID == os.Getpid() {
		return fmt.Sprintf("%s is in use by this very process (%s); close the other store, or share it", e.Dir, who)
	}
	return fmt.Sprintf("%s is in use by %s; stop that process, or choose another directory", e.Dir, who)
}

// lock is a directory kept for this process. The system lets go of it when the process ends, however that happens.
type lock struct{ file *os.File }

// lingering is how long a lock may outlast its process: children that a killed process was about to start hold it until their exec.
const lingering = 5 * time.Second

func acquire(ctx context.Context, dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	var held *LockedError
	switch err := outlast(ctx, dir, f); {
	case errors.As(err, &held):
		return nil, errors.Join(held, f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	l := &lock{f}
	if err := l.sign(); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", f.Name(), err), l.release())
	}
	return l, nil
}

// outlast locks the file, and waits for it when its holder has ended already.
func outlast(ctx context.Context, dir string, f *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, lingering)
	defer cancel()
	for {
		err := tryLock(f)
		if !errors.Is(err, errHeld) {
			return err
		}
		signature := make([]byte, 1024)
		n, err := f.ReadAt(signature, 0) // in one piece: whoever has the lock may write or let go just now
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		held := holder(dir, signature[:n])
		if !held.passing() {
			return held
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return held
		}
	}
}

// passing reports whether the lock will be free in a moment: the process that took it is known to be gone, or has just come or is about to go
// and has no name there.
func (e *LockedError) passing() bool {
	host, err := os.Hostname()
	return e.PID == 0 || err == nil && e.Host == host && isGone(e.PID)
}

// sign writes down who has the lock.
func (l *lock) sign() error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = fmt.Fprintf(l.file, "%d\n%s\n%s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339), host)
	return err
}

// holder reads who has the lock. What has been cut off, because it is being written or taken away just now, is no signature.
func holder(dir string, signature []byte) *LockedError {
	lines := strings.Split(string(signature), "\n")
	if len(lines) != 4 {
		return &LockedError{Dir: dir}
	}
	pid, err := strconv.Atoi(lines[0])
	since, wrong := time.Parse(time.RFC3339, lines[1])
	if err != nil || wrong != nil {
		return &LockedError{Dir: dir}
	}
	return &LockedError{Dir: dir, PID: pid, Since: since, Host: lines[2]}
}

func (l *lock) release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
