package storetest

import "github.com/penstock-dev/penstock/store"

func commitRules() []rule[*subject] {
	return []rule[*subject]{
		{"commit/first", "zero Expect means that the stream must not exist: one commit makes it, the next one is refused", (*subject).firstCommit},
		{"commit/token", "a batch is applied if its Expect is the head's token and refused otherwise; a version number is never compared", (*subject).tokens},
		{"commit/chain", "batches of one call are applied in order, and each sees what those before it did", (*subject).chain},
		{"commit/refused parent", "a batch built on a refused one in the same call is refused, whatever refused it", (*subject).refusedParent},
		{"commit/again", "the same batch offered again answers nil and does nothing, also with later commits on top of it", (*subject).again},
		{"commit/again, conditions gone", "whether a batch was applied is asked before its conditions, which may no longer hold", (*subject).againWithoutConditions},
		{"commit/twice in a call", "the same batch twice in one call is applied once, and both answer nil", (*subject).twiceInCall},
		{"commit/isolation", "a refused batch never costs the others in the call, and errors stand where their batches do", (*subject).isolation},
		{"commit/all or nothing", "a refused batch leaves nothing behind: no event, no record, no deletion, no head", (*subject).allOrNothing},
		{"commit/nothing", "a call without batches answers no errors", (*subject).noBatches},
	}
}

func (s *subject) firstCommit() {
	s.apply(after("a", store.ID{}, "one"))
	s.refuse(after("a", store.ID{}, "two"), store.ConditionHead, "a")
	s.refuse(after("b", newID(), "one"), store.ConditionHead, "b")
	s.equal("streams there", 1, len(s.streams("a", "b")))
}

func (s *subject) tokens() {
	first := after("a", store.ID{}, "one")
	s.apply(first)
	s.equal("token", first.ID, s.token("a"))
	second := after("a", first.ID, "two")
	s.apply(second)
	s.equal("token", second.ID, s.token("a"))
	s.refuse(after("a", first.ID, "late"), store.ConditionHead, "a")
	s.refuse(after("a", newID(), "unknown"), store.ConditionHead, "a")
	s.sequence(s.load("a").Events, "one", "two")
}

func (s *subject) chain() {
	one := after("a", store.ID{}, "one")
	two := after("a", one.ID, "two")
	other := after("b", store.ID{}, "other")
	other.Reads = []store.Read{{Stream: "a", Token: two.ID}}
	three := after("a", two.ID, "three")
	s.apply(one, two, other, three)
	s.sequence(s.load("a").Events, "one", "two", "three")
	s.equal("version", 3, s.load("a").Version)
}

func (s *subject) refusedParent() {
	s.apply(after("a", store.ID{}, "one"))
	wrong := after("a", newID(), "wrong")
	onWrong := after("a", wrong.ID, "on wrong")
	empty := after("b", store.ID{})
	onEmpty := after("b", empty.ID, "on empty")
	readsEmpty := after("c", store.ID{}, "reads empty")
	readsEmpty.Reads = []store.Read{{Stream: "b", Token: empty.ID}}
	errs := s.commit(wrong, onWrong, empty, onEmpty, readsEmpty)
	s.conflict(errs[0], store.ConditionHead, "a")
	s.conflict(errs[1], store.ConditionHead, "a")
	s.invalid(errs[2])
	s.conflict(errs[3], store.ConditionHead, "b")
	s.conflict(errs[4], store.ConditionRead, "b")
	s.sequence(s.load("a").Events, "one")
	s.equal("streams b, c", 0, len(s.streams("b", "c")))
}

func (s *subject) again() {
	var done []store.Batch
	token := store.ID{}
	for _, kind := range []string{"one", "two", "three"} {
		b := after("a", token, kind)
		token = b.ID
		s.apply(b)
		done = append(done, b)
		s.apply(done...)
	}
	for _, b := range done {
		s.apply(b)
	}
	s.equal("token", token, s.token("a"))
	s.sequence(s.load("a").Events, "one", "two", "three")
	other := done[1]
	other.Stream = "b"
	s.refuse(other, store.ConditionHead, "b")
}

func (s *subject) againWithoutConditions() {
	lease := s.lease("replica", hour)
	s.apply(after("line", store.ID{}, "open"))
	b := after("a", store.ID{}, "one")
	b.Reads = []store.Read{{Stream: "line", Token: s.token("line")}}
	b.Live = []store.Lease{lease}
	b.Dead = []store.Lease{{Name: "other"}}
	b.Put = []store.Record{{Ref: ref("request", "", "1"), New: true}}
	s.apply(b)
	s.apply(s.batch("line", "stop"))
	s.lease("other", 3*hour)
	s.clock.Advance(2 * hour)
	s.apply(b)
	s.apply(s.batch("a", "two"))
	s.apply(b)
	s.sequence(s.load("a").Events, "one", "two")
}

func (s *subject) twiceInCall() {
	b := after("a", store.ID{}, "one")
	s.apply(b, b, after("a", b.ID, "two"), b)
	s.sequence(s.load("a").Events, "one", "two")
}

func (s *subject) isolation() {
	s.apply(after("b", store.ID{}, "one"))
	good := after("a", store.ID{}, "one")
	bad := after("b", store.ID{}, "bad")
	empty := after("c", store.ID{})
	large := after("d", store.ID{}, "large")
	large.Put = []store.Record{{Ref: ref("k", "", "1"), Data: make([]byte, store.Limits{}.OrDefault().Record+1)}}
	more := after("a", good.ID, "two")
	last := after("e", store.ID{}, "one")
	errs := s.commit(good, bad, empty, large, more, last)
	for _, i := range []int{0, 4, 5} {
		if errs[i] != nil {
			s.Fatalf("batch %d was good, but answered %v", i, errs[i])
		}
	}
	s.conflict(errs[1], store.ConditionHead, "b")
	s.invalid(errs[2])
	s.tooLarge(errs[3], "record")
	s.sequence(s.load("a").Events, "one", "two")
	s.sequence(s.load("b").Events, "one")
	s.sequence(s.load("e").Events, "one")
	s.equal("streams c, d", 0, len(s.streams("c", "d")))
}

func (s *subject) allOrNothing() {
	kept := after("a", store.ID{}, "one")
	kept.Owner = "replica"
	kept.Put = []store.Record{{Ref: ref("k", "g", "kept"), Data: []byte("before")}, {Ref: ref("k", "g", "held")}}
	s.apply(kept)
	before := s.load("a")
	bad := after("a", kept.ID, "two")
	bad.Owner, bad.Wake, bad.Snapshot = "thief", s.now(), []byte("snapshot")
	bad.Delete = []store.Ref{ref("k", "g", "kept")}
	bad.Put = []store.Record{
		{Ref: ref("k", "g", "new"), Keys: []store.Key{{Name: "n", Value: "v"}}},
		{Ref: ref("k", "g", "held"), New: true, Data: []byte("stolen")},
	}
	s.refuse(bad, store.ConditionNew, "held")
	s.equal("stream", before, s.load("a"))
	s.equal("records", []string{"kept", "held"}, s.list(store.Query{Kind: "k", Group: "g"}, nil))
	s.equal("key", []string(nil), s.list(store.Query{Kind: "k", Key: &store.Key{Name: "n", Value: "v"}}, nil))
	s.equal("feed", 1, len(s.feed(store.FeedQuery{}).Events))
}

func (s *subject) noBatches() { s.commit() }
