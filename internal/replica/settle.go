package replica

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Settled takes the store's answers to the batches of a step, in order, and answers what may happen now.
func (r *Replica) Settled(batches []store.Batch, errs []error) (out Effects) {
	for i := range batches {
		s := r.streams[batches[i].Stream]
		f := s.flight
		if f == nil || f.batch.ID != batches[i].ID {
			continue
		}
		var conflict *store.Conflict
		var large *store.TooLarge
		var invalid *store.Invalid
		switch err := errs[i]; {
		case err == nil:
			r.committed(s, f, &out)
		case errors.As(err, &conflict):
			r.conflicted(s, f, conflict, &out)
		case errors.As(err, &large):
			r.oversized(s, f, large, &out.Acks)
		case errors.As(err, &invalid):
			r.land(s)
			r.quarantine(s, f, &out.Acks, err.Error())
		default: // nobody knows: the same batch again, and nothing on top of it till then
			f.retry = true
		}
		if errs[i] != nil || s.missed || len(s.inbox) > 0 {
			r.touch(s)
		}
		s.missed = false
	}
	return out
}

// committed makes a round's consequences happen.
func (r *Replica) committed(s *stream, f *flight, out *Effects) {
	r.land(s)
	s.due, s.isolate = false, ""
	s.token, s.owner, s.wake = f.batch.ID, f.batch.Owner, f.batch.Wake
	first := s.version + 1
	s.version += uint64(len(f.events))
	if f.batch.Snapshot != nil {
		s.snapped = s.version
	}
	s.settle(f, &out.Acks)
	s.spare = f
	out.Published = append(out.Published, Published{Stream: s.name, First: first, Events: f.events, Records: f.batch.Put})
	r.follow(s, out)
}

// settle acknowledges a round's inputs.
func (s *stream) settle(f *flight, acks *[]Ack) {
	for _, e := range f.entries {
		s.reported(e.input.Input)
		if e.input.Tag != nil {
			*acks = append(*acks, e.ack)
		}
	}
	if len(s.inbox) == 0 { // what waits may be a command that has acted before
		s.known = nil
	}
	maps.DeleteFunc(s.known, func(_ store.Ref, record *store.Record) bool { return record == nil }) // by now there may be one
}

// reported forgets work whose end has been told.
func (s *stream) reported(in machine.Input) {
	switch in := in.(type) {
	case *machine.End:
		delete(s.work, in.Fence)
	case *machine.Gone:
		delete(s.work, in.Fence)
	}
}

// conflicted drops the memory: somebody else committed first, or a command had acted before. The inputs are decided again on what is there.
func (r *Replica) conflicted(s *stream, f *flight, conflict *store.Conflict, out *Effects) {
	r.land(s)
	for _, lease := range f.batch.Dead {
		delete(r.dead, lease.Name) // it may have come back to life; Due will tell again
	}
	var again []Input
	for _, in := range f.inputs() {
		reply, ok := machine.Reply{}, false
		if conflict.Holder != nil && in.Command != nil && conflict.Holder.Ref == commandRef(s.name, in.Command) {
			reply, ok = replyOf(conflict.Holder)
		}
		switch {
		case !ok:
			again = append(again, in)
		case in.Tag != nil:
			out.Acks = append(out.Acks, Ack{Tag: in.Tag, Reply: reply})
		}
	}
	s.inbox = append(again, s.inbox...)
	s.look = true
	s.forget()
}

// oversized makes the round smaller. What is too large alone becomes a refusal, or a failure of the action; when even that does not fit, the
// stream is set apart, for nothing can be kept of it.
func (r *Replica) oversized(s *stream, f *flight, large *store.TooLarge, acks *[]Ack) {
	r.land(s)
	inputs := f.inputs()
	message := fmt.Sprintf("its %s would be over the store's limit of %d bytes", large.What, large.Limit)
	switch {
	case !s.single:
		s.single = true
		s.inbox = append(inputs, s.inbox...)
		s.forget()
		return
	case len(inputs) == 0:
		r.quarantine(s, f, acks, "what is due does not fit: "+message)
		return
	}
	in := inputs[0]
	end, report := in.Input.(*machine.End)
	switch {
	case !report:
		in.Input = &machine.Refuse{Error: machine.Error{Code: machine.CodeInvalid, Message: "the change does not fit: " + message}}
	case end.Outcome.Failure == nil:
		in.Input = &machine.End{Ref: end.Ref, Outcome: executor.Outcome{Failure: &executor.Failure{Code: "TooLarge", Message: "the outcome does not fit: " + message}}}
	default:
		r.quarantine(s, f, acks, "the end of an action does not fit: "+message)
		return
	}
	s.inbox = append([]Input{in}, s.inbox...)
	s.forget()
}

