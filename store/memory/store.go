package memory

import (
	"context"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Options of a Store; nil and zero are useful.
type Options struct {
	// Now is the clock, time.Now if nil. The store never goes back when it does.
	Now func() time.Time
	// Exclusive is what Store.Exclusive answers: only one engine uses this store. Default false.
	Exclusive bool
	// Limits bound one batch.
	Limits store.Limits
}

// Store keeps state for as long as the process lives. Use New.
type Store struct {
	now       func() time.Time
	exclusive bool
	limits    store.Limits

	mu        sync.Mutex // guards everything below
	closed    bool
	latest    time.Time // that the clock has shown
	streams   map[string]*stream
	feed      []*segment // of all streams, in order of commit: one lane is enough where one mutex orders all
	fed       uint64     // events ever committed: the position of the newest
	pruned    uint64     // the greatest position that is gone
	groups    map[groupKey]*series
	keys      map[keyKey]*series
	expiries  schedule[*record]
	wakes     schedule[*stream]
	owners    map[string]map[*stream]struct{}
	leases    map[string]*store.Lease
	lanes     int    // given out: 1 … lanes
	fence     uint64 // the newest of all leases, so that a forgotten name's fences rise too
	listeners []chan string
}

var (
	_ store.StateStore = (*Store)(nil)
	_ store.Hinter     = (*Store)(nil)
	_ store.Pruner     = (*Store)(nil)
	_ store.Exclusive  = (*Store)(nil)
)

// New makes an empty store.
func New(opts *Options) *Store {
	if opts == nil {
		opts = &Options{}
	}
	return &Store{
		now:       clock(opts.Now),
		exclusive: opts.Exclusive,
		limits:    opts.Limits.OrDefault(),
		streams:   map[string]*stream{},
		groups:    map[groupKey]*series{},
		keys:      map[keyKey]*series{},
		owners:    map[string]map[*stream]struct{}{},
		leases:    map[string]*store.Lease{},
	}
}

// Exclusive is Options.Exclusive.
func (s *Store) Exclusive() bool { return s.exclusive }

// Close forgets nothing, but refuses every later call and closes the channels of Hints.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, l := range s.listeners {
		close(l)
	}
	s.listeners = nil
	return nil
}

// usable is what every call asks first, holding the mutex.
func (s *Store) usable(ctx context.Context) error {
	if s.closed {
		return store.ErrClosed
	}
	return ctx.Err()
}

// tick is the store's time, holding the mutex. It keeps the monotonic reading: a stepping wall clock ends no lease.
func (s *Store) tick() time.Time {
	if t := s.now(); t.After(s.latest) {
		s.latest = t.UTC()
	}
	return s.latest
}

func clock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
