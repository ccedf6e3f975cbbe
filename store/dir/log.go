package dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// LogOptions of Logs; nil and zero are useful.
type LogOptions struct {
	// Limit is the most bytes of one log, default 100 MiB. How many logs there are is up to Prune.
	Limit int64
	// Files is how many files are kept open between appends, default 64.
	Files int
	// Sync is when what was appended is made to survive a power failure, counted from the first byte that would not; default 5 s.
	// Negative: never, which leaves it to the system.
	Sync time.Duration
}

// Logs keeps the output of runs in a directory. Use OpenLogs.
type Logs struct {
	root  *os.Root
	limit int64
	files int
	sync  time.Duration

	life   sync.RWMutex // held by every call; Close takes it alone
	closed bool

	mu      sync.Mutex // guards everything below
	writers writers
	dirty   map[string]bool // names of the logs to be synced
	timer   *time.Timer     // set while dirty is not empty
	failed  error           // the first one that no caller has been told
}

var _ store.LogStore = (*Logs)(nil)

const logs = "log"

// OpenLogs opens the store in the directory at path, and makes it if there is none. errors.ErrUnsupported: the system has no flock.
func OpenLogs(path string, opts *LogOptions) (*Logs, error) {
	if opts == nil {
		opts = &LogOptions{}
	}
	l := &Logs{limit: opts.Limit, files: opts.Files, sync: opts.Sync, dirty: map[string]bool{}}
	if l.limit <= 0 {
		l.limit = 100 << 20
	}
	if l.files <= 0 {
		l.files = 64
	}
	if l.sync == 0 {
		l.sync = 5 * time.Second
	}
	if err := l.open(path); err != nil {
		return nil, fmt.Errorf("store: open the logs in %q: %w", path, err)
	}
	return l, nil
}

func (l *Logs) open(path string) error {
	root, err := openRoot(path, logs)
	if err != nil {
		return err
	}
	l.root = root
	l.writers = newWriters(root, l.files)
	if err := l.probe(); err != nil {
		return errors.Join(err, root.Close())
	}
	return nil
}

// probe finds out whether files can be locked here.
func (l *Logs) probe() error {
	d, err := l.root.Open(logs)
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = tryLockFile(d)
	return err
}

// Close syncs what was appended and lets go of the directory. Every later call answers ErrClosed. It answers what went wrong while
// logs were synced, if no other call could.
func (l *Logs) Close() error {
	l.life.Lock()
	defer l.life.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.syncAll(l.dirty)
	return fault(l.root, "sync logs", errors.Join(l.failed, l.writers.close(), l.root.Close()))
}

// logName is where a log lies. Hashing makes any ID a name, on file systems too that take few characters or do not tell cases apart.
func logName(id string, run int) string {
	sum := sha256.Sum256([]byte(id))
	digits := hex.EncodeToString(sum[:])
	return logs + "/" + digits[:2] + "/" + digits[2:] + "." + strconv.Itoa(run)
}

// Append implements store.LogStore. When it returns, every process sees what it wrote; see LogOptions.Sync for power failures.
func (l *Logs) Append(ctx context.Context, ref store.LogRef, p []byte) error {
	if err := ref.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.life.RLock()
	defer l.life.RUnlock()
	if l.closed {
		return fmt.Errorf("%w: append to log", store.ErrClosed)
	}
	name := logName(ref.ID, ref.Run)
	w := l.acquire(name)
	defer l.release(w)
	wrote, err := w.append(ref, p, l.limit)
	if wrote {
		l.mark(name)
	}
	if errors.Is(err, store.ErrFenced) || errors.Is(err, errLimit) {
		return err
	}
	return fault(l.root, fmt.Sprintf("append to log of %q run %d", ref.ID, ref.Run), err)
}

// Read implements store.LogStore.
func (l *Logs) Read(ctx context.Context, id string, run int, offset int64, limit int) ([]byte, int64, error) {
	if err := (store.LogRef{ID: id, Run: run}).Check(); err != nil {
		return nil, 0, err
	}
	if offset < 0 {
		return nil, 0, &store.Invalid{Problem: "a log is read from a negative offset"}
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	l.life.RLock()
	defer l.life.RUnlock()
	if l.closed {
		return nil, 0, fmt.Errorf("%w: read log", store.ErrClosed)
	}
	p, size, err := l.read(id, run, offset, store.ReadLimit(limit))
	return p, size, fault(l.root, fmt.Sprintf("read log of %q run %d", id, run), err)
}

func (l *Logs) read(id string, run int, offset int64, limit int) ([]byte, int64, error) {
	f, err := regular(l.root, logName(id, run), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	h := newHeader(id, run)
	size := info.Size() - h.size()
	if size < 0 { // begun, and not yet ready
		return nil, 0, nil
	}
	if _, err := h.read(f); err != nil || offset >= size {
		return nil, size, err
	}
	p := make([]byte, min(int64(limit), size-offset))
	n, err := f.ReadAt(p, h.size()+offset)
	if errors.Is(err, io.EOF) { // somebody has cut it
		err = nil
	}
	return p[:n], size, err
}
