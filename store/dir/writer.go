package dir

import (
	"cmp"
	"container/list"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/penstock-dev/penstock/store"
)

// errLimit is ErrFull of one log, apart from that of the disk.
var errLimit = fmt.Errorf("%w: the log is at its limit", store.ErrFull)

// writer appends to one log.
type writer struct {
	root *os.Root
	name string
	use  int           // how many want it now
	idle *list.Element // its place among those that nobody wants

	mu   sync.Mutex // one at a time; the file's lock does not tell goroutines apart
	file *os.File   // nil until it is opened
}

// append says whether anything was written, also where it fails.
func (w *writer) append(ref store.LogRef, p []byte, limit int64) (wrote bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if err := w.open(); err != nil {
			return false, err
		}
		if err := lockFile(w.file); err != nil {
			return false, err
		}
		info, err := w.file.Stat()
		if err == nil && !unlinked(info) {
			wrote, err = w.write(info.Size(), ref, p, limit)
			return wrote, cmp.Or(err, unlockFile(w.file))
		}
		if err := cmp.Or(err, w.close()); err != nil { // pruned: it begins anew
			return false, err
		}
	}
}

func (w *writer) open() error {
	if w.file != nil {
		return nil
	}
	if err := w.root.Mkdir(parent(w.name), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := regular(w.root, w.name, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = w.root.OpenFile(w.name, os.O_RDWR|os.O_CREATE, 0o644)
	}
	w.file = f
	return err
}

func (w *writer) close() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

// write is called with the file locked, which is length bytes long.
func (w *writer) write(length int64, ref store.LogRef, p []byte, limit int64) (wrote bool, err error) {
	h := newHeader(ref.ID, ref.Run)
	size := length - h.size()
	if size < 0 { // new, or whoever began it was killed
		size = 0
		if err := h.begin(w.file, ref.Fence); err != nil {
			return false, err
		}
		wrote = true
	}
	seen, err := h.read(w.file)
	if err != nil {
		return false, err
	}
	if ref.Fence < seen {
		return false, fmt.Errorf("%w: %q run %d: fence %d, seen %d", store.ErrFenced, ref.ID, ref.Run, ref.Fence, seen)
	}
	if ref.Fence > seen {
		if err := h.raise(w.file, ref.Fence); err != nil {
			return false, err
		}
		wrote = true
	}
	fits := p[:max(0, min(int64(len(p)), limit-size))]
	if len(fits) > 0 {
		n, err := w.file.WriteAt(fits, h.size()+size)
		if wrote = wrote || n > 0; err != nil {
			return wrote, err
		}
	}
	if len(fits) < len(p) {
		return wrote, fmt.Errorf("%w of %d bytes: %q run %d", errLimit, limit, ref.ID, ref.Run)
	}
	return wrote, nil
}

// writers are those in use and those used last.
type writers struct {
	root *os.Root
	most int // to be kept open
	all  map[string]*writer
	idle *list.List // of *writer, the one used last at the back
}

func newWriters(root *os.Root, most int) writers {
	return writers{root: root, most: most, all: map[string]*writer{}, idle: list.New()}
}

// acquire answers the one writer of a log in this process.
func (l *Logs) acquire(name string) *writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.writers.all[name]
	if w == nil {
		w = &writer{root: l.root, name: name}
		l.writers.all[name] = w
	} else if w.use == 0 {
		l.writers.idle.Remove(w.idle)
	}
	w.use++
	return w
}

func (l *Logs) release(w *writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.use--; w.use > 0 {
		return
	}
	w.idle = l.writers.idle.PushBack(w)
	if len(l.writers.all) > l.writers.most {
		oldest := l.writers.idle.Remove(l.writers.idle.Front()).(*writer)
		delete(l.writers.all, oldest.name)
		l.failed = cmp.Or(l.failed, oldest.close())
	}
}

// close is called when nobody wants any of them.
func (s *writers) close() error {
	var all error
	for _, w := range s.all {
		all = errors.Join(all, w.close())
	}
	return all
}
