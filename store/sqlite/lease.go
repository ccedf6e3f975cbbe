package sqlite

import (
	"bytes"
	"context"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// claim is a lease as it is stored.
type claim struct {
	name    string
	lane    int64
	fence   uint64
	expires int64
	data    []byte // nil: none was ever given
}

// holder is the claim that holds a name, or nil.
func (w *writer) holder(name string, now int64) *claim {
	if c := w.claims[name]; c != nil && now < c.expires {
		return c
	}
	return nil
}

func (c *claim) answer(now int64) store.Lease {
	return store.Lease{
		Name: c.name, Fence: c.fence, Lane: int(c.lane), Data: bytes.Clone(c.data), Expires: moment(c.expires), Now: moment(now),
	}
}

// Lease takes, renews or ends a lease.
func (s *Store) Lease(ctx context.Context, l store.Lease, ttl time.Duration) (store.Lease, error) {
	if err := l.Check(ttl, s.options.Limits); err != nil {
		return store.Lease{}, err
	}
	if err := s.enter(ctx); err != nil {
		return store.Lease{}, err
	}
	defer s.leave()
	if err := s.lockTurn(ctx); err != nil {
		return store.Lease{}, err
	}
	defer s.unlockTurn()
	var got store.Lease
	var refused error
	err := s.transact(func(w *writer, now int64) (changed bool, err error) {
		next, refusal, err := w.decideLease(l, ttl, now)
		if err != nil {
			return false, err
		}
		got, refused = next.answer(now), refusal
		if next == w.claims[l.Name] || next.lane == 0 {
			return false, nil
		}
		return true, w.storeClaim(next, now)
	})
	if err != nil {
		return store.Lease{}, s.explain(ctx, "lease", err)
	}
	return got, refused
}

// decideLease answers what to tell, which is a new claim if something changes, the stored one if nothing does, and one without a lane if there is none.
func (w *writer) decideLease(l store.Lease, ttl time.Duration, now int64) (*claim, error, error) {
	refusal := &store.Conflict{Condition: store.ConditionLease, Name: l.Name}
	held := w.holder(l.Name, now)
	mine := held != nil && held.fence == l.Fence
	var next claim
	switch {
	case ttl == 0 && !mine:
		return &claim{name: l.Name, fence: l.Fence, expires: now}, nil, nil
	case held != nil && !mine:
		return held, refusal, nil
	case held == nil && l.Fence != 0:
		return &claim{name: l.Name, expires: never}, refusal, nil
	case held == nil:
		lane, err := w.lane(l.Name, now)
		if err != nil {
			return nil, nil, err
		}
		next = claim{name: l.Name, lane: lane, fence: w.fence + 1}
	default:
		next = *held
	}
	next.expires = now + ttl.Microseconds()
	if l.Data != nil && ttl > 0 {
		next.data = bytes.Clone(l.Data)
	}
	return &next, nil, nil
}

const ownsStream = "SELECT EXISTS (SELECT 1 FROM streams WHERE owner = ?)"

// lane is the one that the name had, the lowest that nobody needs any more, or a new one.
func (w *writer) lane(name string, now int64) (int64, error) {
	if c := w.claims[name]; c != nil {
		return c.lane, nil
	}
	lowest := w.lanes + 1
	for other, c := range w.claims {
		if c.lane > lowest || w.holder(other, now) != nil {
			continue
		}
		owns, err := w.numbers(ownsStream, other)
		if err != nil {
			return 0, err
		}
		if owns[0] == 0 {
			lowest = c.lane
		}
	}
	return lowest, nil
}

const storeLease = `INSERT OR REPLACE INTO leases (lane, name, fence, at, expires, data) VALUES (?, ?, ?, ?, ?, ?)`

// storeClaim writes a claim and remembers it; whoever had its lane is forgotten.
func (w *writer) storeClaim(c *claim, now int64) error {
	var data any
	if c.data != nil {
		data = c.data
	}
	if err := w.exec(storeLease, c.lane, c.name, int64(c.fence), now, c.expires, data); err != nil {
		return err
	}
	for name, other := range w.claims {
		if other.lane == c.lane {
			delete(w.claims, name)
		}
	}
	w.claims[c.name] = c
	w.fence, w.lanes = max(w.fence, c.fence), max(w.lanes, c.lane)
	return nil
}

// endLeases ends those of earlier openings: whoever held them is gone, and what they drove need not wait for their time to be up.
func (w *writer) endLeases(now int64) error {
	return w.transaction(func() (changed bool, err error) {
		for _, c := range w.claims {
			if now >= c.expires {
				continue
			}
			ended := *c
			ended.expires = now
			if err := w.storeClaim(&ended, now); err != nil {
				return false, err
			}
			changed = true
		}
		return changed, nil
	})
}