// Loaded takes what a Load asked for: nil where the stream does not exist, nil records where there are none.
func (r *Replica) Loaded(load Load, found *store.Stream, records []*store.Record) (out Effects) {
	s := r.stream(load.Stream)
	s.loading, s.stale = false, false
	s.known = make(map[store.Ref]*store.Record, len(records))
	for i, record := range records {
		s.known[load.Refs[i]] = record
	}
	if found == nil {
		found = &store.Stream{Name: load.Stream}
	}
	switch {
	case s.state != nil:
		s.plans = s.state.Plans()
	case s.plans == nil && r.options.Plans != nil:
		s.plans = r.options.Plans(load.Stream)
	}
	state, err := machine.Restore(Pipeline(load.Stream), found.Snapshot, found.Events, s.plans)
	if err != nil { // it cannot be read, so it cannot be decided on: everybody is told, nothing is changed
		for _, in := range s.inbox {
			if in.Tag != nil {
				out.Acks = append(out.Acks, Ack{Tag: in.Tag, Err: &machine.Error{Code: machine.CodeQuarantined, Message: err.Error()}})
			}
		}
		s.inbox = nil
		return out
	}
	s.state, s.plans, s.look = state, nil, true
	r.touch(s)
	s.token, s.version, s.snapped, s.owner, s.wake = found.Token, found.Version, found.SnapshotVersion, found.Owner, time.Time{}
	r.follow(s, &out)
	return out
}

// Unloaded says that a Load failed; it is asked for again.
func (r *Replica) Unloaded(load Load) {
	s := r.stream(load.Stream)
	s.loading = false
	r.touch(s)
}

// follow compares what should be running with what this replica has dispatched: level-triggered, so it serves every commit, every
// conflict and every restart alike.
func (r *Replica) follow(s *stream, out *Effects) {
	demand := s.state.Next(r.now)
	for _, w := range demand.Running {
		if w.Worker == r.options.Name && s.work[w.Fence] == nil {
			r.dispatch(s, w, out)
		}
	}
	for _, fence := range r.superfluous(s, demand.Running) {
		w := s.work[fence]
		w.cancelled = true
		out.Cancel = append(out.Cancel, Cancel{Stream: s.name, Type: w.kind, Work: w.executorRef(), Ref: w.ref})
	}
	r.cancelOrphans(s, demand.Cancel, out)
	if len(demand.Ready) > 0 {
		r.touch(s)
	}
	if s.owner == r.options.Name && r.options.Drive {
		r.schedule(s, demand.Wake)
	}
}

// superfluous lists the work at hand that should not be running, oldest first.
func (r *Replica) superfluous(s *stream, running []machine.Work) (fences []uint64) {
	for fence, w := range s.work {
		mine := func(w machine.Work) bool { return w.Fence == fence && w.Worker == r.options.Name }
		if !w.cancelled && !slices.ContainsFunc(running, mine) {
			fences = append(fences, fence)
		}
	}
	slices.Sort(fences)
	return fences
}

func (r *Replica) dispatch(s *stream, w machine.Work, out *Effects) {
	ref := machine.Ref{Action: w.Action, Run: w.Run, Fence: w.Fence}
	task, ok := s.state.Task(ref)
	if !ok {
		return
	}
	s.work[w.Fence] = &work{ref: ref, kind: w.Type}
	out.Dispatch = append(out.Dispatch, Dispatch{Stream: s.name, Task: task, Ref: ref, Outlive: w.Outlive})
}

// cancelOrphans asks for the end of lingering work that outlived the replica which dispatched it.
func (r *Replica) cancelOrphans(s *stream, lingering []machine.Linger, out *Effects) {
	for _, l := range lingering {
		if s.work[l.Fence] != nil || !l.Outlive || s.owner != r.options.Name {
			continue
		}
		w := &work{ref: machine.Ref{Action: l.Action, Run: l.Run, Fence: l.Fence}, kind: l.Type, cancelled: true}
		s.work[l.Fence] = w
		out.Cancel = append(out.Cancel, Cancel{Stream: s.name, Type: l.Type, Work: w.executorRef(), Ref: w.ref})
	}
}

func (w *work) executorRef() executor.Ref {
	return executor.Ref{ID: w.ref.Action.String(), Run: w.ref.Run, Fence: w.ref.Fence}
}
