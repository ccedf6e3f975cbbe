package storetest

import (
	"bytes"
	"strings"

	"github.com/penstock-dev/penstock/store"
)

func inputRules() []rule[*subject] {
	return []rule[*subject]{
		{"input/unicode", "names of every script, with separators, quotes and wildcards, come back as they were and are told apart", (*subject).unicode},
		{"input/large", "what is exactly at a default limit is kept, byte for byte", (*subject).large},
		{"input/too large", "what is one byte over a default limit is *TooLarge, and says what", (*subject).overLimits},
		{"input/invalid", "a batch that makes no sense is *Invalid and is not applied; nothing panics", (*subject).invalidBatches},
		{"input/any bytes", "data is bytes: NUL, invalid UTF-8 and nothing at all come back as they were", (*subject).anyBytes},
	}
}

func (s *subject) unicode() {
	names := []string{
		"pipeline/größe", "pipeline/grosse", "pipeline/日本語", "pipeline/\U0001f680", "PIPELINE/größe", "a b", "a%b", "a_b", "a'b", `a"b`, `a\b`,
		"a/b", "a//b", "é", "e\u0301", "-- ;", "\u202e", strings.Repeat("ü", store.MaxName/2),
	}
	for i, name := range names {
		b := s.batch(name, name)
		b.Put = []store.Record{{Ref: ref(name, name, name), New: true, Keys: []store.Key{{Name: name, Value: name}}, Data: []byte{byte(i)}}}
		b.Owner = s.lease(name, hour).Name
		s.apply(b)
	}
	for i, name := range names {
		st := s.load(name)
		s.equal("stream, owner, version", []any{name, name, 1}, []any{st.Name, st.Owner, st.Version})
		s.sequence(st.Events, name)
		s.equal("record "+name, []byte{byte(i)}, s.get(ref(name, name, name)).Data)
		s.equal("group "+name, []string{name}, s.list(store.Query{Kind: name, Group: name}, nil))
		s.equal("key "+name, []string{name}, s.list(store.Query{Kind: name, Key: &store.Key{Name: name, Value: name}}, nil))
		s.equal("feed "+name, name, s.feed(store.FeedQuery{Stream: name}).Events[0].Stream)
	}
}

// sized is text whose every part is different, so that a piece in the wrong place shows.
func sized(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*7 + i>>8*13 + i>>16*31)
	}
	return out
}

func (s *subject) large() {
	limits := store.Limits{}.OrDefault()
	b := s.batch("a")
	b.Events = []store.Event{{Kind: "large", Data: sized(limits.Events - len("large"))}}
	b.Put = []store.Record{{Ref: ref("k", "", "1"), Data: sized(limits.Record)}, {Ref: ref("k", "", "2"), Data: sized(limits.Record)}}
	s.apply(b)
	c := after("b", store.ID{}, "one")
	c.Snapshot = sized(limits.Snapshot)
	s.apply(c)
	same := func(what string, want, got []byte) {
		s.Helper()
		if !bytes.Equal(want, got) {
			s.Fatalf("%s: %d bytes came back as %d others", what, len(want), len(got))
		}
	}
	same("event", b.Events[0].Data, s.load("a").Events[0].Data)
	same("event in the feed", b.Events[0].Data, s.feed(store.FeedQuery{}).Events[0].Event.Data)
	same("snapshot", c.Snapshot, s.load("b").Snapshot)
	same("record", b.Put[0].Data, s.get(b.Put[0].Ref).Data)
	s.equal("list", []string{"2", "1"}, s.list(store.Query{Kind: "k"}, nil))
	name := strings.Repeat("n", store.MaxName)
	long := s.batch(name, "one")
	long.Put = []store.Record{{Ref: ref(name, name, name), Keys: []store.Key{{Name: name, Value: name}}}}
	s.apply(long)
	s.equal("longest names", []string{name}, s.list(store.Query{Kind: name, Key: &long.Put[0].Keys[0]}, nil))
}

func (s *subject) overLimits() {
	limits := store.Limits{}.OrDefault()
	events := after("a", store.ID{}, "one")
	events.Events = []store.Event{{Kind: "x", Data: make([]byte, limits.Events/2)}, {Kind: "x", Data: make([]byte, limits.Events/2)}}
	snapshot := after("a", store.ID{}, "one")
	snapshot.Snapshot = make([]byte, limits.Snapshot+1)
	record := after("a", store.ID{}, "one")
	record.Put = []store.Record{{Ref: ref("k", "", "1"), Data: make([]byte, limits.Record+1)}}
	name := after(strings.Repeat("n", store.MaxName+1), store.ID{}, "one")
	errs := s.commit(events, snapshot, record, name)
	for i, what := range []string{"events", "snapshot", "record", "name"} {
		s.tooLarge(errs[i], what)
	}
	s.equal("streams", 0, len(s.streams("a")))
}

