package memory

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/penstock-dev/penstock/store"
)

// pageBytes is where a page of records or events ends early.
const pageBytes = 16 << 20

// List copies outside the mutex.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Check(); err != nil {
		return store.Page{}, err
	}
	found, more, err := s.scan(ctx, q)
	if err != nil {
		return store.Page{}, err
	}
	page := store.Page{Records: make([]store.Record, len(found))}
	for i, r := range found {
		page.Records[i] = r.copy()
	}
	if more {
		page.Next = recordCursor(found[len(found)-1])
	}
	return page, nil
}

// scan answers the records of a page, and whether more follow.
func (s *Store) scan(ctx context.Context, q store.Query) (found []*record, more bool, err error) {
	group, id, err := start(q)
	if err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, false, err
	}
	now, limit, size := s.tick(), store.PageLimit(q.Limit), 0
	take := func(r *record) bool {
		switch {
		case q.Group != "" && r.Group != q.Group:
			return false
		case r.expired(now):
			return true
		case len(found) == limit || size >= pageBytes:
			more = true
			return false
		}
		found = append(found, r)
		size += len(r.Data)
		return true
	}
	in := s.groups[groupKey{q.Kind, q.Group}]
	if q.Key != nil {
		in = s.keys[keyKey{q.Kind, q.Key.Name, q.Key.Value}]
	}
	switch {
	case in == nil:
	case q.Ascending:
		in.ascend(group, id, take)
	default:
		in.descend(group, id, take)
	}
	return found, more, nil
}

// start answers the place from which to ascend, or before which to descend. Names hold no NUL and are UTF-8, so a name with a NUL behind it
// is the next one after it, and 0xff is behind all.
func start(q store.Query) (group, id string, err error) {
	switch {
	case q.Cursor != "":
		group, id, err = readRecordCursor(q.Cursor)
		if q.Ascending {
			id += "\x00"
		}
	case q.Ascending:
		group = q.Group
	case q.Group != "":
		group = q.Group + "\x00"
	default:
		group = "\xff"
	}
	return group, id, err
}

// recordCursor is the place of the last record that came. Names hold no NUL.
func recordCursor(r *record) string {
	return base64.RawURLEncoding.EncodeToString([]byte(r.Group + "\x00" + r.ID))
}

func readRecordCursor(cursor string) (group, id string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	group, id, ok := strings.Cut(string(raw), "\x00")
	if err != nil || !ok {
		return "", "", &store.Invalid{Problem: "a query's cursor is not one that this store answered", Cursor: true}
	}
	return group, id, nil
}
