package memory

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// stream is a head and its history. What segs and snapshot point to never changes, so a copy of the slice headers can be read without
// the mutex.
type stream struct {
	name, owner string
	token       store.ID
	version     uint64
	snapped     uint64 // version that snapshot covers
	snapshot    []byte
	segs        []*segment // oldest first
	pruned      uint64     // version of the last event that is gone
	wake        time.Time
	slot        int // in Store.wakes
}

// segment is what one batch appended.
type segment struct {
	id     store.ID
	stream *stream
	first  uint64 // version of the first event
	pos    uint64 // of the first event, in the feed of all streams, from 1
	at     time.Time
	events []store.Event
}

func (g *segment) last() uint64 { return g.first + uint64(len(g.events)) - 1 }

// head is the token, zero for a stream that does not exist.
func (st *stream) head() store.ID {
	if st == nil {
		return store.ID{}
	}
	return st.token
}

// applied looks from the newest back: what is offered again is nearly always young.
func (st *stream) applied(id store.ID) bool {
	for _, g := range slices.Backward(st.segs) {
		if g.id == id {
			return true
		}
	}
	return st.token == id
}

func (s *Store) append(st *stream, b *store.Batch, now time.Time) {
	g := &segment{id: b.ID, stream: st, first: st.version + 1, pos: s.fed + 1, at: now, events: b.Events}
	st.token = b.ID
	st.version = g.last()
	st.segs = append(st.segs, g)
	s.feed = append(s.feed, g)
	s.fed += uint64(len(g.events))
	if len(b.Snapshot) > 0 {
		st.snapshot = b.Snapshot
		st.snapped = st.version
	}
}

// Load copies outside the mutex, so that a large stream holds up nobody.
func (s *Store) Load(ctx context.Context, streams ...string) ([]store.Stream, error) {
	found, err := s.heads(ctx, streams)
	if err != nil {
		return nil, err
	}
	out := make([]store.Stream, len(found))
	for i := range found {
		out[i] = found[i].copy()
	}
	return out, nil
}

func (s *Store) heads(ctx context.Context, names []string) ([]stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	found := make([]stream, 0, len(names))
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if st := s.streams[name]; st != nil && !seen[name] {
			seen[name] = true
			found = append(found, *st)
		}
	}
	return found, nil
}

func (st *stream) copy() store.Stream {
	tail := st.segs[sort.Search(len(st.segs), func(i int) bool { return st.segs[i].first > st.snapped }):]
	events := make([]store.Event, 0, st.version-st.snapped)
	for _, g := range tail {
		events = append(events, g.events...)
	}
	return store.Stream{
		Name:            st.name,
		Owner:           st.owner,
		Token:           st.token,
		Version:         st.version,
		SnapshotVersion: st.snapped,
		Snapshot:        bytes.Clone(st.snapshot),
		Events:          copyEvents(events),
	}
}

// copyEvents gives the events memory of their own, in two allocations.
func copyEvents(events []store.Event) []store.Event {
	size := 0
	for i := range events {
		size += len(events[i].Data)
	}
	own := make(arena, 0, size)
	out := make([]store.Event, len(events))
	for i := range events {
		out[i] = store.Event{Kind: events[i].Kind, Data: own.copy(events[i].Data)}
	}
	return out
}

// arena is memory that many copies share, each with no room behind it, so that appending to one leaves the next alone.
type arena []byte

func (a *arena) copy(p []byte) []byte {
	n := len(*a)
	*a = append(*a, p...)
	return (*a)[n:len(*a):len(*a)]
}
