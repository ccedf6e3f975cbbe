package storetest

import (
	"fmt"

	"github.com/penstock-dev/penstock/store"
)

func loadRules() []rule[*subject] {
	return []rule[*subject]{
		{"load/after n", "Load answers the newest snapshot and exactly the events after it, in order, at every length of history", (*subject).loadAfterN},
		{"load/head", "Load answers token, version and owner of the newest batch; an empty Owner clears it", (*subject).loadHead},
		{"load/many", "Load answers streams in the order asked, leaves absent ones out and answers a name once", (*subject).loadMany},
		{"load/same commit", "once Commit answered, events, records, keys and feed show it together", (*subject).sameCommit},
		{"load/memory", "a store hands out nothing that it keeps: its callers cannot spoil it", (*subject).ownership},
	}
}

func (s *subject) loadAfterN() {
	var kinds []string
	for n := 1; n <= 12; n++ {
		b := s.batch("a")
		for k := range n%3 + 1 {
			kind := fmt.Sprintf("%d.%d", n, k)
			kinds = append(kinds, kind)
			b.Events = append(b.Events, store.Event{Kind: kind, Data: []byte("data of " + kind)})
		}
		snapped := n == 4 || n == 5 || n == 9
		if snapped {
			b.Snapshot = fmt.Appendf(nil, "state after %d", len(kinds))
		}
		s.apply(b)
		st := s.load("a")
		s.equal("version", len(kinds), st.Version)
		if snapped {
			s.equal("snapshot", string(b.Snapshot), string(st.Snapshot))
			s.equal("snapshot version", st.Version, st.SnapshotVersion)
		}
		s.sequence(st.Events, kinds[st.SnapshotVersion:]...)
	}
	s.equal("snapshot", "state after 18", string(s.load("a").Snapshot))
}

func (s *subject) loadHead() {
	b := s.batch("a", "one")
	b.Owner = "replica"
	s.apply(b)
	s.equal("owner", "replica", s.load("a").Owner)
	b = s.batch("a", "two", "three")
	s.apply(b)
	st := s.load("a")
	s.equal("owner", "", st.Owner)
	s.equal("name, token, version", []any{"a", b.ID, 3}, []any{st.Name, st.Token, st.Version})
	s.equal("snapshot", "0 []", fmt.Sprint(st.SnapshotVersion, st.Snapshot))
}

func (s *subject) loadMany() {
	s.apply(after("a", store.ID{}, "one"), after("b", store.ID{}, "two"), after("c", store.ID{}, "three"))
	var names []string
	for _, st := range s.streams("c", "absent", "a", "c", "b") {
		names = append(names, st.Name)
	}
	s.equal("names", []string{"c", "a", "b"}, names)
	s.equal("no names", 0, len(s.streams()))
}

func (s *subject) sameCommit() {
	key := store.Key{Name: "succeeded", Value: "1/Production"}
	for n := 1; n <= 5; n++ {
		b := s.batch("a", "ended")
		r := store.Record{Ref: ref("execution", "storefront", fmt.Sprintf("%04d", n)), Keys: []store.Key{key}}
		b.Put = []store.Record{r}
		s.apply(b)
		s.equal("version", n, s.load("a").Version)
		if s.get(r.Ref) == nil {
			s.Fatalf("Get does not find the record of the commit before")
		}
		s.equal("newest of the group", r.ID, s.page(store.Query{Kind: "execution", Group: "storefront", Limit: 1}).Records[0].ID)
		s.equal("newest of the key", r.ID, s.page(store.Query{Kind: "execution", Key: &key, Limit: 1}).Records[0].ID)
		s.equal("feed", n, len(s.feed(store.FeedQuery{Stream: "a"}).Events))
		s.equal("feed of all", n, len(s.feed(store.FeedQuery{}).Events))
	}
}

func (s *subject) ownership() {
	key := store.Key{Name: "name", Value: "value"}
	b := s.batch("a", "one", "two")
	b.Snapshot = nil
	b.Put = []store.Record{{Ref: ref("k", "g", "1"), New: true, Keys: []store.Key{key}, Data: []byte("record")}}
	given := store.Lease{Name: "replica", Data: []byte("lease")}
	lease := s.hold(given, hour)
	s.equal("lease data", "lease", string(lease.Data))
	copy(given.Data, "xxxxx")
	s.apply(b)
	c := after("a", b.ID, "three")
	c.Snapshot = []byte("snapshot")
	d := after("a", c.ID, "four", "five")
	s.apply(c, d)
	again := s.batch("a", "six")
	again.Put = []store.Record{{Ref: ref("k", "g", "1"), New: true}}
	for range 2 { // the second round sees what the first one did to the answers
		st := s.load("a")
		s.equal("snapshot", "snapshot", string(st.Snapshot))
		s.sequence(st.Events, "four", "five")
		spoil(&st.Snapshot)
		spoil(&st.Events[0].Data)
		s.sequence(st.Events[1:], "five")
		spoilEvents(st.Events)
		record := s.get(ref("k", "g", "1"))
		listed := s.page(store.Query{Kind: "k", Key: &key}).Records[0]
		held := s.refuse(again, store.ConditionNew, "1").Holder
		for _, r := range []*store.Record{record, &listed, held} {
			s.equal("data", "record", string(r.Data))
			s.equal("keys", []store.Key{key}, r.Keys)
			spoil(&r.Data)
			r.Keys[0] = store.Key{Name: "spoilt"}
		}
		for _, q := range []store.FeedQuery{{Stream: "a"}, {}} {
			feed := s.feed(q).Events
			for i, kind := range []string{"one", "two", "three", "four", "five"} {
				s.sequence([]store.Event{feed[i].Event}, kind)
			}
			for i := range feed {
				s.equal("data after the one before was appended to", "data of "+feed[i].Event.Kind, string(feed[i].Event.Data))
				spoil(&feed[i].Event.Data)
			}
		}
		lease.Data = nil
		lease = s.hold(lease, hour)
		s.equal("lease data", "lease", string(lease.Data))
		spoil(&lease.Data)
	}
}

// spoil overwrites the bytes, and what may stand behind them in the same memory.
func spoil(p *[]byte) {
	for i := range *p {
		(*p)[i] = 'x'
	}
	*p = append(*p, "xxxxxxxx"...)
}

func spoilEvents(events []store.Event) {
	for i := range events {
		spoil(&events[i].Data)
		events[i].Kind = "spoilt"
	}
}
