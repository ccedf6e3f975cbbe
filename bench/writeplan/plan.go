package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"time"
)

//go:embed schema.sql
var planSchema string

// Sizes in bytes of what is stored. SQLite does not compress, so the content does not matter.
const (
	sizeStarted  = 120 // trigger, actor, command id, revisions
	sizeStage    = 24  // a stage entered or left
	sizeClaimed  = 40  // id, run, fence, time
	sizeEnded    = 100 // id, result, 64 bytes of output
	sizeFinished = 40
	sizeAction   = 300
	sizeSummary  = 600
	sizeHeader   = 56 // token, time, hash chain
	sizeSnapshot = 4 << 10
	snapshotTail = 32 << 10 // of events since the last snapshot
)

// options are what may be asked about the plan.
type options struct {
	streams int  // pipelines that share the executions in flight
	keys    int  // key rows an execution
	early   bool // each action execution its own record, when it ends, instead of all in the execution's
}

// stream is the driver's memory of a head, right as long as its token is the stored one.
type stream struct {
	id, version, last int64
	name              string
	tail              int // bytes of events since the last snapshot

	events, bytes int // of this round
}

// plan writes what the engine would.
type plan struct {
	*writer
	options                                   options
	check                                     *sql.Stmt
	heads, segments, snapshots, records, keys *rows
	streams, round                            []*stream // all, and those of this round
	pos                                       int64
	ids                                       uint64
	filler                                    []byte
}

func newPlan(ctx context.Context, file string, o options) (*plan, error) {
	w, err := open(ctx, file, planSchema)
	if err != nil {
		return nil, err
	}
	p := &plan{writer: w, options: o, filler: make([]byte, 1<<20)}
	if err := errors.Join(p.prepareAll(ctx), p.populate(ctx)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return p, nil
}

func (p *plan) prepareAll(ctx context.Context) (err error) {
	for _, table := range []struct {
		into    **rows
		before  string
		columns int
		after   string
	}{
		{&p.heads, "UPDATE streams SET last = column1 FROM (VALUES ", 3, ") WHERE id = column2 AND last = column3"},
		{&p.segments, "INSERT OR ROLLBACK INTO segments(pos, stream, first, n, prev, body) VALUES ", 6, ""},
		{&p.snapshots, "INSERT OR REPLACE INTO snapshots(stream, version, data) VALUES ", 3, ""},
		{&p.records, "INSERT OR ROLLBACK INTO records(kind, grp, id, keys, data) VALUES ", 5, ""},
		{&p.keys, "INSERT OR ROLLBACK INTO keys(kind, name, value, id, grp) VALUES ", 5, ""},
	} {
		if *table.into, err = p.rows(ctx, table.before, table.columns, table.after); err != nil {
			return err
		}
	}
	p.check, err = p.conn.PrepareContext(ctx, "SELECT coalesce((SELECT max(pos) FROM segments), 0), EXISTS (SELECT 1 FROM leases WHERE name = 'replica' AND fence = 1 AND expires > ?)")
	return err
}

func (p *plan) populate(ctx context.Context) error {
	_, err := p.conn.ExecContext(ctx, "INSERT INTO leases(name, fence, expires) VALUES ('replica', 1, 1 << 62)")
	for i := range p.options.streams {
		s := &stream{id: int64(i + 1), name: fmt.Sprintf("pipeline/storefront-%03d", i)}
		p.streams = append(p.streams, s)
		_, more := p.conn.ExecContext(ctx, "INSERT INTO streams(id, name, last, owner, wake) VALUES (?, ?, 0, 'replica', 1)", s.id, s.name)
		err = errors.Join(err, more)
	}
	return err
}

func (*plan) starts() bool { return true }

func (p *plan) write(ctx context.Context, _ []report, touched []*execution) error {
	return p.transaction(ctx, func() error {
		if err := p.alone(ctx); err != nil {
			return err
		}
		for _, x := range touched {
			p.add(x)
		}
		return p.flush(ctx)
	})
}

// alone asserts, inside the transaction, what the driver remembers and what the commits' conditions name.
func (p *plan) alone(ctx context.Context) error {
	var pos int64
	var held bool
	if err := p.check.QueryRowContext(ctx, time.Now().UnixNano()).Scan(&pos, &held); err != nil {
		return err
	}
	if pos != p.pos || !held {
		return fmt.Errorf("another writer: the feed ends at %d, not %d, or the lease is lost (held: %t)", pos, p.pos, held)
	}
	return nil
}

// add decides what an execution's reports store, as the machine would.
func (p *plan) add(x *execution) {
	s := p.streams[x.slot%len(p.streams)]
	if s.events == 0 {
		p.round = append(p.round, s)
	}
	for _, r := range x.reports {
		p.reported(s, r)
	}
	switch x.settled {
	case waiting:
	case joined:
		s.event(sizeClaimed)
	case entered:
		s.event(sizeStage, sizeClaimed, sizeClaimed)
		if x.stage > 0 {
			s.event(sizeStage)
		}
	case finished:
		s.event(sizeStage, sizeFinished)
		p.finish(s)
	}
}

func (p *plan) reported(s *stream, r report) {
	if r.action == start {
		s.event(sizeStarted)
		return
	}
	s.event(sizeEnded)
	if p.options.early {
		p.record("action", s, p.id(), sizeAction)
	}
}

func (s *stream) event(sizes ...int) {
	for _, size := range sizes {
		s.events++
		s.bytes += size
	}
}

func (p *plan) finish(s *stream) {
	id, size := p.id(), sizeSummary
	if !p.options.early {
		size += actions * sizeAction
	}
	p.record("execution", s, id, size)
	for k := range p.options.keys {
		p.keys.add("execution", "succeeded", fmt.Sprintf("%s/7/Stage%d", s.name, k), id, s.name)
	}
}

func (p *plan) record(kind string, s *stream, id string, size int) {
	p.records.add(kind, s.name, id, nil, p.filler[:size])
}

// id is shaped like a UUIDv8 whose leading bits rise.
func (p *plan) id() string {
	p.ids++
	return fmt.Sprintf("%08x-%04x-8%03x-8%03x-%012x", p.ids>>16, p.ids&0xffff, p.ids&0xfff, p.ids&0xfff, p.ids*0x9e3779b97f4a7c15>>16)
}

// seal turns a stream's events of this round into one commit.
func (p *plan) seal(s *stream) {
	p.pos++
	first := s.version + 1
	s.version += int64(s.events)
	p.heads.add(p.pos, s.id, s.last)
	p.segments.add(p.pos, s.id, first, int64(s.events), s.last, p.filler[:sizeHeader+s.bytes])
	if s.tail += s.bytes; s.tail > snapshotTail {
		p.snapshots.add(s.id, s.version, p.filler[:sizeSnapshot])
		s.tail = 0
	}
	s.last = p.pos
	s.events, s.bytes = 0, 0
}

func (p *plan) flush(ctx context.Context) error {
	for _, s := range p.round {
		p.seal(s)
	}
	moved, err := p.heads.flush(ctx)
	if err == nil && moved != int64(len(p.round)) {
		err = fmt.Errorf("conflict: %d of %d heads were as expected", moved, len(p.round))
	}
	p.round = p.round[:0]
	for _, r := range []*rows{p.segments, p.snapshots, p.records, p.keys} {
		if err == nil {
			_, err = r.flush(ctx)
		}
	}
	return err
}
