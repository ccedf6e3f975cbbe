package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite/internal/encoding"
)

const (
	feedHead = "SELECT id, version, last FROM streams JOIN heads ON stream = id WHERE name = ?"
	feedMark = `SELECT pos FROM segments WHERE stream = ?1 AND first > ?2 AND (first + 254) / 256 <> (first + n + 254) / 256
ORDER BY first LIMIT 1`
	feedEnds = "SELECT pruned, max(pruned, coalesce((SELECT max(pos) FROM segments), 0)) FROM feed"
	feedAll  = `SELECT s.pos, t.name, s.first, s.n, s.at, s.events FROM segments s CROSS JOIN streams t ON t.id = s.stream
WHERE s.pos >= ?1 ORDER BY s.pos LIMIT ?2`
)

func feedQueries(q store.FeedQuery) []string {
	if q.Stream != "" {
		return []string{feedHead, feedMark, chain}
	}
	return []string{feedEnds, feedAll}
}

// Events reads a page from one state of the database.
func (s *Store) Events(ctx context.Context, q store.FeedQuery) (store.Feed, error) {
	if err := q.Check(); err != nil {
		return store.Feed{}, err
	}
	var at cursor
	if q.Stream == "" && q.Cursor != store.CursorEnd {
		var err error
		if at, err = readCursor(q.Cursor); err != nil {
			return store.Feed{}, err
		}
	}
	if err := s.enter(ctx); err != nil {
		return store.Feed{}, err
	}
	defer s.leave()
	var feed store.Feed
	if q.Stream != "" {
		if rests, err := s.rests(ctx, q); rests || err != nil {
			return feed, s.explain(ctx, "read events", err)
		}
	}
	err := s.reads.snapshot(ctx, feedQueries(q), func(v *view) (err error) {
		p := &page{limit: store.PageLimit(q.Limit)}
		switch {
		case q.Stream != "":
			feed.Compacted, err = v.streamFeed(q, p)
		case q.Cursor == store.CursorEnd:
			at, err = v.end()
			feed.Next = at.String()
		default:
			feed.Compacted, err = v.wholeFeed(&at, p)
			feed.Next = at.String()
		}
		feed.Events = p.events
		return err
	})
	if err != nil {
		return store.Feed{}, s.explain(ctx, "read events", err)
	}
	return feed, nil
}

// rests reports whether a stream has no event behind the one that is known: whoever follows a stream mostly asks just that, and one query answers it.
func (s *Store) rests(ctx context.Context, q store.FeedQuery) (rests bool, err error) {
	err = s.reads.once(ctx, feedHead, func(v *view) error {
		var id, last int64
		var version uint64
		found, err := v.row(feedHead, []any{q.Stream}, &id, &version, &last)
		rests = !found || version <= q.After
		return err
	})
	return rests && err == nil, err
}

// page collects events until it is full.
type page struct {
	limit  int
	bytes  int
	events []store.FeedEvent
}

func (p *page) full() bool { return len(p.events) >= p.limit || p.bytes >= pageBytes }

// take adds events of a segment, all but the first skip, and answers how many fitted.
func (p *page) take(stream string, g segment, skip int) int {
	events := g.events[skip:]
	events = events[:min(len(events), p.limit-len(p.events))]
	for i, e := range events {
		p.bytes += len(e.Data)
		p.events = append(p.events, store.FeedEvent{Stream: stream, Version: g.first + uint64(skip+i), At: moment(g.at), Event: e})
	}
	return len(events)
}

// streamFeed answers whether something in front of the page has been pruned.
func (v *view) streamFeed(q store.FeedQuery, p *page) (compacted bool, err error) {
	var id, last int64
	var version uint64
	found, err := v.row(feedHead, []any{q.Stream}, &id, &version, &last)
	if err != nil || !found {
		return false, err
	}
	next := q.After + 1
	for next > q.After && next <= version && !p.full() {
		was := len(p.events)
		if err := v.walk(id, last, next-1, p, q.Stream); err != nil {
			return false, err
		}
		if len(p.events) == was {
			break
		}
		next = p.events[len(p.events)-1].Version + 1
	}
	if len(p.events) == 0 {
		return q.After < version, nil
	}
	return p.events[0].Version > q.After+1, nil
}

// walk goes back from a mark that lies behind the page, or from the newest segment. What is pruned between here and there leaves the page short.
func (v *view) walk(id, from int64, after uint64, p *page, stream string) error {
	if _, err := v.row(feedMark, []any{id, after + uint64(p.limit)}, &from); err != nil {
		return err
	}
	return v.segments(from, after, func(g segment) error {
		if p.full() {
			return errEnough
		}
		p.take(stream, g, int(max(after+1, g.first)-g.first))
		return nil
	})
}

// cursor is a place in the feed of all streams: behind the first skip events of the segment at pos.
type cursor struct {
	pos  int64
	skip int
}

func (c cursor) String() string { return fmt.Sprintf("%d.%d", c.pos, c.skip) }

func readCursor(text string) (c cursor, err error) {
	if text == "" {
		return cursor{pos: 1}, nil
	}
	if n, err := fmt.Sscanf(text, "%d.%d", &c.pos, &c.skip); n != 2 || err != nil || c.String() != text || c.pos < 1 || c.skip < 0 {
		return c, errCursor()
	}
	return c, nil
}

func errCursor() error {
	return &store.Invalid{Problem: "a feed query's cursor is not one that this store answered", Cursor: true}
}

// end is behind all that is there.
func (v *view) end() (cursor, error) {
	var pruned, newest int64
	_, err := v.row(feedEnds, nil, &pruned, &newest)
	return cursor{pos: newest + 1}, err
}

// wholeFeed reads on from a cursor and moves it.
func (v *view) wholeFeed(at *cursor, p *page) (compacted bool, err error) {
	var pruned, newest int64
	if _, err := v.row(feedEnds, nil, &pruned, &newest); err != nil {
		return false, err
	}
	if at.pos > newest+1 || at.skip > 0 && at.pos > newest || at.skip >= math.MaxInt32 {
		return false, errCursor()
	}
	compacted = pruned >= at.pos
	err = v.rows(feedAll, func(rows *sql.Rows) error {
		var g segment
		var pos int64
		var n int
		var stream string
		var body []byte
		if p.full() {
			return errEnough
		}
		err := rows.Scan(&pos, &stream, &g.first, &n, &g.at, &body)
		if err != nil {
			return err
		}
		if g.events, err = encoding.ReadEvents(body, n); err != nil {
			return err
		}
		skip := 0
		if pos == at.pos {
			skip = at.skip
		}
		if skip > n {
			return errCursor()
		}
		*at = cursor{pos: pos, skip: skip + p.take(stream, g, skip)}
		if at.skip == n {
			*at = cursor{pos: pos + 1}
		}
		return nil
	}, at.pos, p.limit)
	return compacted, err
}
