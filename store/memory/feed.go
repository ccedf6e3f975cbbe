package memory

import (
	"context"
	"sort"
	"strconv"

	"github.com/penstock-dev/penstock/store"
)

// passage is a part of a feed: segments that are never changed, and how events are numbered in it.
type passage struct {
	segs  []*segment
	start func(*segment) uint64 // number of a segment's first event
	after uint64                // number of the last event that is not wanted
	gone  uint64                // number of the last event that was pruned
}

// Events copies outside the mutex.
func (s *Store) Events(ctx context.Context, q store.FeedQuery) (store.Feed, error) {
	if err := q.Check(); err != nil {
		return store.Feed{}, err
	}
	p, err := s.passage(ctx, q)
	if err != nil {
		return store.Feed{}, err
	}
	events, last := p.read(store.PageLimit(q.Limit))
	feed := store.Feed{Events: events, Compacted: p.after < p.gone}
	if q.Stream == "" {
		feed.Next = strconv.FormatUint(last, 10)
	}
	return feed, nil
}

func (s *Store) passage(ctx context.Context, q store.FeedQuery) (passage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return passage{}, err
	}
	if q.Stream != "" {
		p := passage{start: func(g *segment) uint64 { return g.first }, after: q.After}
		if st := s.streams[q.Stream]; st != nil {
			p.segs, p.gone = st.segs, st.pruned
		}
		return p, nil
	}
	p := passage{segs: s.feed, start: func(g *segment) uint64 { return g.pos }, gone: s.pruned}
	switch q.Cursor {
	case "":
	case store.CursorEnd:
		p.after = s.fed
	default:
		at, err := strconv.ParseUint(q.Cursor, 10, 64)
		if err != nil || at > s.fed {
			return passage{}, &store.Invalid{Problem: "a feed query's cursor is not one that this store answered", Cursor: true}
		}
		p.after = at
	}
	return p, nil
}

// read answers up to limit events and the number of the last one.
func (p passage) read(limit int) (events []store.FeedEvent, last uint64) {
	last = p.after
	size := 0
	i := sort.Search(len(p.segs), func(i int) bool {
		return p.start(p.segs[i])+uint64(len(p.segs[i].events)) > p.after+1
	})
	for ; i < len(p.segs) && len(events) < limit && size < pageBytes; i++ {
		g := p.segs[i]
		skip := 0
		if start := p.start(g); start <= p.after {
			skip = int(p.after + 1 - start)
		}
		take := g.events[skip:min(len(g.events), skip+limit-len(events))]
		for k, e := range copyEvents(take) {
			size += len(e.Data)
			events = append(events, store.FeedEvent{Stream: g.stream.name, Version: g.first + uint64(skip+k), At: g.at, Event: e})
		}
		last = p.start(g) + uint64(skip+len(take)) - 1
	}
	return events, last
}
