package storetest

import (
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/store"
)

func listRules() []rule[*subject] {
	return []rule[*subject]{
		{"list/order", "List goes by the bytes of the ID, greatest first unless Ascending; by key it goes by group first", (*subject).listOrder},
		{"list/every cut", "whatever the limit, the pages together hold every record once and in order", (*subject).listEveryCut},
		{"list/while inserting", "a record that was there all the time comes exactly once, whatever is put and deleted between pages", (*subject).listWhileInserting},
		{"list/cursor outlives its record", "a cursor goes on behind its place when the record it came from is gone", (*subject).listCursorGone},
		{"list/limits", "limit 0 or less is 100 records a page, more than 1000 is 1000", (*subject).listLimits},
		{"list/nonsense", "a query without kind or with a foreign cursor is *Invalid; nothing panics", (*subject).listNonsense},
	}
}

var listKey = store.Key{Name: "n", Value: "v"}

// numbered are records from … to-1 of a group, all with listKey.
func numbered(group string, from, to int) []store.Record {
	var out []store.Record
	for i := from; i < to; i++ {
		out = append(out, store.Record{Ref: ref("k", group, fmt.Sprintf("%05d", i)), Keys: []store.Key{listKey}})
	}
	return out
}

func idsOf(records []store.Record) []string {
	var ids []string
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}

// ways are the two ways to list what numbered made in group "g".
func ways() map[string]store.Query {
	return map[string]store.Query{
		"by group":         {Kind: "k", Group: "g"},
		"by key":           {Kind: "k", Key: &listKey},
		"by key and group": {Kind: "k", Group: "g", Key: &listKey},
	}
}

func (s *subject) listOrder() {
	ids := []string{"\x01", "0", "00", "01", "1", "A", "Z", "a", "z", "~", "ß", "日", "\U0001f680"}
	for i := range ids { // in an order that is none
		id := ids[i*5%len(ids)]
		s.putRecords(store.Record{Ref: ref("k", "g", id), Keys: []store.Key{listKey}}, store.Record{Ref: ref("k", "", id)})
	}
	descending := slices.Clone(ids)
	slices.Reverse(descending)
	for name, q := range ways() {
		s.equal(name, fmt.Sprintf("%q", descending), fmt.Sprintf("%q", s.list(q, nil)))
		q.Ascending, q.Limit = true, 3
		s.equal(name+", ascending", fmt.Sprintf("%q", ids), fmt.Sprintf("%q", s.list(q, nil)))
	}
	s.equal("group without name", descending, s.list(store.Query{Kind: "k"}, nil))
	s.putRecords(
		store.Record{Ref: ref("key", "b", "1"), Keys: []store.Key{listKey}}, store.Record{Ref: ref("key", "b", "3"), Keys: []store.Key{listKey}},
		store.Record{Ref: ref("key", "a", "2"), Keys: []store.Key{listKey}}, store.Record{Ref: ref("key", "", "9"), Keys: []store.Key{listKey}},
	)
	byKey := store.Query{Kind: "key", Key: &listKey, Limit: 1}
	s.equal("by key", []string{"3", "1", "2", "9"}, s.list(byKey, nil))
	byKey.Ascending = true
	s.equal("by key, ascending", []string{"9", "2", "1", "3"}, s.list(byKey, nil))
}

func (s *subject) listEveryCut() {
	records := numbered("g", 0, 9)
	s.putRecords(records...)
	s.putRecords(store.Record{Ref: ref("k", "f", "00004")}, store.Record{Ref: ref("k", "h", "00004")}, store.Record{Ref: ref("j", "g", "00004")})
	for name, q := range ways() {
		for limit := 1; limit <= len(records)+1; limit++ {
			q.Limit, q.Ascending = limit, true
			s.equal(fmt.Sprint(name, ", ascending, limit ", limit), idsOf(records), s.list(q, nil))
			q.Ascending = false
			got := s.list(q, nil)
			slices.Reverse(got)
			s.equal(fmt.Sprint(name, ", limit ", limit), idsOf(records), got)
		}
	}
}

