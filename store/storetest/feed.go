package storetest

import (
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/store"
)

func feedRules() []rule[*subject] {
	return []rule[*subject]{
		{"feed/stream, every cut", "the feed of a stream holds versions 1, 2, … n without a gap, after any version and with any limit", (*subject).streamEveryCut},
		{"feed/all, every cut", "the pages of the feed of all streams hold every event once and each stream in order, with any limit, while others commit", (*subject).feedEveryCut},
		{"feed/lanes", "events committed in several lanes, old and new, all come, once, behind the cursor from before them", (*subject).feedLanes},
		{"feed/resume", "a cursor is a place: asking with it again answers the same events, and Next goes on behind the last event, also when none came", (*subject).feedResume},
		{"feed/end", "CursorEnd answers no events and the cursor for what comes from now on", (*subject).feedEnd},
		{"feed/limits", "limit 0 or less is 100 events a page, more than 1000 is 1000", (*subject).feedLimits},
		{"feed/nonsense", "a feed query that mixes the two feeds, or has a foreign cursor, is *Invalid; an unknown stream is empty", (*subject).feedNonsense},
	}
}

// story commits n batches of one to three events to a few streams in turn, in the given lane.
func (s *subject) story(lane, n int, streams ...string) {
	s.Helper()
	for i := range n {
		stream := streams[i%len(streams)]
		b := s.batch(stream)
		b.Lane = lane
		for k := range i%3 + 1 {
			b.Events = append(b.Events, store.Event{Kind: fmt.Sprintf("%s:%d.%d", stream, i, k), Data: []byte(stream)})
		}
		s.apply(b)
	}
}

// walk reads the feed of all streams from a cursor to its end, checks that nothing is wrong with it and answers the last cursor and the events.
func (s *subject) walk(cursor string, limit int, between func()) (string, []store.FeedEvent) {
	s.Helper()
	var all []store.FeedEvent
	for {
		feed := s.feed(store.FeedQuery{Cursor: cursor, Limit: limit})
		if feed.Next == "" {
			s.Fatalf("the feed of all streams answered no Next")
		}
		if feed.Compacted {
			s.Fatalf("the feed says Compacted, but nothing was pruned")
		}
		all = append(all, feed.Events...)
		cursor = feed.Next
		if len(feed.Events) == 0 {
			return cursor, all
		}
		if between != nil {
			between()
		}
	}
}

// whole checks that the events are every stream's versions from+1 … head, each once, and each as its stream has it. A stream that was always
// committed in one lane must come in order.
func (s *subject) whole(events []store.FeedEvent, from map[string]uint64, ordered bool, streams ...string) {
	s.Helper()
	now := s.now()
	got := map[string]map[uint64]string{}
	next := map[string]uint64{}
	for _, e := range events {
		if got[e.Stream] == nil {
			got[e.Stream] = map[uint64]string{}
		}
		if _, twice := got[e.Stream][e.Version]; twice {
			s.Fatalf("event %d of %s came twice", e.Version, e.Stream)
		}
		got[e.Stream][e.Version] = e.Event.Kind
		if want := max(next[e.Stream], from[e.Stream]) + 1; ordered && e.Version != want {
			s.Fatalf("event %d of %s came where %d should", e.Version, e.Stream, want)
		}
		next[e.Stream] = e.Version
		if string(e.Event.Data) != e.Stream || !strings.HasPrefix(e.Event.Kind, e.Stream+":") {
			s.Fatalf("event %s with data %q came for stream %s", e.Event.Kind, e.Event.Data, e.Stream)
		}
		if e.At.IsZero() || e.At.After(now) {
			s.Fatalf("event %d of %s is of %s, but it is %s now", e.Version, e.Stream, e.At, now)
		}
	}
	for _, st := range s.streams(streams...) {
		s.equal("events of "+st.Name, st.Version-from[st.Name], len(got[st.Name]))
		for i, e := range st.Events {
			if v := uint64(i) + 1; v > from[st.Name] && got[st.Name][v] != e.Kind {
				s.Fatalf("event %d of %s is %q in the feed, %q in the stream", v, st.Name, got[st.Name][v], e.Kind)
			}
		}
	}
	s.equal("streams that came", len(streams), len(got))
}

func (s *subject) streamEveryCut() {
	s.story(0, 14, "a", "b")
	total := s.load("a").Version
	for after := uint64(0); after <= total+2; after++ {
		for limit := 1; limit <= int(total)+1; limit++ {
			at := after
			for {
				feed := s.feed(store.FeedQuery{Stream: "a", After: at, Limit: limit})
				if len(feed.Events) == 0 {
					break
				}
				for _, e := range feed.Events {
					at++
					s.equal("stream, version", []any{"a", at}, []any{e.Stream, e.Version})
				}
				if feed.Next != "" || feed.Compacted {
					s.Fatalf("the feed of one stream says Next %q, Compacted %t", feed.Next, feed.Compacted)
				}
			}
			s.equal(fmt.Sprintf("end after %d with limit %d", after, limit), max(after, total), at)
		}
	}
	s.whole(s.feed(store.FeedQuery{Stream: "b", Limit: 1000}).Events, nil, true, "b")
}

