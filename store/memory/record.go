package memory

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// record is never changed once it is stored; a later one takes its place.
type record struct {
	store.Record
	slot int // in Store.expiries
}

type groupKey struct{ kind, group string }

type keyKey struct{ kind, name, value string }

func (r *record) copy() store.Record {
	out := r.Record
	out.Keys = slices.Clone(r.Keys)
	out.Data = bytes.Clone(r.Data)
	return out
}

func (r *record) due() time.Time { return r.Expires }

func (r *record) place() *int { return &r.slot }

func (r *record) expired(now time.Time) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) }

// stored is the record with this ref, expired or not, or nil.
func (s *Store) stored(ref store.Ref) *record {
	group := s.groups[groupKey{ref.Kind, ref.Group}]
	if group == nil {
		return nil
	}
	return group.get(ref.Group, ref.ID)
}

// record is the record with this ref that has not expired, or nil.
func (s *Store) record(ref store.Ref, now time.Time) *record {
	if r := s.stored(ref); r != nil && !r.expired(now) {
		return r
	}
	return nil
}

func (s *Store) put(in *store.Record) {
	s.delete(in.Ref)
	r := &record{Record: *in, slot: unscheduled}
	r.New = false
	r.Expires = utc(in.Expires)
	seriesOf(s.groups, groupKey{r.Kind, r.Group}).insert(r)
	for _, key := range r.Keys {
		seriesOf(s.keys, keyKey{r.Kind, key.Name, key.Value}).insert(r)
	}
	if !r.Expires.IsZero() {
		s.expiries.add(r)
	}
}

func (s *Store) delete(ref store.Ref) {
	r := s.stored(ref)
	if r == nil {
		return
	}
	drop(s.groups, groupKey{r.Kind, r.Group}, r)
	for _, key := range r.Keys {
		drop(s.keys, keyKey{r.Kind, key.Name, key.Value}, r)
	}
	s.expiries.remove(r)
}

// forgetExpired removes at most n expired records and answers how many.
func (s *Store) forgetExpired(now time.Time, n int) int {
	for i := range n {
		if len(s.expiries) == 0 || !s.expiries[0].expired(now) {
			return i
		}
		s.delete(s.expiries[0].Ref)
	}
	return n
}

// Get copies outside the mutex.
func (s *Store) Get(ctx context.Context, refs ...store.Ref) ([]*store.Record, error) {
	found, err := s.find(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := make([]*store.Record, len(found))
	for i, r := range found {
		if r != nil {
			own := r.copy()
			out[i] = &own
		}
	}
	return out, nil
}

func (s *Store) find(ctx context.Context, refs []store.Ref) ([]*record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	now := s.tick()
	found := make([]*record, len(refs))
	for i, ref := range refs {
		found[i] = s.record(ref, now)
	}
	return found, nil
}

func seriesOf[K comparable](in map[K]*series, key K) *series {
	if in[key] == nil {
		in[key] = &series{}
	}
	return in[key]
}

func drop[K comparable](in map[K]*series, key K, r *record) {
	in[key].remove(r)
	if in[key].empty() {
		delete(in, key)
	}
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