// listWhileInserting puts and deletes odd numbers between pages, in front of the cursor and behind it; the even ones stay.
func (s *subject) listWhileInserting() {
	const n = 12
	var even []store.Record
	for _, r := range numbered("g", 0, n) {
		if int(r.ID[len(r.ID)-1]-'0')%2 == 0 {
			even = append(even, r)
		}
	}
	s.putRecords(even...)
	for name, q := range ways() {
		for limit := 1; limit <= len(even)+1; limit++ {
			for _, q.Ascending = range []bool{false, true} {
				q.Limit = limit
				step := 0
				got := s.list(q, func() {
					if step == n { // or a short page, ascending, would never reach the end
						return
					}
					odd := 2*(step*7%(n/2)) + 1
					s.putRecords(numbered("g", odd, odd+1)...)
					s.putRecords(numbered("g", n+2*step+1, n+2*step+2)...)
					s.deleteRecords(numbered("g", odd-2*(step%2), odd-2*(step%2)+1)[0].Ref)
					step++
				})
				s.onceEach(fmt.Sprintf("%s, limit %d, ascending %t", name, limit, q.Ascending), even, got, q.Ascending)
				s.deleteOdd(4 * n)
			}
		}
	}
}

// onceEach checks that each of want comes once, that nothing comes twice and that all is in order.
func (s *subject) onceEach(what string, want []store.Record, got []string, ascending bool) {
	s.Helper()
	seen := map[string]int{}
	for _, id := range got {
		seen[id]++
		if seen[id] > 1 {
			s.Fatalf("%s: %s came twice: %v", what, id, got)
		}
	}
	for _, r := range want {
		if seen[r.ID] != 1 {
			s.Fatalf("%s: %s was there all the time, but did not come: %v", what, r.ID, got)
		}
	}
	if !ascending {
		got = slices.Clone(got)
		slices.Reverse(got)
	}
	if !slices.IsSorted(got) {
		s.Fatalf("%s: not in order: %v", what, got)
	}
}

func (s *subject) deleteOdd(below int) {
	s.Helper()
	var refs []store.Ref
	for i := 1; i < below; i += 2 {
		refs = append(refs, ref("k", "g", fmt.Sprintf("%05d", i)))
	}
	s.deleteRecords(refs...)
}

func (s *subject) listCursorGone() {
	for name, q := range ways() {
		records := numbered("g", 0, 6)
		s.putRecords(records...)
		q.Limit = 2
		page := s.page(q)
		s.deleteRecords(ref("k", "g", "00004"), ref("k", "g", "00003"))
		q.Cursor = page.Next
		s.equal(name, []string{"00002", "00001", "00000"}, s.list(q, nil))
	}
}

func (s *subject) listLimits() {
	for _, from := range []int{505, 0} {
		s.putRecords(numbered("g", from, from+505)...)
	}
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 1000: 1000, 1001: 1000, 1 << 40: 1000} {
		page := s.page(store.Query{Kind: "k", Group: "g", Limit: limit})
		s.equal(fmt.Sprint("records with limit ", limit), want, len(page.Records))
	}
	s.equal("all", 1010, len(s.list(store.Query{Kind: "k", Group: "g", Limit: 333}, nil)))
}

func (s *subject) listNonsense() {
	s.putRecords(numbered("g", 0, 3)...)
	for name, q := range map[string]store.Query{
		"no kind":            {Group: "g"},
		"no name of the key": {Kind: "k", Key: &store.Key{Value: "v"}},
		"NUL":                {Kind: "k\x00"},
		"foreign cursor":     {Kind: "k", Group: "g", Cursor: "not a cursor!"},
		"not UTF-8":          {Kind: "k", Group: "g\xff"},
	} {
		_, err := s.store.List(s.ctx, q)
		if err == nil {
			s.Fatalf("List with %s answers no error", name)
		}
		s.invalid(err)
		s.equal("about the cursor, with "+name, name == "foreign cursor", s.aboutCursor(err))
	}
}