func (s *subject) feedEveryCut() {
	s.story(0, 9, "a", "b")
	for limit := 1; limit <= 20; limit++ {
		steps := 0
		cursor, events := s.walk("", limit, func() {
			if steps < 3 {
				s.story(0, 2, "c", "a")
			}
			steps++
		})
		streams := []string{"a", "b", "c"}
		s.whole(events, nil, true, streams...)
		_, events = s.walk(cursor, limit, nil)
		s.equal("events behind the end", 0, len(events))
	}
}

func (s *subject) feedLanes() {
	one, two := s.lease("one", hour), s.lease("two", hour)
	s.story(one.Lane, 5, "a", "b")
	s.story(two.Lane, 5, "c", "d")
	s.story(0, 5, "e")
	for _, limit := range []int{1, 2, 3, 5, 100} {
		steps := 0
		_, events := s.walk("", limit, func() {
			lanes := []int{two.Lane, 0, one.Lane, 0, two.Lane}
			if steps < len(lanes) {
				s.story(lanes[steps], 4, []string{"c", "e", "a", "f", "d"}[steps])
			}
			steps++
		})
		present := []string{"a", "b", "c", "d", "e"}
		if len(s.streams("f")) > 0 {
			present = append(present, "f")
		}
		s.whole(events, nil, true, present...)
	}
	cursor, _ := s.walk("", 100, nil)
	from := map[string]uint64{}
	for _, st := range s.streams("a", "b", "c", "d", "e", "f") {
		from[st.Name] = st.Version
	}
	three := s.lease("three", hour)
	s.story(three.Lane, 3, "a")
	s.story(one.Lane, 3, "a", "g")
	_, events := s.walk(cursor, 2, nil)
	s.whole(events, from, false, "a", "g")
}

func (s *subject) feedResume() {
	s.story(0, 8, "a", "b")
	_, all := s.walk("", 100, nil)
	cursor := ""
	for i := range all {
		for range 2 {
			feed := s.feed(store.FeedQuery{Cursor: cursor, Limit: 1})
			s.equal(fmt.Sprint("event ", i), all[i].Event.Kind, feed.Events[0].Event.Kind)
		}
		cursor = s.feed(store.FeedQuery{Cursor: cursor, Limit: 1}).Next
	}
	for range 3 {
		feed := s.feed(store.FeedQuery{Cursor: cursor})
		s.equal("events at the end", 0, len(feed.Events))
		cursor = feed.Next
	}
	s.story(0, 1, "c")
	s.equal("event behind the end", "c:0.0", s.feed(store.FeedQuery{Cursor: cursor}).Events[0].Event.Kind)
}

func (s *subject) feedEnd() {
	end := func() string {
		feed := s.feed(store.FeedQuery{Cursor: store.CursorEnd})
		s.equal("events at the end", 0, len(feed.Events))
		return feed.Next
	}
	empty := end()
	s.story(s.lease("replica", hour).Lane, 4, "a")
	from := map[string]uint64{"a": s.load("a").Version}
	later := end()
	s.story(0, 3, "b")
	s.story(0, 1, "a")
	_, events := s.walk(empty, 2, nil)
	s.whole(events, nil, false, "a", "b")
	_, events = s.walk(later, 2, nil)
	s.whole(events, from, false, "a", "b")
}

func (s *subject) feedLimits() {
	for range 2 {
		b := s.batch("a")
		for range 505 {
			b.Events = append(b.Events, store.Event{Kind: "a:", Data: []byte("a")})
		}
		s.apply(b)
	}
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 1000: 1000, 1001: 1000, 1 << 40: 1000} {
		s.equal(fmt.Sprint("events of a stream with limit ", limit), want, len(s.feed(store.FeedQuery{Stream: "a", Limit: limit}).Events))
		s.equal(fmt.Sprint("events with limit ", limit), want, len(s.feed(store.FeedQuery{Limit: limit}).Events))
	}
	_, events := s.walk("", 7, nil)
	s.whole(events, nil, true, "a")
}

func (s *subject) feedNonsense() {
	s.story(0, 2, "a")
	for name, q := range map[string]store.FeedQuery{
		"After without Stream": {After: 1},
		"Stream and Cursor":    {Stream: "a", Cursor: s.feed(store.FeedQuery{}).Next},
		"foreign cursor":       {Cursor: "not a cursor!"},
		"NUL":                  {Stream: "a\x00"},
	} {
		_, err := s.store.Events(s.ctx, q)
		if err == nil {
			s.Fatalf("Events with %s answers no error", name)
		}
		s.invalid(err)
		s.equal("about the cursor, with "+name, name == "foreign cursor", s.aboutCursor(err))
	}
	s.equal("unknown stream", 0, len(s.feed(store.FeedQuery{Stream: "unknown"}).Events))
}
