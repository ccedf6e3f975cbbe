package storetest

import (
	"fmt"

	"github.com/penstock-dev/penstock/store"
)

func recordRules() []rule[*subject] {
	return []rule[*subject]{
		{"record/get", "Get answers records in the order asked, nil where there is none, and one asked twice twice", (*subject).getRecords},
		{"record/replace", "putting a record replaces all of the one before: data, expiry, keys", (*subject).replaceRecord},
		{"record/keys", "a record is listed by each of its keys, and by none once it is deleted", (*subject).recordKeys},
		{"record/delete", "deleting what is absent, or was deleted before, is no error", (*subject).deleteTwice},
		{"record/expires", "a record is there until its Expires, and absent from then on: to Get, to List, to Delete", (*subject).expiringRecord},
		{"record/expired is new", "an expired record may be put as New; it is the new one from then on", (*subject).expiredIsNew},
	}
}

func (s *subject) putRecords(records ...store.Record) {
	s.Helper()
	b := s.batch("records", "put")
	b.Put = records
	s.apply(b)
}

func (s *subject) deleteRecords(refs ...store.Ref) {
	s.Helper()
	b := s.batch("records", "delete")
	b.Delete = refs
	s.apply(b)
}

func (s *subject) getRecords() {
	s.putRecords(store.Record{Ref: ref("k", "g", "1"), Data: []byte("one")}, store.Record{Ref: ref("k", "", "1"), Data: []byte("no group")},
		store.Record{Ref: ref("k2", "g", "1"), Data: nil})
	refs := []store.Ref{ref("k2", "g", "1"), ref("k", "g", "2"), ref("k", "", "1"), ref("k", "g", "1"), ref("k", "", "1"), ref("absent", "g", "1")}
	got, err := s.store.Get(s.ctx, refs...)
	if err != nil {
		s.Fatalf("Get: %v", err)
	}
	var found []string
	for i, r := range got {
		if r == nil {
			found = append(found, "none")
			continue
		}
		s.equal("ref", refs[i], r.Ref)
		found = append(found, string(r.Data))
	}
	s.equal("records", []string{"", "none", "no group", "one", "no group", "none"}, found)
	got, err = s.store.Get(s.ctx)
	s.equal("Get of nothing", "[] <nil>", fmt.Sprint(got, err))
}

func (s *subject) replaceRecord() {
	old, kept, added := store.Key{Name: "n", Value: "old"}, store.Key{Name: "n", Value: "kept"}, store.Key{Name: "n", Value: "added"}
	r := store.Record{Ref: ref("k", "g", "1"), Expires: s.now().Add(hour), Keys: []store.Key{old, kept}, Data: []byte("before")}
	s.putRecords(r)
	s.equal("expires", true, s.get(r.Ref).Expires.Equal(r.Expires))
	r.Expires = s.now().Add(24 * hour)
	r.Keys, r.Data = []store.Key{kept, added}, []byte("after")
	s.putRecords(r)
	s.clock.Advance(2 * hour)
	got := s.get(r.Ref)
	if got == nil {
		s.Fatalf("the record expired with the one it replaced")
	}
	s.equal("data", "after", string(got.Data))
	s.equal("keys", r.Keys, got.Keys)
	for key, want := range map[store.Key][]string{old: nil, kept: {"1"}, added: {"1"}} {
		s.equal("listed by "+key.Value, want, s.list(store.Query{Kind: "k", Key: &key}, nil))
	}
	s.putRecords(store.Record{Ref: r.Ref})
	s.clock.Advance(48 * hour)
	s.equal("group, without expiry", []string{"1"}, s.list(store.Query{Kind: "k", Group: "g"}, nil))
	s.equal("listed by kept", []string(nil), s.list(store.Query{Kind: "k", Key: &kept}, nil))
}

