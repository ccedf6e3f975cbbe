package oracle

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Violation is a broken promise.
type Violation struct {
	Invariant string // as docs/design.md names it
	Text      string
}

// Error says what was broken and how.
func (v *Violation) Error() string { return v.Invariant + ": " + v.Text }

// Oracle follows the feed of a store. It keeps the first violation that it sees.
type Oracle struct {
	ledger  *Ledger
	store   store.StateStore
	cursor  string
	streams map[string]*stream
	broken  *Violation
}

// New makes an oracle for an empty store.
func New(ledger *Ledger, st store.StateStore) *Oracle {
	return &Oracle{ledger: ledger, store: st, streams: map[string]*stream{}}
}

// Broken is the first violation, or nil.
func (o *Oracle) Broken() *Violation { return o.broken }

// Fail notes a violation, unless there is one already.
func (o *Oracle) Fail(invariant, format string, args ...any) {
	if o.broken == nil {
		o.broken = &Violation{Invariant: invariant, Text: fmt.Sprintf(format, args...)}
	}
}

// stream is what the oracle knows of one pipeline.
type stream struct {
	*Oracle
	name    string
	log     []store.Event // all of it
	crowd   []int         // how many executions counted after each event
	now     time.Time     // of the newest event
	version int           // of the definition
	designs map[int]*Design
	card    card
	deleted bool // and not defined again
	buried  int  // the definition that was deleted last

	executions []*execution // in order of start
	byID       map[machine.ID]*execution
	stages     map[string]*stage
	actions    map[machine.ID]*action
	started    []*action // in order of start
	live       []*action
	claims     map[uint64]claim // by fence
	tokens     map[machine.ID]bool
	audit      machine.AuditHead       // of the notes
	unpaged    []*machine.CommandNoted // those behind the last page of the audit
	jobs       map[machine.ID]bool     // ever
	heard      map[Claim]bool          // claims whose end was heard without being an outcome: lingering work, or too large a report
	revisions  map[string]announcement // the last announced, by source action
	fence      uint64
}

type claim struct {
	action machine.ID
	run    int
	worker string
}

// stage is a gate and a lock, known by name over all versions.
type stage struct {
	closed   bool
	since    time.Time // closed, for the latest reason
	unknown  bool      // it was in no definition for a while: nobody promises what its gate is
	occupant *execution
	queue    []*execution
	entered  uint64 // number of the newest forward execution that entered
	latest   *execution
	good     *good
}

// good is what a rollback goes back to.
type good struct {
	execution *execution
	version   int
	artifacts map[string]machine.Artifact
	outputs   map[string]map[string]string
}

// Version is how many events of a stream have been read.
func (o *Oracle) Version(name string) uint64 { return uint64(len(o.stream(name).log)) }

func (o *Oracle) stream(name string) *stream {
	s := o.streams[name]
	if s == nil {
		s = &stream{
			Oracle: o, name: name, designs: map[int]*Design{}, byID: map[machine.ID]*execution{}, stages: map[string]*stage{},
			actions: map[machine.ID]*action{}, claims: map[uint64]claim{}, tokens: map[machine.ID]bool{}, heard: map[Claim]bool{}, jobs: map[machine.ID]bool{},
			revisions: map[string]announcement{},
		}
		o.streams[name] = s
	}
	return s
}

func (s *stream) stage(name string) *stage {
	st := s.stages[name]
	if st == nil {
		st = &stage{}
		s.stages[name] = st
	}
	return st
}

// Fact is an event of the feed.
type Fact struct {
	Stream string
	Event  machine.Event
}

// Follow reads what has come since the last call, judges it, and answers it.
func (o *Oracle) Follow(ctx context.Context) (facts []Fact) {
	for {
		feed, err := o.store.Events(ctx, store.FeedQuery{Cursor: o.cursor})
		if err != nil || feed.Compacted {
			o.Fail("S14", "the feed cannot be read: compacted=%t %v", feed.Compacted, err)
			return facts
		}
		if len(feed.Events) == 0 {
			return facts
		}
		o.cursor = feed.Next
		for _, e := range feed.Events {
			s := o.stream(e.Stream)
			if e.Version != uint64(len(s.log))+1 {
				o.Fail("S14", "event %d of %s comes after event %d", e.Version, e.Stream, len(s.log))
				return facts
			}
			s.log = append(s.log, e.Event)
			event, err := machine.Decode(e.Event)
			if err != nil {
				o.Fail("S14", "event %d of %s cannot be decoded: %v", e.Version, e.Stream, err)
				return facts
			}
			facts = append(facts, Fact{Stream: e.Stream, Event: event})
			s.read(event)
		}
	}
}

// Published judges events that a replica let out.
func (o *Oracle) Published(name string, first uint64, events []machine.Event) {
	s := o.stream(name)
	for i, e := range events {
		at := first + uint64(i)
		if at == 0 || at > uint64(len(s.log)) || s.log[at-1].Kind != e.Kind() {
			o.Fail("S14", "event %d of %s, %s, was published but is not in the feed", at, name, e.Kind())
			return
		}
	}
}

// Finish reads all feeds again from the start, in pages of a given size: they are what they were.
func (o *Oracle) Finish(ctx context.Context, page int) {
	at := map[string]int{}
	for cursor, more := "", true; more; {
		feed, err := o.store.Events(ctx, store.FeedQuery{Cursor: cursor, Limit: page})
		if err != nil {
			o.Fail("S14", "the feed cannot be read again: %v", err)
			return
		}
		for _, e := range feed.Events {
			o.same(e, at[e.Stream])
			at[e.Stream]++
		}
		cursor, more = feed.Next, len(feed.Events) > 0
	}
	for _, name := range slices.Sorted(maps.Keys(o.streams)) {
		s := o.streams[name]
		if at[name] != len(s.log) {
			o.Fail("S14", "the feed had %d events of %s, now it has %d", len(s.log), name, at[name])
		}
		for n, more := 0, true; more; {
			feed, err := o.store.Events(ctx, store.FeedQuery{Stream: name, After: uint64(n), Limit: page})
			if err != nil {
				o.Fail("S14", "the feed of %s cannot be read: %v", name, err)
				return
			}
			for _, e := range feed.Events {
				o.same(e, n)
				n++
			}
			if more = len(feed.Events) > 0; !more && n != len(s.log) {
				o.Fail("S14", "the feed of %s has %d events of %d", name, n, len(s.log))
			}
		}
	}
}

func (o *Oracle) same(e store.FeedEvent, i int) {
	s := o.stream(e.Stream)
	if i >= len(s.log) || e.Version != uint64(i)+1 || e.Event.Kind != s.log[i].Kind || !bytes.Equal(e.Event.Data, s.log[i].Data) {
		o.Fail("S14", "event %d of %s is not what it was", e.Version, e.Stream)
	}
}
