package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite/internal/encoding"
)

const (
	loadHead     = "SELECT id, token, version, last, coalesce(owner, '') FROM streams JOIN heads ON stream = id WHERE name = ?"
	loadSnapshot = "SELECT version, data FROM snapshots WHERE stream = ?"

	// chain walks a stream's segments from the one at ?1 back to the one that holds version ?2 + 1.
	chain = `WITH RECURSIVE chain (pos, first, prev) AS (
  SELECT pos, first, prev FROM segments WHERE pos = ?1
  UNION ALL
  SELECT s.pos, s.first, s.prev FROM chain JOIN segments s ON s.pos = chain.prev WHERE chain.first > ?2 + 1)
SELECT s.first, s.n, s.at, s.events FROM (SELECT pos FROM chain ORDER BY pos LIMIT -1) c CROSS JOIN segments s ON s.pos = c.pos`
)

func loadQueries() []string { return []string{loadHead, loadSnapshot, chain} }

// Load reads all streams from one state of the database.
func (s *Store) Load(ctx context.Context, streams ...string) ([]store.Stream, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	out := make([]store.Stream, 0, len(streams))
	seen := make(map[string]bool, len(streams))
	err := s.reads.snapshot(ctx, loadQueries(), func(v *view) error {
		for _, name := range streams {
			if seen[name] {
				continue
			}
			seen[name] = true
			st, found, err := v.load(name)
			if err != nil {
				return err
			}
			if found {
				out = append(out, st)
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.explain(ctx, "load streams", err)
	}
	return out, nil
}

func (v *view) load(name string) (st store.Stream, found bool, err error) {
	st.Name = name
	var id, last int64
	var token []byte
	found, err = v.row(loadHead, []any{name}, &id, &token, &st.Version, &last, &st.Owner)
	if err != nil || !found {
		return st, false, err
	}
	copy(st.Token[:], token)
	if _, err := v.row(loadSnapshot, []any{id}, &st.SnapshotVersion, &st.Snapshot); err != nil {
		return st, false, err
	}
	if st.SnapshotVersion == st.Version {
		return st, true, nil
	}
	read := st.SnapshotVersion
	err = v.segments(last, st.SnapshotVersion, func(g segment) error {
		if g.first != read+1 {
			return fmt.Errorf("stream %q: event %d is missing: the database is damaged", name, read+1)
		}
		read += uint64(len(g.events))
		st.Events = append(st.Events, g.events...)
		return nil
	})
	if err == nil && read != st.Version {
		err = fmt.Errorf("stream %q: event %d is missing: the database is damaged", name, read+1)
	}
	return st, true, err
}

// segment is a row of segments.
type segment struct {
	first  uint64
	at     int64
	events []store.Event
}

// segments calls each with those of a stream, oldest first: from the one that holds the version behind after, if it is still kept, to the
// one at pos.
func (v *view) segments(pos int64, after uint64, each func(segment) error) error {
	return v.rows(chain, func(rows *sql.Rows) error {
		var g segment
		var n int
		var body []byte
		if err := rows.Scan(&g.first, &n, &g.at, &body); err != nil {
			return err
		}
		var err error
		if g.events, err = encoding.ReadEvents(body, n); err != nil {
			return err
		}
		return each(g)
	}, pos, after)
}
