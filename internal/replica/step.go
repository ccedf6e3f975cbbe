package replica

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Step gives every stream that has something to do one turn.
func (r *Replica) Step(round Round) (out Work) {
	r.now, r.free, r.seed, r.drawn = round.Now, r.unclaimed(round.Free), round.Seed, 0
	r.ring()
	r.feed()
	turn := r.dirty
	r.dirty = nil
	out.Batches = make([]store.Batch, 0, len(turn))
	for _, s := range turn {
		s.dirty = false
		s.used = r.now
		r.turn(s, &out)
	}
	return out
}

// unclaimed are the free slots without those that commits under way claim.
func (r *Replica) unclaimed(free []int) []int {
	out := slices.Clone(free)
	for pool := range min(len(out), len(r.claimed)) {
		out[pool] -= r.claimed[pool]
	}
	return out
}

// launch notes that a stream has a batch on its way.
func (r *Replica) launch(s *stream, f *flight) {
	s.flight = f
	for _, pool := range f.claims {
		r.claimed = append(r.claimed, make([]int, max(0, pool+1-len(r.claimed)))...)
		r.claimed[pool]++
	}
}

// land notes that a stream's batch has come to an end, one way or the other.
func (r *Replica) land(s *stream) {
	for _, pool := range s.flight.claims {
		r.claimed[pool]--
	}
	s.flight = nil
}

// feed gives a turn to the streams whose ready work found no free slot, now that there is one.
func (r *Replica) feed() {
	if !slices.ContainsFunc(r.free, func(n int) bool { return n > 0 }) {
		return
	}
	for _, s := range r.starving {
		s.starved = false
		r.touch(s)
	}
	r.starving = r.starving[:0]
}

func (r *Replica) starve(s *stream) {
	if !s.starved {
		s.starved = true
		r.starving = append(r.starving, s)
	}
}

// turn decides what has come in for a stream.
func (r *Replica) turn(s *stream, out *Work) {
	switch {
	case s.loading:
		return
	case s.flight != nil:
		s.missed = true
		if s.flight.retry {
			s.flight.retry = false
			out.Batches = append(out.Batches, s.flight.batch)
		}
		return
	}
	if load, ok := s.needs(); ok {
		s.loading = true
		out.Loads = append(out.Loads, load)
		return
	}
	if f := r.decide(s, out); f != nil {
		r.launch(s, f)
		out.Batches = append(out.Batches, f.batch)
	}
}

// quarantine forgets what was decided, answers everybody, and sets the stream apart with its next turn.
func (r *Replica) quarantine(s *stream, f *flight, acks *[]Ack, reason string) {
	for _, in := range append(f.inputs(), s.inbox...) {
		if in.Tag != nil {
			*acks = append(*acks, Ack{Tag: in.Tag, Err: &machine.Error{Code: machine.CodeQuarantined, Message: reason}})
		}
	}
	s.inbox = nil
	s.forget()
	s.isolate = reason
	r.touch(s)
}
