package storetest

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/store"
)

func dueRules() []rule[*subject] {
	return []rule[*subject]{
		{"due/wake", "a stream is due once its newest batch's Wake has come, not before; Next says when that is", (*subject).dueWake},
		{"due/no wake", "a batch with zero Wake clears the one before", (*subject).dueCleared},
		{"due/owner ended", "a stream is due when its Owner's lease has ended, and the lease is listed; Next is not later than that end", (*subject).dueOwner},
		{"due/owner unknown", "an Owner that the store knows no lease of has ended", (*subject).dueUnknownOwner},
		{"due/once", "a stream that is due for both reasons comes once", (*subject).dueOnce},
		{"due/order", "streams that nobody drives come first, each part by Wake, so that a busy replica's never hide them", (*subject).dueOrder},
		{"due/limit", "Due answers limit streams and leases at most; when it was cut, Next is not after Now", (*subject).dueLimit},
		{"due/nothing", "where nothing is to come Next is zero", (*subject).dueNothing},
	}
}

// waking commits to a stream with an owner and a wake.
func (s *subject) waking(stream, owner string, wake time.Time) {
	s.Helper()
	b := s.batch(stream, "go")
	b.Owner, b.Wake = owner, wake
	s.apply(b)
}

func (s *subject) dueWake() {
	start := s.now()
	s.waking("a", "", start.Add(2*hour))
	s.waking("b", "", start.Add(5*hour))
	due := s.due(10)
	s.equal("due before", []string(nil), due.Streams)
	s.near("next", start.Add(2*hour), due.Next)
	s.clock.Advance(2 * hour)
	due = s.due(10)
	s.equal("due", []string{"a"}, due.Streams)
	s.near("next", start.Add(5*hour), due.Next)
	if due.Now.Before(start.Add(2 * hour)) {
		s.Fatalf("Now is %s, two hours after %s", due.Now, start)
	}
	s.waking("a", "", start.Add(9*hour))
	s.waking("b", "", start.Add(4*hour))
	due = s.due(10)
	s.equal("due after it was moved", []string(nil), due.Streams)
	s.near("next", start.Add(4*hour), due.Next)
	s.clock.Advance(8 * hour)
	s.equal("due", []string{"b", "a"}, s.due(10).Streams)
}

// near allows for the precision of stored times, which are rounded down.
func (s *subject) near(what string, want, got time.Time) {
	s.Helper()
	if d := want.Sub(got); d < 0 || d > time.Microsecond {
		s.Fatalf("%s: want %s, got %s", what, want, got)
	}
}

func (s *subject) dueCleared() {
	s.waking("a", "", s.now())
	s.waking("b", "", s.now().Add(hour))
	s.waking("a", "", time.Time{})
	s.waking("b", "", time.Time{})
	s.clock.Advance(2 * hour)
	due := s.due(10)
	s.equal("due", "[] true", fmt.Sprint(due.Streams, due.Next.IsZero()))
}

func (s *subject) dueOwner() {
	lease := s.hold(store.Lease{Name: "replica", Data: []byte("types")}, hour)
	s.lease("idle", hour/2)
	s.waking("a", "replica", time.Time{})
	s.waking("b", "replica", s.now().Add(9*hour))
	s.waking("c", "", time.Time{})
	due := s.due(10)
	s.equal("due while it is held", "[] []", fmt.Sprint(due.Streams, due.Ended))
	s.near("next", lease.Expires, due.Next)
	s.clock.Advance(hour)
	due = s.due(10)
	s.equal("due", []string{"a", "b"}, due.Streams)
	s.equal("leases", 1, len(due.Ended))
	ended := due.Ended[0]
	s.equal("ended", fmt.Sprint("replica ", lease.Fence, " types"), fmt.Sprint(ended.Name, " ", ended.Fence, " ", string(ended.Data)))
	taker := s.lease("taker", hour)
	b := s.batch("a", "take")
	b.Dead, b.Live, b.Owner = []store.Lease{ended}, []store.Lease{taker}, "taker"
	s.apply(b)
	due = s.due(10)
	s.equal("due after one was taken", []string{"b"}, due.Streams)
	s.lease("replica", hour)
	due = s.due(10)
	s.equal("due after the lease was taken again", "[] []", fmt.Sprint(due.Streams, due.Ended))
}

func (s *subject) dueUnknownOwner() {
	s.waking("a", "never seen", time.Time{})
	due := s.due(10)
	s.equal("due", []string{"a"}, due.Streams)
	s.equal("ended", "never seen 0", fmt.Sprint(due.Ended[0].Name, " ", due.Ended[0].Fence))
	s.waking("a", "", time.Time{})
	due = s.due(10)
	s.equal("due after it has no owner", "[] []", fmt.Sprint(due.Streams, due.Ended))
}

func (s *subject) dueOnce() {
	s.waking("a", "never seen", s.now())
	s.waking("b", "", s.now())
	s.equal("due", []string{"a", "b"}, s.due(10).Streams)
}

func (s *subject) dueOrder() {
	start := s.now()
	s.lease("busy", 24*hour)
	for i := range 5 {
		s.waking(fmt.Sprint("busy ", i), "busy", start)
	}
	for _, h := range []int{4, 2, 5, 1, 3} {
		s.waking(fmt.Sprint("free ", h), "", start.Add(time.Duration(h)*hour))
	}
	s.waking("orphan late", "gone", start.Add(9*hour))
	s.waking("orphan", "gone", time.Time{})
	s.clock.Advance(6 * hour)
	want := []string{"orphan", "free 1", "free 2", "free 3", "free 4", "free 5", "orphan late", "busy 0", "busy 1"}
	s.equal("due", want, s.due(9).Streams)
	s.equal("due", 12, len(s.due(100).Streams))
}

func (s *subject) dueLimit() {
	for i := range 105 {
		s.waking(fmt.Sprintf("stream %03d", i), fmt.Sprintf("gone %03d", i%3), time.Time{})
	}
	for limit, want := range map[int]int{1: 1, 50: 50, 0: 100, -3: 100, 104: 104} {
		due := s.due(limit)
		s.equal(fmt.Sprint("streams with limit ", limit), want, len(due.Streams))
		s.equal(fmt.Sprint("leases with limit ", limit), min(want, 3), len(due.Ended))
		if due.Next.IsZero() || due.Next.After(due.Now) {
			s.Fatalf("limit %d cut the answer, but Next is %s at %s", limit, due.Next, due.Now)
		}
	}
	due := s.due(105)
	s.equal("all", "105 3 true", fmt.Sprint(len(due.Streams), len(due.Ended), due.Next.IsZero()))
}

func (s *subject) dueNothing() {
	s.equal("empty store", "[] [] true", fmt.Sprint(s.due(10).Streams, s.due(10).Ended, s.due(10).Next.IsZero()))
	s.waking("a", "", time.Time{})
	s.lease("idle", hour)
	s.equal("nothing planned", "[] [] true", fmt.Sprint(s.due(10).Streams, s.due(10).Ended, s.due(10).Next.IsZero()))
}
