package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite/internal/encoding"
)

// pageBytes is where a page of records or events ends early.
const pageBytes = 16 << 20

const (
	recordColumns = "SELECT r.kind, r.grp, r.id, r.expires, r.keys, r.data FROM "
	alive         = "(r.expires IS NULL OR r.expires > ?1)"
	getRecord     = recordColumns + "records r WHERE " + alive + " AND r.kind = ?2 AND r.grp = ?3 AND r.id = ?4"
)

// listQuery is the query for a page: ?1 is the time, ?2 the kind, ?3 and ?4 the place behind which it starts, ?5 how many; ?6 and ?7 are the
// key.
func listQuery(keyed, grouped, ascending bool) string {
	out := recordColumns + "records r WHERE "
	table := "r"
	if keyed {
		out = recordColumns + "keys k CROSS JOIN records r ON r.seq = k.seq WHERE k.name = ?6 AND k.value = ?7 AND "
		table = "k"
	}
	than, order := "<", " DESC"
	if ascending {
		than, order = ">", ""
	}
	out += alive + " AND T.kind = ?2"
	if grouped {
		out += " AND T.grp = ?3 AND T.id " + than + " ?4 ORDER BY T.id" + order
	} else {
		out += " AND (T.grp, T.id) " + than + " (?3, ?4) ORDER BY T.grp" + order + ", T.id" + order
	}
	return strings.ReplaceAll(out, "T.", table+".") + " LIMIT ?5"
}

// Get reads all records from one state of the database.
func (s *Store) Get(ctx context.Context, refs ...store.Ref) ([]*store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	out := make([]*store.Record, len(refs))
	now := s.clock.now()
	get := func(v *view) error {
		for i, ref := range refs {
			err := v.rows(getRecord, func(rows *sql.Rows) error {
				r, err := scanRecord(rows)
				out[i] = &r
				return err
			}, now, ref.Kind, ref.Group, ref.ID)
			if err != nil {
				return err
			}
		}
		return nil
	}
	var err error
	if len(refs) > 1 {
		err = s.reads.snapshot(ctx, []string{getRecord}, get)
	} else {
		err = s.reads.once(ctx, getRecord, get)
	}
	if err != nil {
		return nil, s.explain(ctx, "get records", err)
	}
	return out, nil
}

func scanRecord(rows *sql.Rows) (r store.Record, err error) {
	var expires sql.NullInt64
	var keys []byte
	if err := rows.Scan(&r.Kind, &r.Group, &r.ID, &expires, &keys, &r.Data); err != nil {
		return r, err
	}
	r.Keys = encoding.SplitKeys(keys)
	r.Expires = momentOf(expires)
	return r, nil
}

func copyRecord(r *store.Record) store.Record {
	out := *r
	out.New = false
	out.Keys = slices.Clone(r.Keys)
	out.Data = bytes.Clone(r.Data)
	out.Expires = moment(micros(r.Expires))
	return out
}

// List reads a page in one query.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Check(); err != nil {
		return store.Page{}, err
	}
	group, id, err := start(q)
	if err != nil {
		return store.Page{}, err
	}
	if err := s.enter(ctx); err != nil {
		return store.Page{}, err
	}
	defer s.leave()
	page, limit, size := store.Page{}, store.PageLimit(q.Limit), 0
	each := func(rows *sql.Rows) error {
		if len(page.Records) == limit || size >= pageBytes {
			last := page.Records[len(page.Records)-1].Ref
			page.Next = recordCursor(last)
			return errEnough
		}
		r, err := scanRecord(rows)
		page.Records = append(page.Records, r)
		size += len(r.Data)
		return err
	}
	keyed := q.Key != nil
	args := []any{s.clock.now(), q.Kind, group, id, limit + 1}
	if keyed {
		args = append(args, q.Key.Name, q.Key.Value)
	}
	query := listQuery(keyed, !keyed || q.Group != "", q.Ascending)
	err = s.reads.once(ctx, query, func(v *view) error { return v.rows(query, each, args...) })
	if err != nil {
		return store.Page{}, s.explain(ctx, "list records", err)
	}
	return page, nil
}

// start answers the place behind which a page starts. To the database, bytes are greater than any text.
func start(q store.Query) (group, id any, err error) {
	switch {
	case q.Cursor != "":
		return readRecordCursor(q)
	case q.Ascending:
		return q.Group, "", nil
	case q.Key != nil && q.Group == "":
		return []byte{}, []byte{}, nil
	}
	return q.Group, []byte{}, nil
}

// recordCursor is the place of the last record that came. Names hold no NUL.
func recordCursor(ref store.Ref) string {
	return base64.RawURLEncoding.EncodeToString([]byte(ref.Group + "\x00" + ref.ID))
}

func readRecordCursor(q store.Query) (group, id any, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	g, i, ok := strings.Cut(string(raw), "\x00")
	all := q.Key != nil && q.Group == ""
	if err != nil || !ok || !all && g != q.Group {
		return "", "", &store.Invalid{Problem: "a query's cursor is not one that this store answered to it", Cursor: true}
	}
	return g, i, nil
}

// momentOf is the time that the database holds.
func momentOf(t sql.NullInt64) (out time.Time) {
	if t.Valid {
		out = moment(t.Int64)
	}
	return out
}
