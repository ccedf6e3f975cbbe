package replica

import (
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// decide runs one round of a stream. It answers the batch to commit, or nil when nothing has changed.
func (r *Replica) decide(s *stream, out *Work) (f *flight) {
	d := &deciding{Replica: r, stream: s, flight: s.blank()}
	defer func() {
		if p := recover(); p != nil {
			f = nil
			r.quarantine(s, d.flight, &out.Acks, fmt.Sprintf("a rule panicked: %v", p))
		}
	}()
	dead, mine := d.takeOver()
	if !d.sated() || s.isolate != "" {
		d.drain()
	}
	switch {
	case !mine:
	case d.sated(): // what else there is to do comes up again when this is committed
		d.until = s.state.Next(d.now).Wake
	default:
		d.drive()
	}
	s.look = false
	if doubts := d.doubtful(); len(doubts) > 0 {
		s.inbox = append(doubts, s.inbox...)
		s.stale = true
		r.touch(s)
	}
	if len(d.flight.events) == 0 {
		s.settle(d.flight, &out.Acks)
		s.spare = d.flight
		s.single = s.single && len(s.inbox) > 0
		if len(s.inbox) > 0 { // it was taken one by one
			r.touch(s)
		}
		if mine {
			r.schedule(s, d.until)
		}
		return nil
	}
	if err := s.state.Check(); err != nil {
		r.quarantine(s, d.flight, &out.Acks, err.Error())
		return nil
	}
	d.seal(dead, mine)
	return d.flight
}

// deciding is one round of one stream.
type deciding struct {
	*Replica
	stream *stream
	flight *flight
	until  time.Time // when the stream is to be looked at again
}

// takeOver claims back what a dead owner left; it reports whether this replica drives the stream.
func (d *deciding) takeOver() (dead *store.Lease, mine bool) {
	s, owner := d.stream, d.stream.owner
	if !d.options.Drive || s.state.Version == 0 && len(s.inbox) == 0 {
		return nil, false
	}
	if owner == d.options.Name {
		return nil, true
	}
	if lease, ended := d.dead[owner]; ended {
		dead = &lease
	} else if owner != "" && !d.options.Exclusive {
		return nil, false
	}
	if owner != "" {
		_, _ = d.apply(&machine.Lose{Worker: owner}, d.draw()) // it is never refused
	}
	return dead, true
}

// sated reports whether the round holds what it may: a single thing, as all of it did not fit into one batch.
func (d *deciding) sated() bool { return d.stream.single && len(d.flight.events) > 0 }

// drain decides the mailbox.
func (d *deciding) drain() {
	s := d.stream
	if s.isolate != "" {
		if _, err := d.apply(&machine.Isolate{Reason: s.isolate}, d.draw()); err == nil {
			return
		}
		s.isolate = "" // it is set apart already
	}
	inputs := s.inbox
	if s.single && len(inputs) > 1 {
		inputs = inputs[:1]
	}
	for _, in := range inputs {
		d.flight.entries = append(d.flight.entries, entry{input: in}) // so that everybody is answered should a rule panic
	}
	s.inbox = slices.Delete(s.inbox, 0, len(inputs))
	for i := range d.flight.entries {
		d.flight.entries[i] = d.input(d.flight.entries[i].input)
	}
}

// doubtful takes out of the round what led to nothing though no look at the store has confirmed it: memory may be old, and a command may
// have acted before. It is decided again after a load. What a commit carries needs no look, for the commit fails when memory is old.
func (d *deciding) doubtful() (doubts []Input) {
	commit := len(d.flight.events) > 0
	d.flight.entries = slices.DeleteFunc(d.flight.entries, func(e entry) bool {
		repeatable := e.input.Command != nil && e.input.Command.ID != ""
		sure := e.moved || !e.lacks && (e.input.checked || !repeatable && (commit || d.options.Exclusive))
		if !sure {
			doubts = append(doubts, e.input)
		}
		return !sure
	})
	return doubts
}

// input decides one input and prepares its acknowledgement.
func (d *deciding) input(in Input) entry {
	if reply, ok := d.remembered(in.Command); ok {
		return entry{input: in, ack: Ack{Tag: in.Tag, Reply: reply}, moved: true}
	}
	if d.stream.lacks(in) {
		return entry{input: in, lacks: true}
	}
	before := len(d.flight.events)
	reply, err := d.apply(in.Input, in.Seed)
	moved := len(d.flight.events) > before
	if moved && in.Command != nil {
		d.note(in.Command, reply, len(d.flight.events)-before)
	}
	return entry{input: in, ack: Ack{Tag: in.Tag, Reply: reply, Err: err}, moved: moved}
}

// note keeps what a command has done: for the audit, and so that its ID never acts again.
func (d *deciding) note(c *Command, reply machine.Reply, events int) {
	note := machine.Note{Actor: c.Actor, Verb: c.Verb, Command: c.ID, Request: c.Request, Reply: reply, Events: events}
	_, _ = d.apply(&note, machine.Seed{}) // it draws nothing and is never refused
	if c.ID != "" {
		d.flight.batch.Put = append(d.flight.batch.Put, d.commandRecord(c, reply))
	}
}

// apply decides an input and gathers what it led to.
func (d *deciding) apply(in machine.Input, seed machine.Seed) (machine.Reply, error) {
	env := machine.Env{Now: d.now, Seed: seed, Limits: d.options.Limits, Zones: d.options.Zones, Records: d.stream.known}
	decision, err := d.stream.state.Decide(in, env)
	if err != nil {
		return machine.Reply{}, err
	}
	if d.flight.events == nil {
		d.flight.events = make([]machine.Event, 0, 8) // of an action that ends and those that start after it
	}
	d.flight.events = append(d.flight.events, decision.Events...)
	d.keep(decision)
	return decision.Reply, nil
}

// keep gathers the records that a decision leaves. In one batch each is named once, as it is at the end of the round: an execution may fail,
// be retried and fail again in it.
func (d *deciding) keep(decision machine.Decision) {
	b := &d.flight.batch
	for _, gone := range decision.Gone {
		delete(d.stream.known, gone) // it is another one when it comes back
		b.Put = slices.DeleteFunc(b.Put, func(r store.Record) bool { return r.Ref == gone })
		b.Delete = append(b.Delete, gone)
	}
	for _, r := range decision.Records {
		if r.Kind == machine.KindExecution || r.Kind == machine.KindPipeline {
			b.Delete = slices.DeleteFunc(b.Delete, func(gone store.Ref) bool { return r.Ref == gone })
		}
		if r.Kind == machine.KindJob || r.Kind == machine.KindPipeline { // it may be taken and ended, or changed twice, in one round
			b.Put = slices.DeleteFunc(b.Put, func(old store.Record) bool { return r.Ref == old.Ref })
		}
		b.Put = append(b.Put, r)
	}
}

// drive lets time pass and claims what is ready and has a free slot here.
func (d *deciding) drive() {
	s := d.stream
	if s.look {
		_, _ = d.apply(&machine.Tick{One: s.single}, d.draw())
	}
	demand := s.state.Next(d.now)
	d.until = demand.Wake
	queued := false
	for _, ready := range demand.Ready {
		if d.sated() {
			break
		}
		served, ok := d.served[ready.Type]
		if !ok {
			continue // it waits, visibly, for a replica that serves it
		}
		if served.Job {
			queued = true
			_, _ = d.apply(&machine.Queue{Action: ready.Action, Key: served.Query}, d.draw()) // refused: it goes on where it is attached to
			continue
		}
		if d.free[served.Pool] <= 0 {
			d.starve(s)
			continue
		}
		in := machine.Claim{Action: ready.Action, Worker: d.options.Name, Outlive: served.Outlive, Rerun: served.Rerun}
		if _, err := d.apply(&in, machine.Seed{}); err == nil { // a claim draws nothing
			d.free[served.Pool]--
			d.flight.claims = append(d.flight.claims, served.Pool)
			d.wakeFor(d.flight.events[len(d.flight.events)-1])
		}
	}
	if queued || d.listens() { // one that cannot be queued fails, and one that is claimed must not be silent for long
		d.until = s.state.Next(d.now).Wake
	}
	if len(d.flight.events) == 0 && s.due {
		_, _ = d.apply(&machine.Own{Worker: d.options.Name}, d.draw()) // or the store would call it due for ever
	}
}

// wakeFor looks again when what was claimed last times out: no other look is needed to learn of it.
func (d *deciding) wakeFor(claim machine.Event) {
	if e, ok := claim.(*machine.ActionClaimed); ok && !e.Deadline.IsZero() && (d.until.IsZero() || e.Deadline.Before(d.until)) {
		d.until = e.Deadline
	}
}

// seal completes the batch.
func (d *deciding) seal(dead *store.Lease, mine bool) {
	s, b := d.stream, &d.flight.batch
	b.Stream, b.Expect, b.ID = s.name, s.token, store.ID(d.draw())
	b.Events, d.scratch = machine.Encode(d.flight.events, d.scratch)
	b.Owner = s.owner
	if mine {
		b.Owner = d.options.Name
	}
	if dead != nil {
		b.Dead = []store.Lease{*dead}
	}
	b.Wake, b.Lane = d.wake(mine), d.options.Lane
	if s.version+uint64(len(b.Events))-s.snapped > uint64(d.options.SnapshotAfter) {
		b.Snapshot = s.state.Snapshot()
	}
}

// overdue is a wake-up that has come whatever any clock says.
var overdue = time.Unix(1, 0).UTC()

// wake is the head's wake-up. It may stay too early, so that the indexed column seldom changes. Whoever does not drive the stream leaves
// it due now, for the one that does.
func (d *deciding) wake(mine bool) time.Time {
	s := d.stream
	if !mine {
		demand := s.state.Next(d.now)
		if !demand.Rest {
			return overdue
		}
		d.until = demand.Wake
	}
	if s.wake.After(d.now) && (d.until.IsZero() || !d.until.Before(s.wake)) {
		return s.wake
	}
	return d.until
}

// remembered answers a command that has acted before, as a loaded record or earlier in this round says.
func (d *deciding) remembered(c *Command) (reply machine.Reply, ok bool) {
	if c == nil || c.ID == "" {
		return reply, false
	}
	ref := commandRef(d.stream.name, c)
	if record := d.stream.known[ref]; record != nil {
		return replyOf(record)
	}
	for i := range d.flight.batch.Put {
		if d.flight.batch.Put[i].Ref == ref {
			return replyOf(&d.flight.batch.Put[i])
		}
	}
	return reply, false
}

// commandData is a command's record, by its ID: the answer. What else there is to say stands in the audit.
type commandData struct {
	Reply machine.Reply `wire:"1"`
}

func commandRef(stream string, c *Command) store.Ref {
	return store.Ref{Kind: machine.KindCommand, Group: Pipeline(stream), ID: c.ID}
}

func (d *deciding) commandRecord(c *Command, reply machine.Reply) store.Record {
	data := commandData{Reply: reply}
	return store.Record{Ref: commandRef(d.stream.name, c), New: true, Data: codec.Marshal(&data)}
}

func replyOf(record *store.Record) (machine.Reply, bool) {
	var data commandData
	if err := codec.Unmarshal(record.Data, &data); err != nil {
		return machine.Reply{}, false
	}
	return data.Reply, true
}
