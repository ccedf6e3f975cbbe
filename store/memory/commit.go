package memory

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Commit applies the batches under one hold of the mutex.
func (s *Store) Commit(ctx context.Context, batches []store.Batch) []error {
	errs := make([]error, len(batches))
	for i := range batches {
		errs[i] = batches[i].Check(s.limits)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	now := s.tick()
	for i := range batches {
		if errs[i] == nil {
			errs[i] = s.commit(&batches[i], now)
		}
	}
	s.forgetExpired(now, 2*len(batches)) // faster than they can come
	return errs
}

func (s *Store) commit(b *store.Batch, now time.Time) error {
	if b.Lane > s.lanes {
		return &store.Invalid{Stream: b.Stream, Problem: "the lane of a batch was never given out with a lease"}
	}
	st := s.streams[b.Stream]
	if st != nil && st.token != b.Expect && st.applied(b.ID) {
		return nil
	}
	if refusal := s.judge(b, st, now); refusal != nil {
		refusal.Stream = b.Stream
		return refusal
	}
	if st == nil {
		st = &stream{name: b.Stream, slot: unscheduled}
		s.streams[b.Stream] = st
	}
	s.append(st, b, now)
	s.assign(st, b.Owner)
	s.wake(st, b.Wake)
	for i := range b.Put {
		s.put(&b.Put[i])
	}
	for _, ref := range b.Delete {
		s.delete(ref)
	}
	s.hint(b, now)
	return nil
}

// judge answers the first condition that does not hold, in the order of the contract.
func (s *Store) judge(b *store.Batch, st *stream, now time.Time) *store.Conflict {
	if st.head() != b.Expect {
		return &store.Conflict{Condition: store.ConditionHead, Name: b.Stream}
	}
	for _, r := range b.Reads {
		if s.streams[r.Stream].head() != r.Token {
			return &store.Conflict{Condition: store.ConditionRead, Name: r.Stream}
		}
	}
	for _, l := range b.Live {
		if held := s.held(l.Name, now); held == nil || held.Fence != l.Fence {
			return &store.Conflict{Condition: store.ConditionLive, Name: l.Name}
		}
	}
	for _, l := range b.Dead {
		if s.held(l.Name, now) != nil {
			return &store.Conflict{Condition: store.ConditionDead, Name: l.Name}
		}
	}
	for i := range b.Put {
		if !b.Put[i].New {
			continue
		}
		if holder := s.record(b.Put[i].Ref, now); holder != nil {
			out := holder.copy()
			return &store.Conflict{Condition: store.ConditionNew, Name: holder.ID, Holder: &out}
		}
	}
	return nil
}