func (s *subject) recordKeys() {
	red, blue := store.Key{Name: "colour", Value: "red"}, store.Key{Name: "colour", Value: "blue"}
	s.putRecords(
		store.Record{Ref: ref("k", "g", "1"), Keys: []store.Key{red}},
		store.Record{Ref: ref("k", "g", "2"), Keys: []store.Key{red, blue}},
		store.Record{Ref: ref("k", "h", "3"), Keys: []store.Key{red}},
		store.Record{Ref: ref("other", "g", "4"), Keys: []store.Key{red}},
	)
	byKey := func(kind, group string, key store.Key) []string {
		return s.list(store.Query{Kind: kind, Group: group, Key: &key, Ascending: true}, nil)
	}
	s.equal("red", []string{"1", "2", "3"}, byKey("k", "", red))
	s.equal("red in g", []string{"1", "2"}, byKey("k", "g", red))
	s.equal("red in g, newest first", []string{"2", "1"}, s.list(store.Query{Kind: "k", Group: "g", Key: &red}, nil))
	s.equal("blue", []string{"2"}, byKey("k", "", blue))
	s.equal("red others", []string{"4"}, byKey("other", "", red))
	s.equal("green", []string(nil), byKey("k", "", store.Key{Name: "colour", Value: "green"}))
	s.equal("no value", []string(nil), byKey("k", "", store.Key{Name: "colour"}))
	s.deleteRecords(ref("k", "g", "2"))
	s.equal("red after delete", []string{"1", "3"}, byKey("k", "", red))
	s.equal("blue after delete", []string(nil), byKey("k", "", blue))
}

func (s *subject) deleteTwice() {
	r := ref("k", "g", "1")
	s.deleteRecords(r)
	s.putRecords(store.Record{Ref: r})
	s.deleteRecords(r, ref("k", "g", "never"))
	s.deleteRecords(r)
	if s.get(r) != nil {
		s.Fatalf("a deleted record is there")
	}
	s.putRecords(store.Record{Ref: r, New: true})
	s.equal("group", []string{"1"}, s.list(store.Query{Kind: "k", Group: "g"}, nil))
}

func (s *subject) expiringRecord() {
	key := store.Key{Name: "n", Value: "v"}
	r := store.Record{Ref: ref("k", "g", "2"), Expires: s.now().Add(hour), Keys: []store.Key{key}}
	s.putRecords(r, store.Record{Ref: ref("k", "g", "1"), Keys: []store.Key{key}}, store.Record{Ref: ref("k", "g", "3"), Keys: []store.Key{key}})
	s.clock.Advance(hour / 2)
	if s.get(r.Ref) == nil {
		s.Fatalf("the record expired too early")
	}
	s.equal("listed before", []string{"3", "2", "1"}, s.list(store.Query{Kind: "k", Group: "g", Limit: 1}, nil))
	s.clock.Advance(hour / 2)
	if s.get(r.Ref) != nil {
		s.Fatalf("the record is there at its Expires")
	}
	s.equal("group", []string{"3", "1"}, s.list(store.Query{Kind: "k", Group: "g", Limit: 1}, nil))
	s.equal("key", []string{"3", "1"}, s.list(store.Query{Kind: "k", Key: &key, Limit: 1}, nil))
	s.deleteRecords(r.Ref)
	s.putRecords(store.Record{Ref: ref("k", "g", "4"), Expires: s.now()})
	s.equal("put when it had expired", []string{"3", "1"}, s.list(store.Query{Kind: "k", Group: "g"}, nil))
}

func (s *subject) expiredIsNew() {
	key := store.Key{Name: "n", Value: "v"}
	r := store.Record{Ref: ref("request", "", "1"), New: true, Expires: s.now().Add(hour), Keys: []store.Key{key}, Data: []byte("first")}
	s.putRecords(r)
	b := s.batch("records", "put")
	b.Put = []store.Record{r}
	s.refuse(b, store.ConditionNew, "1")
	s.clock.Advance(hour)
	s.putRecords(store.Record{Ref: r.Ref, New: true, Data: []byte("second")})
	s.clock.Advance(hour)
	s.putRecords(store.Record{Ref: ref("k", "", "another")})
	if got := s.get(r.Ref); got == nil || string(got.Data) != "second" {
		s.Fatalf("want the second record, got %+v", got)
	}
	s.equal("key of the first", []string(nil), s.list(store.Query{Kind: "request", Key: &key}, nil))
}
