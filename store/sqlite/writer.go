package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/penstock-dev/penstock/store"
)

// maxHeads is how many heads, and how many groups of records, are remembered before all are forgotten; each takes some 200 bytes.
const maxHeads = 1 << 16

// writer is the only connection that writes, and what it remembers of the database so as not to ask: nobody else changes that, or data_version
// tells. After any error it is thrown away, and the next one begins with what is on the disk.
type writer struct {
	conn     driver.Conn
	prepared map[string]statement
	tables

	dataVersion int64
	heads       map[string]*head // by stream; those that do not exist too
	newest      map[group]string // the greatest ID of records, or one that is greater still
	claims      map[string]*claim
	pos         int64 // of the newest segment
	streams     int64 // the greatest id
	records     int64 // the greatest seq
	lanes       int64
	fence       uint64
	shown       int64 // the latest time that is stored

	scratch []byte // for the events of a round, which the database copies
}

// tables are the statements for many rows.
type tables struct {
	created, moved, owned, segments, snapshots, lookup, dropped, unkeyed, put, keyed, pruned rows
}

func newTables() tables {
	return tables{
		created: rows{before: "INSERT OR ROLLBACK INTO streams (id, name, owner, wake) VALUES ", columns: 4},
		moved:   rows{before: "INSERT OR REPLACE INTO heads (stream, token, version, last) VALUES ", columns: 4},
		owned:   rows{before: "UPDATE OR ROLLBACK streams SET owner = column2, wake = column3 FROM (VALUES ", columns: 3, after: ") WHERE id = column1"},
		segments: rows{
			before: "INSERT OR ROLLBACK INTO segments (pos, stream, first, n, prev, at, id, events) VALUES ", columns: 8,
		},
		snapshots: rows{before: "INSERT OR REPLACE INTO snapshots (stream, version, data) VALUES ", columns: 3},
		lookup: rows{
			before: "SELECT column1, seq, expires, keys FROM (VALUES ", columns: 4,
			after: ") CROSS JOIN records ON kind = column2 AND grp = column3 AND id = column4",
		},
		dropped: rows{before: "DELETE FROM records WHERE seq IN (VALUES ", columns: 1, after: ")"},
		unkeyed: rows{
			before: "DELETE FROM keys WHERE (kind, name, value, grp, id) IN (VALUES ", columns: 5, after: ")",
		},
		put:    rows{before: "INSERT OR ROLLBACK INTO records (seq, kind, grp, id, expires, keys, data) VALUES ", columns: 7},
		keyed:  rows{before: "INSERT OR ROLLBACK INTO keys (kind, name, value, grp, id, seq) VALUES ", columns: 6},
		pruned: rows{before: "DELETE FROM segments WHERE pos IN (VALUES ", columns: 1, after: ")"},
	}
}

// all are the tables in the order in which they are closed.
func (t *tables) all() []*rows {
	return []*rows{
		&t.created, &t.moved, &t.owned, &t.segments, &t.snapshots, &t.lookup, &t.dropped, &t.unkeyed, &t.put, &t.keyed, &t.pruned,
	}
}

