package sqlite

import (
	"database/sql/driver"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite/internal/encoding"
)

// accept takes a batch into the round.
func (rd *round) accept(b *store.Batch, h *head) {
	if !h.round.touched {
		h.round = change{touched: true, created: h.id == 0, last: h.last}
		rd.touched = append(rd.touched, h)
	}
	if h.id == 0 {
		rd.streams++
		h.id = rd.streams
	}
	rd.append(b, h)
	if wake := micros(b.Wake); b.Owner != h.owner || wake != h.wake {
		h.owner, h.wake, h.round.owned = b.Owner, wake, true
	}
	if len(b.Snapshot) > 0 {
		h.round.snapshot, h.round.snapped = b.Snapshot, h.version
	}
	for i := range b.Put {
		e := rd.entries[b.Put[i].Ref]
		e.put, e.gone = &b.Put[i], true
	}
	for _, ref := range b.Delete {
		e := rd.entries[ref]
		e.put, e.gone = nil, true
	}
	rd.accepted = append(rd.accepted, b)
	rd.fresh[commitKey{b.Stream, b.ID}] = true
}

// append adds the batch's segment and moves the head.
func (rd *round) append(b *store.Batch, h *head) {
	from := len(rd.bytes)
	rd.bytes = encoding.AppendEvents(rd.bytes, b.Events)
	rd.pos++
	rd.segments.add(rd.pos, h.id, int64(h.version+1), int64(len(b.Events)), h.last, rd.now, b.ID[:], rd.bytes[from:])
	h.token, h.last = b.ID, rd.pos
	h.version += uint64(len(b.Events))
}

// write runs the statements.
func (rd *round) write() error {
	for _, h := range rd.touched {
		rd.writeHead(h)
	}
	for _, e := range rd.order {
		rd.writeEntry(e)
	}
	for _, r := range []*rows{
		&rd.created, &rd.moved, &rd.owned, &rd.segments, &rd.snapshots, &rd.dropped, &rd.unkeyed, &rd.put, &rd.keyed,
	} {
		if _, err := r.exec(rd.conn); err != nil {
			return err
		}
	}
	return nil
}

func (rd *round) writeHead(h *head) {
	rd.moved.add(h.id, h.token[:], int64(h.version), h.last)
	switch {
	case h.round.created:
		rd.created.add(h.id, h.name, text(h.owner), nullable(h.wake))
	case h.round.owned:
		rd.owned.add(h.id, text(h.owner), nullable(h.wake))
	}
	if h.round.snapshot != nil {
		rd.snapshots.add(h.id, int64(h.round.snapped), h.round.snapshot)
	}
}

// text is the database's form of a name that may be missing.
func text(name string) any {
	if name == "" {
		return nil
	}
	return name
}

// entry is a record that the round is about: the one that is stored, and what becomes of it.
type entry struct {
	ref     store.Ref
	seq     int64 // 0: none is stored
	expires int64
	keys    []byte

	gone bool          // the stored one is not to be there any more
	put  *store.Record // what is to be there instead
}

// there reports whether there is a record as of now, in the midst of the round.
func (e *entry) there(now int64) bool {
	expires := e.expires
	switch {
	case e.put != nil:
		expires = micros(e.put.Expires)
	case e.gone || e.seq == 0:
		return false
	}
	return expires == never || now < expires
}

// findRecords finds what is stored of all records that the batches put or delete.
func (rd *round) findRecords() error {
	rd.entries = map[store.Ref]*entry{}
	err := rd.each(func(b *store.Batch) (err error) {
		for i := 0; i < len(b.Put) && err == nil; i++ {
			err = rd.findRecord(b.Put[i].Ref)
		}
		for i := 0; i < len(b.Delete) && err == nil; i++ {
			err = rd.findRecord(b.Delete[i])
		}
		return err
	})
	if err != nil {
		return err
	}
	return rd.lookup.query(rd.conn, func(row []driver.Value) error {
		var i int64
		if err := scan(row[:1], &i); err != nil {
			return err
		}
		e := rd.order[i]
		return scan(row[1:], &e.seq, &e.expires, &e.keys)
	})
}

// findRecord lets a record be looked up with all others, unless it is known not to be there.
func (rd *round) findRecord(ref store.Ref) error {
	if rd.entries[ref] != nil {
		return nil
	}
	isNew, err := rd.isNew(ref)
	if err != nil {
		return err
	}
	if !isNew {
		rd.lookup.add(int64(len(rd.order)), ref.Kind, ref.Group, ref.ID)
	}
	e := &entry{ref: ref}
	rd.entries[ref] = e
	rd.order = append(rd.order, e)
	return nil
}

const readRecord = "SELECT kind, grp, id, expires, keys, data FROM records WHERE seq = ?"

// record is a copy of the record that there is as of now.
func (rd *round) record(e *entry) (*store.Record, error) {
	if e.put != nil {
		out := copyRecord(e.put)
		return &out, nil
	}
	out := &store.Record{Ref: e.ref}
	err := rd.query(readRecord, func(row []driver.Value) error {
		var expires int64
		var keys []byte
		err := scan(row, &out.Kind, &out.Group, &out.ID, &expires, &keys, &out.Data)
		out.Expires, out.Keys = moment(expires), encoding.SplitKeys(keys)
		return err
	}, e.seq)
	return out, err
}

func (rd *round) writeEntry(e *entry) {
	if e.gone && e.seq != 0 {
		rd.drop(e.seq, e.ref, e.keys)
	}
	if e.put == nil {
		return
	}
	rd.records++
	rd.noteNew(e.ref)
	rd.put.add(rd.records, e.ref.Kind, e.ref.Group, e.ref.ID, nullable(micros(e.put.Expires)), encoding.JoinKeys(e.put.Keys), bytesOf(e.put.Data))
	for _, key := range e.put.Keys {
		rd.keyed.add(e.ref.Kind, key.Name, key.Value, e.ref.Group, e.ref.ID, rd.records)
	}
}

// drop deletes a stored record and its keys.
func (w *writer) drop(seq int64, ref store.Ref, keys []byte) {
	w.dropped.add(seq)
	for _, key := range encoding.SplitKeys(keys) {
		w.unkeyed.add(ref.Kind, key.Name, key.Value, ref.Group, ref.ID)
	}
}

// bytesOf is the database's form of bytes, which are not NULL where there are none.
func bytesOf(p []byte) []byte {
	if p == nil {
		return []byte{}
	}
	return p
}
