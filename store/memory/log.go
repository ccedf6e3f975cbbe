package memory

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/penstock-dev/penstock/store"
)

// LogOptions of Logs; nil and zero are useful.
type LogOptions struct {
	// Limit is the most bytes of one log, default 16 MiB.
	Limit int
	// Capacity is the most bytes of all logs together, default 256 MiB. Over it whole logs go, the one begun first before the others; they
	// are absent then, with the fences that they have seen.
	Capacity int64
}

// Logs keeps the output of runs for as long as the process lives. Use NewLogs.
type Logs struct {
	limit    int
	capacity int64

	mu   sync.Mutex // guards everything below
	used int64      // bytes
	logs map[logKey]*logged
	ages []logKey // in the order in which they were begun
}

type logKey struct {
	id  string
	run int
}

type logged struct {
	fence uint64
	text  []byte
}

// logCost is what a log takes apart from its bytes, so that logs without bytes are bounded too.
const logCost = 256

var _ store.LogStore = (*Logs)(nil)

// NewLogs makes an empty store.
func NewLogs(opts *LogOptions) *Logs {
	if opts == nil {
		opts = &LogOptions{}
	}
	l := &Logs{limit: opts.Limit, capacity: opts.Capacity, logs: map[logKey]*logged{}}
	if l.limit <= 0 {
		l.limit = 16 << 20
	}
	if l.capacity <= 0 {
		l.capacity = 256 << 20
	}
	return l
}

// Append adds to a log.
func (l *Logs) Append(ctx context.Context, ref store.LogRef, p []byte) error {
	if err := ref.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := logKey{ref.ID, ref.Run}
	to := l.logs[key]
	if to == nil {
		to = &logged{}
		l.logs[key] = to
		l.ages = append(l.ages, key)
		l.used += logCost
	}
	if ref.Fence < to.fence {
		return fmt.Errorf("%w: %s run %d: fence %d, seen %d", store.ErrFenced, ref.ID, ref.Run, ref.Fence, to.fence)
	}
	to.fence = ref.Fence
	fits := p[:min(len(p), l.limit-len(to.text))]
	to.text = append(to.text, fits...)
	l.used += int64(len(fits))
	l.evict(key)
	if len(fits) < len(p) {
		return fmt.Errorf("%w: log of %s run %d is at its limit of %d bytes", store.ErrFull, ref.ID, ref.Run, l.limit)
	}
	return nil
}

// evict makes room, but never takes the log that is being written.
func (l *Logs) evict(writing logKey) {
	for l.used > l.capacity && l.ages[0] != writing {
		l.used -= logCost + int64(len(l.logs[l.ages[0]].text))
		delete(l.logs, l.ages[0])
		l.ages = l.ages[1:]
	}
}

// Read answers part of a log.
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
	l.mu.Lock()
	defer l.mu.Unlock()
	from := l.logs[logKey{id, run}]
	if from == nil {
		return nil, 0, nil
	}
	size := int64(len(from.text))
	start := min(offset, size)
	return bytes.Clone(from.text[start:min(start+int64(store.ReadLimit(limit)), size)]), size, nil
}
