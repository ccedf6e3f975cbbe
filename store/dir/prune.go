package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Prune removes at most limit (see store.PageLimit) logs to which nothing was appended since before, on this machine's clock, with the fences
// that they have seen. It answers how many it removed; fewer than limit means that there are no more for now. A log that is
// appended to afterwards begins anew.
func (l *Logs) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	l.life.RLock()
	defer l.life.RUnlock()
	if l.closed {
		return 0, fmt.Errorf("%w: prune logs", store.ErrClosed)
	}
	limit = store.PageLimit(limit)
	shards, err := sortedNames(l.root, logs)
	if err != nil {
		return 0, fault(l.root, "prune logs", err)
	}
	gone := 0
	for _, shard := range shards {
		if len(shard) != 2 {
			continue
		}
		err := eachName(l.root, logs+"/"+shard, func(name string) (bool, error) {
			if err := ctx.Err(); err != nil {
				return true, err
			}
			removed, err := l.pruneOne(logs+"/"+shard+"/"+name, before)
			if removed {
				gone++
			}
			return gone == limit, err
		})
		if err != nil || gone == limit {
			return gone, fault(l.root, "prune logs", err)
		}
	}
	return gone, ctx.Err()
}

// pruneOne removes a log while nobody appends to it. A writer that has it open finds out by its missing name.
func (l *Logs) pruneOne(name string, before time.Time) (removed bool, err error) {
	if info, err := l.root.Lstat(name); err != nil || !info.ModTime().Before(before) {
		return false, absent(err)
	}
	f, err := regular(l.root, name, os.O_RDWR)
	if err != nil {
		return false, absent(err)
	}
	defer f.Close()
	if err := lockFile(f); err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err != nil || unlinked(info) || !info.ModTime().Before(before) {
		return false, err
	}
	err = l.root.Remove(name)
	return err == nil, absent(err)
}

// absent makes nothing of an error about something that is not there, or is not a log.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFile) {
		return nil
	}
	return err
}