func (s *subject) invalidBatches() {
	s.apply(after("there", store.ID{}, "one"))
	for name, spoil := range map[string]func(*store.Batch){
		"no stream":            func(b *store.Batch) { b.Stream = "" },
		"stream with NUL":      func(b *store.Batch) { b.Stream = "a\x00" },
		"stream not UTF-8":     func(b *store.Batch) { b.Stream = "a\xff" },
		"no events":            func(b *store.Batch) { b.Events = nil },
		"event without kind":   func(b *store.Batch) { b.Events[0].Kind = "" },
		"no ID":                func(b *store.Batch) { b.ID = store.ID{} },
		"ID is Expect":         func(b *store.Batch) { b.Expect = b.ID },
		"negative lane":        func(b *store.Batch) { b.Lane = -1 },
		"lane never given out": func(b *store.Batch) { b.Lane = 1 << 30 },
		"live without fence":   func(b *store.Batch) { b.Live = []store.Lease{{Name: "replica"}} },
		"live without name":    func(b *store.Batch) { b.Live = []store.Lease{{Fence: 1}} },
		"dead without name":    func(b *store.Batch) { b.Dead = []store.Lease{{}} },
		"read without stream":  func(b *store.Batch) { b.Reads = []store.Read{{}} },
		"owner with NUL":       func(b *store.Batch) { b.Owner = "\x00" },
		"record without kind":  func(b *store.Batch) { b.Put = []store.Record{{Ref: ref("", "g", "1")}} },
		"record without ID":    func(b *store.Batch) { b.Put = []store.Record{{Ref: ref("k", "g", "")}} },
		"group with NUL":       func(b *store.Batch) { b.Put = []store.Record{{Ref: ref("k", "\x00", "1")}} },
		"key without name":     func(b *store.Batch) { b.Put = []store.Record{{Ref: ref("k", "", "1"), Keys: []store.Key{{}}}} },
		"key twice": func(b *store.Batch) {
			b.Put = []store.Record{{Ref: ref("k", "", "1"), Keys: []store.Key{listKey, listKey}}}
		},
		"record put twice": func(b *store.Batch) { b.Put = []store.Record{{Ref: ref("k", "", "1")}, {Ref: ref("k", "", "1")}} },
		"record put and deleted": func(b *store.Batch) {
			b.Put, b.Delete = []store.Record{{Ref: ref("k", "", "1")}}, []store.Ref{ref("k", "", "1")}
		},
		"record deleted twice": func(b *store.Batch) {
			for i := range 20 {
				b.Delete = append(b.Delete, ref("k", "", string(rune('a'+i))))
			}
			b.Delete = append(b.Delete, ref("k", "", "c"))
		},
		"delete without ID": func(b *store.Batch) { b.Delete = []store.Ref{{Kind: "k"}} },
	} {
		b := after("a", store.ID{}, "one")
		spoil(&b)
		err := s.commit(b)[0]
		if err == nil {
			s.Fatalf("a batch with %s was applied", name)
		}
		s.invalid(err)
		s.equal("streams after "+name, 1, len(s.streams("a", "there")))
	}
	s.equal("events", 1, len(s.feed(store.FeedQuery{}).Events))
}

func (s *subject) anyBytes() {
	for name, data := range map[string][]byte{"nil": nil, "empty": {}, "NUL": {0}, "not UTF-8": {0xff, 0xfe, 0}, "quotes": []byte(`'";--\`)} {
		b := s.batch(name)
		b.Events = []store.Event{{Kind: "one", Data: data}, {Kind: "two", Data: data}}
		b.Snapshot = data
		b.Put = []store.Record{{Ref: ref("k", "", name), Data: data}}
		s.apply(b)
		c := s.batch(name)
		c.Events = b.Events
		s.apply(c)
		st := s.load(name)
		s.equal(name+" snapshot", data, st.Snapshot)
		s.equal(name+" snapshot version", map[bool]int{true: 2}[len(data) > 0], st.SnapshotVersion)
		s.equal(name+" version", 4, st.Version)
		for _, e := range st.Events {
			s.equal(name+" event", data, e.Data)
		}
		s.equal(name+" record", data, s.get(ref("k", "", name)).Data)
	}
}