func openWriter(c *connector) (*writer, error) {
	conn, err := c.open()
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, prepared: map[string]statement{}, tables: newTables()}
	if err := w.refresh(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) close() error {
	var errs []error
	for _, s := range w.prepared {
		errs = append(errs, s.Close())
	}
	for _, r := range w.all() {
		errs = append(errs, r.close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

func (w *writer) statement(text string) (statement, error) {
	if s := w.prepared[text]; s != nil {
		return s, nil
	}
	s, err := prepare(w.conn, text)
	if err == nil {
		w.prepared[text] = s
	}
	return s, err
}

func (w *writer) exec(text string, args ...driver.Value) error {
	s, err := w.statement(text)
	if err != nil {
		return err
	}
	_, err = exec(s, named(args))
	return err
}

func (w *writer) query(text string, each func(row []driver.Value) error, args ...driver.Value) error {
	s, err := w.statement(text)
	if err != nil {
		return err
	}
	return query(s, each, args...)
}

// numbers answers the only row of a query of numbers, 0 for NULL.
func (w *writer) numbers(text string, args ...driver.Value) (out []int64, err error) {
	err = w.query(text, func(row []driver.Value) error {
		out = make([]int64, len(row))
		for i := range row {
			if row[i] == nil {
				row[i] = int64(0)
			}
			if err := scan(row[i:i+1], &out[i]); err != nil {
				return err
			}
		}
		return nil
	}, args...)
	return out, err
}

const (
	dataVersion = "PRAGMA data_version"
	readCounts  = `SELECT
  max(coalesce((SELECT max(pos) FROM segments), 0), pruned),
  (SELECT max(id) FROM streams),
  (SELECT max(seq) FROM records),
  max(at, coalesce((SELECT at FROM segments ORDER BY pos DESC LIMIT 1), 0), coalesce((SELECT max(at) FROM leases), 0))
FROM feed`
	readClaims = "SELECT lane, name, fence, expires, data FROM leases"
)

// refresh reads what the writer remembers.
func (w *writer) refresh() error {
	w.heads, w.newest, w.claims = map[string]*head{}, map[group]string{}, map[string]*claim{}
	w.lanes, w.fence = 0, 0
	counts, err := w.numbers(readCounts)
	if err != nil {
		return err
	}
	if len(counts) != 4 {
		return errors.New("the table feed has no row: the database is damaged")
	}
	w.pos, w.streams, w.records, w.shown = counts[0], counts[1], counts[2], counts[3]
	return w.query(readClaims, func(row []driver.Value) error {
		c := &claim{}
		if err := scan(row, &c.lane, &c.name, &c.fence, &c.expires, &c.data); err != nil {
			return err
		}
		w.claims[c.name] = c
		w.lanes, w.fence = max(w.lanes, c.lane), max(w.fence, c.fence)
		return nil
	})
}

// transaction calls f in one, and ends it as f says: with what was changed, or without.
func (w *writer) transaction(f func() (changed bool, err error)) error {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	changed, err := false, w.catchUp()
	if err == nil {
		changed, err = f()
	}
	switch {
	case err != nil:
		return err // closing the connection rolls back
	case changed:
		return w.exec("COMMIT")
	}
	return w.exec("ROLLBACK")
}

// catchUp forgets what is remembered if somebody else has written, which only another program can have.
func (w *writer) catchUp() error {
	got, err := w.numbers(dataVersion)
	if err != nil {
		return err
	}
	if len(w.heads) > maxHeads {
		w.heads = map[string]*head{}
	}
	if len(w.newest) > maxHeads {
		w.newest = map[group]string{}
	}
	if got[0] == w.dataVersion {
		return nil
	}
	w.dataVersion = got[0]
	return w.refresh()
}

// lockTurn waits until nobody writes.
func (s *Store) lockTurn(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) unlockTurn() { <-s.turn }

// transact runs f in a transaction of the writer, holding the turn. After an error nothing of it is done, or all, and f must look again.
func (s *Store) transact(f func(w *writer, now int64) (changed bool, err error)) error {
	if s.w == nil {
		w, err := openWriter(&s.write)
		if err != nil {
			return err
		}
		s.w = w
	}
	w := s.w
	s.clock.notBefore(w.shown)
	err := w.transaction(func() (bool, error) { return f(w, s.clock.now()) })
	if err != nil {
		s.w = nil
		return errors.Join(err, w.close())
	}
	s.checkpointIfDue(w)
	return nil
}

// head is what the writer remembers of a stream.
type head struct {
	name    string
	id      int64 // 0: there is no such stream
	token   store.ID
	version uint64
	last    int64 // segments.pos of the newest commit
	owner   string
	wake    int64

	round change
}

// change is what a round of commits has done to a stream so far.
type change struct {
	touched  bool // what follows counts
	created  bool
	owned    bool  // owner or wake are others
	last     int64 // head.last as the database has it
	snapshot []byte
	snapped  uint64 // version that snapshot covers
}

// stored is the position of the newest commit that the database has.
func (h *head) stored() int64 {
	if h.round.touched {
		return h.round.last
	}
	return h.last
}

const readHead = "SELECT id, token, version, last, owner, wake FROM streams JOIN heads ON stream = id WHERE name = ?"

// head answers what there is to know of a stream; id 0 if there is none.
func (w *writer) head(name string) (*head, error) {
	if h := w.heads[name]; h != nil {
		return h, nil
	}
	h := &head{name: name, wake: never}
	err := w.query(readHead, func(row []driver.Value) error {
		var token []byte
		if err := scan(row, &h.id, &token, &h.version, &h.last, &h.owner, &h.wake); err != nil {
			return err
		}
		copy(h.token[:], token)
		return nil
	}, name)
	if err != nil {
		return nil, err
	}
	w.heads[name] = h
	return h, nil
}
