package memory

import (
	"bytes"
	"context"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Lease takes, renews or ends a lease.
func (s *Store) Lease(ctx context.Context, l store.Lease, ttl time.Duration) (store.Lease, error) {
	if err := l.Check(ttl, s.limits); err != nil {
		return store.Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return store.Lease{}, err
	}
	now := s.tick()
	held := s.held(l.Name, now)
	mine := held != nil && held.Fence == l.Fence
	switch {
	case ttl == 0 && mine:
		held.Expires = now
		return answer(held, now), nil
	case ttl == 0:
		return store.Lease{Name: l.Name, Fence: l.Fence, Expires: now, Now: now}, nil
	case held == nil && l.Fence == 0:
		held = s.take(l.Name, now)
	case held == nil:
		return store.Lease{Name: l.Name, Now: now}, &store.Conflict{Condition: store.ConditionLease, Name: l.Name}
	case !mine:
		return answer(held, now), &store.Conflict{Condition: store.ConditionLease, Name: l.Name}
	}
	held.Expires = now.Add(ttl)
	if l.Data != nil {
		held.Data = bytes.Clone(l.Data)
	}
	return answer(held, now), nil
}

// held is the lease of that name if somebody holds it, or nil.
func (s *Store) held(name string, now time.Time) *store.Lease {
	if l := s.leases[name]; l != nil && now.Before(l.Expires) {
		return l
	}
	return nil
}

// take gives a lease that nobody holds its next fence. A name that is new gets the lane of one that is no longer needed, so
// that neither leases nor lanes grow with every start of a process.
func (s *Store) take(name string, now time.Time) *store.Lease {
	l := s.leases[name]
	if l == nil {
		l = s.spare(now)
		if l == nil {
			s.lanes++
			l = &store.Lease{Lane: s.lanes}
		}
		delete(s.leases, l.Name)
		s.leases[name] = l
	}
	s.fence++
	*l = store.Lease{Name: name, Fence: s.fence, Lane: l.Lane}
	return l
}

// spare is the ended lease with the lowest lane that owns no stream, or nil.
func (s *Store) spare(now time.Time) *store.Lease {
	var spare *store.Lease
	for name, l := range s.leases {
		if len(s.owners[name]) == 0 && s.held(name, now) == nil && (spare == nil || l.Lane < spare.Lane) {
			spare = l
		}
	}
	return spare
}

func answer(l *store.Lease, now time.Time) store.Lease {
	out := *l
	out.Data = bytes.Clone(l.Data)
	out.Now = now
	return out
}
