package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/penstock-dev/penstock/store"
)

const (
	// dueOwners goes from one name to the next in the index, however many streams each has.
	dueOwners = `WITH RECURSIVE owners (name) AS (
  SELECT min(owner) FROM streams WHERE owner IS NOT NULL
  UNION ALL
  SELECT (SELECT min(owner) FROM streams WHERE owner > owners.name) FROM owners WHERE owners.name IS NOT NULL)
SELECT o.name, l.lane, l.fence, l.expires, l.data FROM owners o LEFT JOIN leases l ON l.name = o.name WHERE o.name IS NOT NULL`
	dueFree   = "SELECT wake, name FROM streams WHERE owner IS NULL AND wake <= ?1 ORDER BY wake, name LIMIT ?2"
	dueOrphan = "SELECT wake, name FROM streams WHERE owner = ?1 ORDER BY wake, name LIMIT ?2"
	dueDriven = "SELECT wake, name FROM streams WHERE owner = ?1 AND wake <= ?3 ORDER BY wake, name LIMIT ?2"
	nextFree  = "SELECT min(wake) FROM streams WHERE owner IS NULL AND wake > ?1"
	nextOwned = "SELECT min(wake) FROM streams WHERE owner = ?2 AND wake > ?1"
)

func dueQueries() []string {
	return []string{dueOwners, dueFree, dueOrphan, dueDriven, nextFree, nextOwned}
}

// dueStream is a stream that needs somebody, at its wake.
type dueStream struct {
	wake int64
	name string
}

// dueSearch looks at what is due and at the owners, never at all streams.
type dueSearch struct {
	*view
	now    int64
	limit  int // one more than is answered
	free   []dueStream
	driven []dueStream
	ended  []store.Lease
	next   int64
}

// Due reads one state of the database.
func (s *Store) Due(ctx context.Context, limit int) (store.Due, error) {
	if err := s.enter(ctx); err != nil {
		return store.Due{}, err
	}
	defer s.leave()
	limit = store.PageLimit(limit)
	var due store.Due
	err := s.reads.snapshot(ctx, dueQueries(), func(v *view) error {
		d := &dueSearch{view: v, now: s.clock.now(), limit: limit + 1, next: never}
		if err := d.search(); err != nil {
			return err
		}
		due = d.answer(limit)
		return nil
	})
	if err != nil {
		return store.Due{}, s.explain(ctx, "find what is due", err)
	}
	return due, nil
}

func (d *dueSearch) search() error {
	owners, err := d.owners()
	if err != nil {
		return err
	}
	if err := d.streams(&d.free, dueFree, d.now, d.limit); err != nil {
		return err
	}
	if err := d.sooner(nextFree, d.now); err != nil {
		return err
	}
	for _, o := range owners {
		if err := d.owned(o); err != nil {
			return err
		}
	}
	return nil
}

func (d *dueSearch) owners() (all []claim, err error) {
	err = d.rows(dueOwners, func(rows *sql.Rows) error {
		var c claim
		var lane, fence, expires sql.NullInt64
		err := rows.Scan(&c.name, &lane, &fence, &expires, &c.data)
		c.lane, c.fence, c.expires = lane.Int64, uint64(fence.Int64), never
		if expires.Valid {
			c.expires = expires.Int64
		}
		all = append(all, c)
		return err
	})
	return all, err
}

func (d *dueSearch) owned(c claim) (err error) {
	if d.now < c.expires {
		d.soonest(c.expires)
		err = d.streams(&d.driven, dueDriven, c.name, d.limit, d.now)
	} else {
		d.ended = append(d.ended, c.answer(d.now))
		err = d.streams(&d.free, dueOrphan, c.name, d.limit)
	}
	if err != nil {
		return err
	}
	return d.sooner(nextOwned, d.now, c.name)
}

func (d *dueSearch) streams(list *[]dueStream, query string, args ...any) error {
	return d.rows(query, func(rows *sql.Rows) error {
		var wake sql.NullInt64
		var st dueStream
		err := rows.Scan(&wake, &st.name)
		if st.wake = never; wake.Valid {
			st.wake = wake.Int64
		}
		*list = append(*list, st)
		return err
	}, args...)
}

func (d *dueSearch) sooner(query string, args ...any) error {
	var at sql.NullInt64
	if _, err := d.row(query, args, &at); err != nil {
		return err
	}
	if at.Valid {
		d.soonest(at.Int64)
	}
	return nil
}

func (d *dueSearch) soonest(at int64) {
	if d.next == never || at < d.next {
		d.next = at
	}
}

func (d *dueSearch) answer(limit int) store.Due {
	slices.SortFunc(d.free, byWake)
	slices.SortFunc(d.driven, byWake)
	found := append(d.free, d.driven...)
	if len(found) > limit || len(d.ended) > limit {
		d.next = d.now
	}
	due := store.Due{Ended: d.ended[:min(len(d.ended), limit)], Now: moment(d.now), Next: moment(d.next)}
	for _, st := range found[:min(len(found), limit)] {
		due.Streams = append(due.Streams, st.name)
	}
	return due
}

func byWake(a, b dueStream) int {
	return cmp.Or(cmp.Compare(a.wake, b.wake), cmp.Compare(a.name, b.name))
}
