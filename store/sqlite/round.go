package sqlite

import (
	"database/sql/driver"

	"github.com/penstock-dev/penstock/store"
)

// round is the commits of one transaction: first all batches are judged in order, each on what those before it did, then what was accepted is
// written, one statement a table.
type round struct {
	*writer
	now      int64
	requests []*request

	accepted []*store.Batch
	verdicts []error // of all batches that were not settled from the start
	touched  []*head
	fresh    map[commitKey]bool // accepted in this round
	entries  map[store.Ref]*entry
	order    []*entry
	bytes    []byte // of encoded events
}

const keptScratch = 1 << 20

type commitKey struct {
	stream string
	id     store.ID
}

// each calls f with every batch that has yet to be judged.
func (rd *round) each(f func(b *store.Batch) error) error {
	for _, r := range rd.requests {
		for i := range r.batches {
			if r.errs[i] != nil {
				continue
			}
			if err := f(&r.batches[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// run answers whether there is anything to be committed.
func (rd *round) run() (bool, error) {
	rd.fresh, rd.bytes = map[commitKey]bool{}, rd.scratch[:0]
	if err := rd.findRecords(); err != nil {
		return false, err
	}
	err := rd.each(func(b *store.Batch) error {
		verdict, err := rd.decide(b)
		rd.verdicts = append(rd.verdicts, verdict)
		return err
	})
	if err != nil || len(rd.accepted) == 0 {
		return false, err
	}
	if cap(rd.bytes) <= keptScratch {
		rd.scratch = rd.bytes
	}
	return true, rd.write()
}

// settle gives every batch its answer, once all is durable.
func (rd *round) settle(h *hints) {
	i := 0
	for _, r := range rd.requests {
		for k := range r.errs {
			if r.errs[k] == nil {
				r.errs[k] = rd.verdicts[i]
				i++
			}
		}
	}
	for _, head := range rd.touched {
		head.round = change{}
	}
	for _, b := range rd.accepted {
		h.tell(b, rd.holder(b.Owner, rd.now), rd.now)
	}
}

// decide accepts a batch or answers why not; err is a failure of the database.
func (rd *round) decide(b *store.Batch) (verdict, err error) {
	if int64(b.Lane) > rd.lanes {
		return &store.Invalid{Stream: b.Stream, Problem: "the lane of a batch was never given out with a lease"}, nil
	}
	h, err := rd.head(b.Stream)
	if err != nil {
		return nil, err
	}
	if h.token != b.Expect {
		applied, err := rd.applied(h, b)
		if applied || err != nil {
			return nil, err
		}
	}
	conflict, err := rd.judge(b, h)
	if err != nil {
		return nil, err
	}
	if conflict != nil {
		conflict.Stream = b.Stream
		return conflict, nil
	}
	rd.accept(b, h)
	return nil, nil
}

// judge answers the first condition that does not hold, in the order of the contract.
func (rd *round) judge(b *store.Batch, h *head) (*store.Conflict, error) {
	if h.token != b.Expect {
		return &store.Conflict{Condition: store.ConditionHead, Name: b.Stream}, nil
	}
	for _, r := range b.Reads {
		other, err := rd.head(r.Stream)
		if err != nil {
			return nil, err
		}
		if other.token != r.Token {
			return &store.Conflict{Condition: store.ConditionRead, Name: r.Stream}, nil
		}
	}
	for _, l := range b.Live {
		if c := rd.holder(l.Name, rd.now); c == nil || c.fence != l.Fence {
			return &store.Conflict{Condition: store.ConditionLive, Name: l.Name}, nil
		}
	}
	for _, l := range b.Dead {
		if rd.holder(l.Name, rd.now) != nil {
			return &store.Conflict{Condition: store.ConditionDead, Name: l.Name}, nil
		}
	}
	for i := range b.Put {
		if e := rd.entries[b.Put[i].Ref]; b.Put[i].New && e.there(rd.now) {
			held, err := rd.record(e)
			return &store.Conflict{Condition: store.ConditionNew, Name: e.ref.ID, Holder: held}, err
		}
	}
	return nil, nil
}

const (
	firstCommit = "SELECT id FROM segments WHERE stream = ?1 AND first = 1 AND (first + 254) / 256 <> (first + n + 254) / 256"

	// walkBack goes from the newest commit back until it finds the one that is asked for, or the one that that was built on: whatever
	// follows there is another one.
	walkBack = `WITH RECURSIVE chain (id, prev) AS (
  SELECT id, prev FROM segments WHERE pos = ?1
  UNION ALL
  SELECT s.id, s.prev FROM chain JOIN segments s ON s.pos = chain.prev WHERE chain.id <> ?2 AND chain.id <> ?3)
SELECT id FROM chain WHERE id = ?2 LIMIT 1`
)

// applied reports whether the batch is one of the stream's commits that are still kept. What is offered again is nearly always young.
func (rd *round) applied(h *head, b *store.Batch) (found bool, err error) {
	if h.token == b.ID || rd.fresh[commitKey{b.Stream, b.ID}] {
		return true, nil
	}
	if h.id == 0 || rd.fresh[commitKey{b.Stream, b.Expect}] {
		return false, nil // nothing is there; or a batch of this round has taken the place, and all history would be searched in vain
	}
	each := func(row []driver.Value) error {
		id, _ := row[0].([]byte)
		found = string(id) == string(b.ID[:])
		return nil
	}
	if b.Expect.IsZero() {
		err = rd.query(firstCommit, each, h.id)
	} else {
		err = rd.query(walkBack, each, h.stored(), b.ID[:], b.Expect[:])
	}
	return found, err
}
