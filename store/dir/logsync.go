package dir

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"time"
)

// mark has a log synced before long.
func (l *Logs) mark(name string) {
	if l.sync < 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty[name] = true
	if l.timer == nil {
		l.timer = time.AfterFunc(l.sync, l.flush)
	}
}

// flush syncs what was appended to since the last one.
func (l *Logs) flush() {
	l.life.RLock()
	defer l.life.RUnlock()
	if l.closed {
		return
	}
	l.mu.Lock()
	dirty := l.dirty
	l.dirty, l.timer = map[string]bool{}, nil
	l.mu.Unlock()
	l.syncAll(dirty)
}

// syncAll syncs logs and the directories that lead to them.
func (l *Logs) syncAll(names map[string]bool) {
	if len(names) == 0 {
		return
	}
	dirs := map[string]bool{logs: true}
	var failed error
	for name := range names {
		failed = cmp.Or(failed, l.syncOne(name))
		dirs[parent(name)] = true
	}
	for name := range dirs {
		failed = cmp.Or(failed, syncDir(l.root, name))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = cmp.Or(l.failed, failed)
}

func (l *Logs) syncOne(name string) error {
	f, err := regular(l.root, name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) { // pruned
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
