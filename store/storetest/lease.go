package storetest

import (
	"fmt"

	"github.com/penstock-dev/penstock/store"
)

func leaseRules() []rule[*subject] {
	return []rule[*subject]{
		{"lease/take", "a lease is given to one claim at a time, with a fence, an end and the store's time; who comes second is told who holds it", (*subject).takeLease},
		{"lease/renew", "renewing with the fence moves the end on the store's clock, keeps fence and lane, and replaces Data unless it is nil", (*subject).renewLease},
		{"lease/expiry", "a lease ends at its Expires; from then on anyone may take it, and the old claim can neither renew it nor end it", (*subject).expireLease},
		{"lease/ended stays ended", "a claim that has ended does not come back: it cannot be renewed, only taken anew", (*subject).endedLease},
		{"lease/fence rises", "every take of a name answers a greater fence than all before it, however the claim before ended", (*subject).fenceRises},
		{"lease/end", "ttl 0 ends a lease at once; ending what has ended, or never was, is no error and hurts nobody", (*subject).endLease},
		{"lease/lanes", "no two leases held at the same time share a lane, and no lane is 0", (*subject).lanes},
		{"lease/many names", "a thousand names in turn, as that many starts of a process, leave later ones as good as the first", (*subject).manyNames},
		{"lease/forgotten", "the fence of a name rises also when other names were taken in between, whose leases are held", (*subject).forgottenName},
		{"lease/nonsense", "a lease without name, with a negative ttl, or ended without fence is *Invalid; Data over the limit is *TooLarge", (*subject).leaseNonsense},
	}
}

// denied asks for what must be refused, and answers the lease in force.
func (s *subject) denied(l store.Lease) store.Lease {
	s.Helper()
	got, err := s.store.Lease(s.ctx, l, hour)
	s.conflict(err, store.ConditionLease, l.Name)
	return got
}

func (s *subject) takeLease() {
	got := s.hold(store.Lease{Name: "replica", Data: []byte("types")}, hour)
	s.equal("name, data", "replica types", got.Name+" "+string(got.Data))
	if got.Fence == 0 || got.Lane <= 0 {
		s.Fatalf("want a fence and a lane, got %d, %d", got.Fence, got.Lane)
	}
	s.equal("ttl", hour, got.Expires.Sub(got.Now))
	if now := s.now(); got.Now.After(now) {
		s.Fatalf("the lease was given at %s, but it is %s now", got.Now, now)
	}
	inForce := s.denied(store.Lease{Name: "replica"})
	if !inForce.Expires.Equal(got.Expires) || string(inForce.Data) != "types" {
		s.Fatalf("want the lease in force, got %+v", inForce)
	}
	s.denied(store.Lease{Name: "replica", Fence: got.Fence + 1})
	s.denied(store.Lease{Name: "unknown", Fence: 1})
}

func (s *subject) renewLease() {
	got := s.hold(store.Lease{Name: "replica", Data: []byte("types")}, hour)
	for range 3 {
		s.clock.Advance(hour / 2)
		next := s.hold(store.Lease{Name: "replica", Fence: got.Fence}, hour)
		s.equal("fence, lane, data", fmt.Sprint(got.Fence, got.Lane, "types"), fmt.Sprint(next.Fence, next.Lane, string(next.Data)))
		s.equal("ttl", hour, next.Expires.Sub(next.Now))
		if !next.Expires.After(got.Expires) {
			s.Fatalf("the end did not move on: %s, before %s", next.Expires, got.Expires)
		}
		got = next
	}
	s.hold(store.Lease{Name: "replica", Fence: got.Fence, Data: []byte("more")}, hour)
	s.equal("data", "more", string(s.hold(store.Lease{Name: "replica", Fence: got.Fence}, hour).Data))
	s.hold(store.Lease{Name: "replica", Fence: got.Fence, Data: []byte{}}, hour)
	s.equal("data", "", string(s.hold(store.Lease{Name: "replica", Fence: got.Fence}, hour).Data))
}

func (s *subject) expireLease() {
	old := s.hold(store.Lease{Name: "replica", Data: []byte("old")}, hour)
	s.clock.Advance(hour / 2)
	s.denied(store.Lease{Name: "replica"})
	s.clock.Advance(hour / 2)
	stolen := s.lease("replica", hour)
	if stolen.Fence <= old.Fence {
		s.Fatalf("the fence was %d and is %d", old.Fence, stolen.Fence)
	}
	s.equal("data of the claim before", "", string(stolen.Data))
	s.denied(store.Lease{Name: "replica", Fence: old.Fence})
	s.hold(old, 0)
	s.denied(store.Lease{Name: "replica"})
	s.hold(stolen, hour)
}

