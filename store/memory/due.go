package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/store"
)

func (st *stream) due() time.Time { return st.wake }

func (st *stream) place() *int { return &st.slot }

// wake sets when the stream needs somebody. Most batches leave it as it is.
func (s *Store) wake(st *stream, at time.Time) {
	if at.Equal(st.wake) {
		return
	}
	s.wakes.remove(st)
	st.wake = utc(at)
	if !at.IsZero() {
		s.wakes.add(st)
	}
}

// assign sets who drives the stream. Most batches leave it as it is.
func (s *Store) assign(st *stream, owner string) {
	if owner == st.owner {
		return
	}
	if owned := s.owners[st.owner]; owned != nil {
		delete(owned, st)
		if len(owned) == 0 {
			delete(s.owners, st.owner)
		}
	}
	st.owner = owner
	if owner == "" {
		return
	}
	if s.owners[owner] == nil {
		s.owners[owner] = map[*stream]struct{}{}
	}
	s.owners[owner][st] = struct{}{}
}

// Due looks at what is due and at the owners, never at all streams.
func (s *Store) Due(ctx context.Context, limit int) (store.Due, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return store.Due{}, err
	}
	now := s.tick()
	limit = store.PageLimit(limit)
	ended, found, next := s.orphans(now)
	var driven []*stream
	next = earlier(next, s.wakes.due(now, func(st *stream) {
		switch {
		case st.owner == "":
			found = append(found, st)
		case s.held(st.owner, now) != nil:
			driven = append(driven, st)
		}
	}))
	slices.SortFunc(found, byWake)
	slices.SortFunc(driven, byWake)
	found = append(found, driven...)
	if len(found) > limit || len(ended) > limit {
		next = now
	}
	due := store.Due{Ended: ended[:min(len(ended), limit)], Now: now, Next: next}
	for _, st := range found[:min(len(found), limit)] {
		due.Streams = append(due.Streams, st.name)
	}
	return due, nil
}

// orphans answers the ended leases that own streams, these streams, and when the next such lease ends.
func (s *Store) orphans(now time.Time) (ended []store.Lease, streams []*stream, next time.Time) {
	for name, owned := range s.owners {
		if held := s.held(name, now); held != nil {
			next = earlier(next, held.Expires)
			continue
		}
		l := s.leases[name]
		if l == nil {
			l = &store.Lease{Name: name}
		}
		ended = append(ended, answer(l, now))
		for st := range owned {
			streams = append(streams, st)
		}
	}
	slices.SortFunc(ended, func(a, b store.Lease) int { return cmp.Compare(a.Name, b.Name) })
	return ended, streams, next
}

func byWake(a, b *stream) int { return cmp.Or(a.wake.Compare(b.wake), cmp.Compare(a.name, b.name)) }
