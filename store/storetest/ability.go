package storetest

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// The rules of optional abilities hold for a store without them.
func abilityRules() []rule[*subject] {
	return []rule[*subject]{
		{"ability/hints", "a Hinter's channels are closed by Close, at the latest when they are read to their end", (*subject).hints},
		{"ability/prune", "Prune takes only what is old and covered by a snapshot; Load answers as before, and feeds that lead through the gap say Compacted", (*subject).prune},
		{"ability/prune little by little", "Prune removes limit entries at most and says how many; fewer mean that there are no more", (*subject).pruneSlowly},
		{"ability/prune records", "Prune takes expired records and leaves the others", (*subject).pruneRecords},
	}
}

func (s *subject) hints() {
	hinter, ok := s.store.(store.Hinter)
	if !ok {
		return
	}
	first, second := hinter.Hints(), hinter.Hints()
	now, token := s.now(), store.ID{}
	for range 2000 { // more than anyone buffers: nobody reads, and Commit does not wait
		b := after("a", token, "go")
		b.Wake, token = now, b.ID
		s.apply(b)
	}
	if err := s.store.Close(); err != nil {
		s.Fatalf("Close: %v", err)
	}
	for _, hints := range []<-chan string{first, second, hinter.Hints()} {
		for name := range hints {
			if name == "" {
				s.Fatalf("a hint without a name came")
			}
		}
	}
}

// prunable commits 5 batches of 2 events to "a", a snapshot with the third, and one batch to "b" with none.
func (s *subject) prunable() {
	s.Helper()
	s.apply(after("b", store.ID{}, "b:1"))
	for i := range 5 {
		b := s.batch("a", fmt.Sprint(i, ".0"), fmt.Sprint(i, ".1"))
		if i == 2 {
			b.Snapshot = []byte("after 6")
		}
		s.apply(b)
	}
}

func (s *subject) prune() {
	pruner, ok := s.store.(store.Pruner)
	if !ok {
		return
	}
	young := s.now()
	s.clock.Advance(hour)
	s.prunable()
	before := s.streams("a", "b")
	s.removed(pruner, young, 100, 0)
	cursor := s.feed(store.FeedQuery{Limit: 1}).Next
	end := s.feed(store.FeedQuery{Cursor: store.CursorEnd}).Next
	s.clock.Advance(hour)
	s.removed(pruner, s.now(), 100, 3)
	s.equal("streams", before, s.streams("a", "b"))
	for _, q := range []store.FeedQuery{{Stream: "a"}, {Stream: "a", After: 5}, {}, {Cursor: cursor}} {
		if !s.feed(q).Compacted {
			s.Fatalf("%+v leads through what was pruned, but does not say Compacted", q)
		}
	}
	for _, q := range []store.FeedQuery{{Stream: "a", After: 6}, {Stream: "a", After: 7}, {Stream: "b"}, {Cursor: end}} {
		if s.feed(q).Compacted {
			s.Fatalf("%+v does not lead through what was pruned, but says Compacted", q)
		}
	}
	s.equal("oldest of the stream", 7, s.feed(store.FeedQuery{Stream: "a"}).Events[0].Version)
	s.equal("events left", 5, len(s.feed(store.FeedQuery{}).Events))
	last := s.batch("a", "last")
	last.Snapshot = []byte("after 11")
	s.apply(last)
	s.clock.Advance(hour)
	s.removed(pruner, s.now(), 100, 3)
	s.equal("events left", 1, len(s.feed(store.FeedQuery{}).Events))
	s.apply(last)
	s.apply(after("a", last.ID, "goes on"))
	s.equal("version", 12, s.load("a").Version)
	s.equal("newest", "goes on", s.feed(store.FeedQuery{Stream: "a", After: 11}).Events[0].Event.Kind)
}

func (s *subject) removed(pruner store.Pruner, before time.Time, limit, want int) {
	s.Helper()
	got, err := pruner.Prune(s.ctx, before, limit)
	if err != nil || got != want {
		s.Fatalf("Prune: want %d removed, got %d, %v", want, got, err)
	}
}

func (s *subject) pruneSlowly() {
	pruner, ok := s.store.(store.Pruner)
	if !ok {
		return
	}
	s.prunable()
	s.clock.Advance(hour)
	for _, want := range []int{2, 1, 0} {
		s.removed(pruner, s.now(), 2, want)
	}
	s.equal("oldest left", "b:1 3.0", fmt.Sprint(s.feed(store.FeedQuery{}).Events[0].Event.Kind, " ", s.feed(store.FeedQuery{}).Events[1].Event.Kind))
}

func (s *subject) pruneRecords() {
	pruner, ok := s.store.(store.Pruner)
	if !ok {
		return
	}
	s.putRecords(
		store.Record{Ref: ref("k", "g", "1"), Expires: s.now().Add(hour), Keys: []store.Key{listKey}},
		store.Record{Ref: ref("k", "g", "2"), Expires: s.now().Add(3 * hour), Keys: []store.Key{listKey}},
		store.Record{Ref: ref("k", "g", "3"), Keys: []store.Key{listKey}},
	)
	s.clock.Advance(2 * hour)
	s.removed(pruner, s.now(), 10, 1)
	s.removed(pruner, s.now(), 10, 0)
	for name, q := range ways() {
		s.equal(name, []string{"3", "2"}, s.list(q, nil))
	}
}