func (s *subject) endedLease() {
	expired, ended := s.lease("expired", hour), s.lease("ended", 9*hour)
	s.clock.Advance(hour)
	s.hold(ended, 0)
	for _, l := range []store.Lease{expired, ended} {
		s.denied(l)
		if again := s.lease(l.Name, hour); again.Fence <= l.Fence {
			s.Fatalf("%s: the fence was %d and is %d", l.Name, l.Fence, again.Fence)
		}
	}
}

func (s *subject) fenceRises() {
	var last uint64
	for i := range 8 {
		got := s.lease("replica", hour)
		if got.Fence <= last {
			s.Fatalf("the fence was %d and is %d", last, got.Fence)
		}
		last = got.Fence
		if i%2 == 0 {
			s.hold(got, 0)
		} else {
			s.clock.Advance(hour)
		}
		s.hold(s.lease(fmt.Sprint("other ", i), hour), 0)
	}
}

func (s *subject) endLease() {
	got := s.lease("replica", hour)
	ended := s.hold(got, 0)
	if ended.Expires.After(ended.Now) {
		s.Fatalf("an ended lease ends at %s, after %s", ended.Expires, ended.Now)
	}
	s.hold(got, 0)
	s.hold(store.Lease{Name: "unknown", Fence: 7}, 0)
	next := s.lease("replica", hour)
	s.hold(got, 0)
	s.hold(store.Lease{Name: "replica", Fence: next.Fence + 1}, 0)
	s.denied(store.Lease{Name: "replica"})
	s.hold(next, hour)
}

func (s *subject) lanes() {
	held := map[int]string{}
	for i := range 20 {
		got := s.lease(fmt.Sprint("replica ", i), 24*hour)
		if other, taken := held[got.Lane]; taken || got.Lane <= 0 {
			s.Fatalf("%s got lane %d, which %q holds", got.Name, got.Lane, other)
		}
		held[got.Lane] = got.Name
		if i%3 == 0 {
			s.hold(got, 0)
			delete(held, got.Lane)
		}
	}
}

func (s *subject) manyNames() {
	owner := s.lease("owner", hour)
	b := s.batch("a", "one")
	b.Owner, b.Lane = owner.Name, owner.Lane
	s.apply(b)
	s.hold(owner, 0)
	for i := range 1000 {
		got := s.lease(fmt.Sprint("replica ", i), hour)
		if got.Lane == owner.Lane {
			s.Fatalf("%s got the lane of a lease that still owns a stream", got.Name)
		}
		s.hold(got, 0)
	}
	if again := s.lease("replica 0", hour); again.Fence <= owner.Fence {
		s.Fatalf("the fence was %d at least and is %d", owner.Fence, again.Fence)
	}
	due := s.due(10)
	s.equal("ended", fmt.Sprint("owner ", owner.Fence), fmt.Sprint(due.Ended[0].Name, " ", due.Ended[0].Fence))
}

func (s *subject) forgottenName() {
	var last uint64
	for i := range 5 {
		for range 5 {
			got := s.lease("replica", hour)
			if got.Fence <= last {
				s.Fatalf("the fence was %d and is %d", last, got.Fence)
			}
			last = got.Fence
			s.hold(got, 0)
		}
		s.lease(fmt.Sprint("other ", i), 24*hour)
	}
}

func (s *subject) leaseNonsense() {
	_, err := s.store.Lease(s.ctx, store.Lease{}, hour)
	s.invalid(err)
	_, err = s.store.Lease(s.ctx, store.Lease{Name: "a"}, -hour)
	s.invalid(err)
	_, err = s.store.Lease(s.ctx, store.Lease{Name: "a"}, 0)
	s.invalid(err)
	_, err = s.store.Lease(s.ctx, store.Lease{Name: "a\x00b"}, hour)
	s.invalid(err)
	_, err = s.store.Lease(s.ctx, store.Lease{Name: "a", Data: make([]byte, store.Limits{}.OrDefault().Record+1)}, hour)
	s.tooLarge(err, "lease data")
	s.lease("a", hour)
}
