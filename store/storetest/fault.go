package storetest

import (
	"errors"
	"fmt"

	"github.com/penstock-dev/penstock/store"
)

func faultRules() []rule[*subject] {
	return []rule[*subject]{
		{"fault/every call", "whichever call is lost, answered by nothing, overtaken or done twice: who offers the same batch until it is answered ends with the same stream", (*subject).everyFault},
	}
}

// everyFault runs one scenario once for every fault at every call. Each run has a stream of its own, which must come out as without faults.
func (s *subject) everyFault() {
	calls := s.scenario("reference", None, 0)
	want := fmt.Sprint(s.load("reference").Events, s.list(store.Query{Kind: "k", Group: "reference"}, nil))
	for _, fault := range []Fault{Lost, Ambiguous, Delayed, Duplicate} {
		for n := 1; n <= calls; n++ {
			stream := fmt.Sprintf("%s %d", fault, n)
			s.scenario(stream, fault, n)
			st := s.load(stream)
			got := fmt.Sprint(st.Events, s.list(store.Query{Kind: "k", Group: stream}, nil))
			if fault == Delayed { // whoever came in between is there too, once
				s.equal("version "+stream, 7, st.Version)
				continue
			}
			s.equal(stream, want, got)
		}
	}
}

// scenario appends six batches to a stream, two a call, each with a record, and answers how many calls that took. After each call it decides again
// from what is there, as a replica does.
func (s *subject) scenario(stream string, fault Fault, at int) int {
	s.Helper()
	faulty := &Faulty{Store: s.store, Plan: func(_ string, n int) Fault {
		if n == at {
			return fault
		}
		return None
	}}
	faulty.Hook = func(string, int) {
		s.apply(s.batch(stream, "in between"))
	}
	through := *s
	through.store = faulty
	for done := 0; done < 6; {
		head, err := faulty.Load(s.ctx, stream)
		if errors.Is(err, ErrInjected) {
			continue
		}
		token := store.ID{}
		for _, st := range head {
			token = st.Token
		}
		first := step(stream, token, done)
		second := step(stream, first.ID, done+1)
		done += through.settle(first, second)
	}
	return faulty.Calls()
}

func step(stream string, token store.ID, n int) store.Batch {
	b := after(stream, token, fmt.Sprint("step ", n))
	b.Put = []store.Record{{Ref: ref("k", stream, fmt.Sprint(n)), New: true}}
	return b
}

// settle offers the batches until the answer is known, and answers how many were applied.
func (s *subject) settle(batches ...store.Batch) int {
	s.Helper()
	for {
		applied, unknown := 0, false
		for _, err := range s.commit(batches...) {
			switch {
			case err == nil:
				applied++
			case errors.Is(err, ErrInjected):
				unknown = true
			default:
				s.conflict(err, store.ConditionHead, batches[0].Stream)
			}
		}
		if !unknown {
			return applied
		}
	}
}
