package storetest

import (
	"time"

	"github.com/penstock-dev/penstock/store"
)

const hour = time.Hour

func ref(kind, group, id string) store.Ref { return store.Ref{Kind: kind, Group: group, ID: id} }

func conditionRules() []rule[*subject] {
	return []rule[*subject]{
		{"condition/read", "a stream named in Reads must have that token; zero: it must not exist", (*subject).reads},
		{"condition/live", "a lease named in Live must be held with exactly that fence, by the store's clock", (*subject).live},
		{"condition/dead", "a lease named in Dead must be held by nobody, whatever its fence; one the store does not know is held by nobody", (*subject).dead},
		{"condition/new", "a New record must not be there; the *Conflict carries the one that is", (*subject).newRecord},
		{"condition/new in a call", "a New record is refused if a batch before it in the same call put it, and allowed if one deleted it", (*subject).newInCall},
	}
}

func (s *subject) reads() {
	line := after("line", store.ID{}, "open")
	reading := func(token store.ID) store.Batch {
		b := s.batch("a", "go")
		b.Reads = []store.Read{{Stream: "line", Token: token}}
		return b
	}
	s.refuse(reading(line.ID), store.ConditionRead, "line")
	s.apply(reading(store.ID{}))
	s.apply(line)
	s.refuse(reading(store.ID{}), store.ConditionRead, "line")
	s.apply(reading(line.ID))
	s.apply(after("line", line.ID, "stop"))
	s.refuse(reading(line.ID), store.ConditionRead, "line")
	s.sequence(s.load("a").Events, "go", "go")
}

func (s *subject) live() {
	lease := s.lease("replica", hour)
	holding := func(fence uint64) store.Batch {
		b := s.batch("a", "go")
		b.Live = []store.Lease{{Name: "replica", Fence: fence}}
		return b
	}
	s.apply(holding(lease.Fence))
	s.refuse(holding(lease.Fence+1), store.ConditionLive, "replica")
	unknown := s.batch("a", "go")
	unknown.Live = []store.Lease{lease, {Name: "unknown", Fence: 1}}
	s.refuse(unknown, store.ConditionLive, "unknown")
	s.clock.Advance(hour)
	s.refuse(holding(lease.Fence), store.ConditionLive, "replica")
	next := s.lease("replica", hour)
	s.refuse(holding(lease.Fence), store.ConditionLive, "replica")
	s.apply(holding(next.Fence))
	s.hold(next, 0)
	s.refuse(holding(next.Fence), store.ConditionLive, "replica")
}

func (s *subject) dead() {
	taking := func(fence uint64) store.Batch {
		b := s.batch("a", "take")
		b.Dead = []store.Lease{{Name: "replica", Fence: fence}}
		return b
	}
	s.apply(taking(0))
	lease := s.lease("replica", hour)
	for _, fence := range []uint64{0, lease.Fence, lease.Fence + 1} {
		s.refuse(taking(fence), store.ConditionDead, "replica")
	}
	s.clock.Advance(hour)
	s.apply(taking(lease.Fence))
	next := s.lease("replica", hour)
	s.refuse(taking(lease.Fence), store.ConditionDead, "replica")
	s.hold(next, 0)
	s.apply(taking(next.Fence))
}

func (s *subject) newRecord() {
	request := ref("request", "storefront", "token-1")
	first := s.batch("a", "start")
	first.Put = []store.Record{{Ref: request, New: true, Keys: []store.Key{{Name: "n", Value: "v"}}, Data: []byte("execution 1")}}
	s.apply(first)
	second := s.batch("a", "start")
	second.Put = []store.Record{{Ref: request, New: true, Data: []byte("execution 2")}}
	held := s.refuse(second, store.ConditionNew, request.ID)
	if held.Holder == nil {
		s.Fatalf("the *Conflict has no Holder")
	}
	s.equal("stream", "a", held.Stream)
	s.equal("holder", first.Put[0].Ref, held.Holder.Ref)
	s.equal("holder's data", "execution 1", string(held.Holder.Data))
	s.equal("holder's keys", first.Put[0].Keys, held.Holder.Keys)
	if s.get(request).New || held.Holder.New {
		s.Fatalf("a store answered a record that says New")
	}
	elsewhere := s.batch("a", "start")
	elsewhere.Put = []store.Record{{Ref: ref("request", "other", "token-1"), New: true}}
	s.apply(elsewhere)
	replaced := s.batch("a", "change")
	replaced.Put = []store.Record{{Ref: request, Data: []byte("execution 3")}}
	s.apply(replaced)
	s.equal("data", "execution 3", string(s.get(request).Data))
}

func (s *subject) newInCall() {
	request := ref("request", "", "1")
	put := func(stream, data string) store.Batch {
		b := after(stream, store.ID{}, "put")
		b.Put = []store.Record{{Ref: request, New: true, Data: []byte(data)}}
		return b
	}
	gone := after("d", store.ID{}, "delete")
	gone.Delete = []store.Ref{request}
	errs := s.commit(put("a", "of a"), put("b", "of b"), gone, put("c", "of c"))
	s.equal("errors of a, d, c", []error{nil, nil, nil}, []error{errs[0], errs[2], errs[3]})
	held := s.conflict(errs[1], store.ConditionNew, request.ID)
	s.equal("holder's data", "of a", string(held.Holder.Data))
	s.equal("data", "of c", string(s.get(request).Data))
}
