package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// subject is a StateStore under test, with what makes a test of it short. Its methods fail the test where the store does not do
// what they need.
type subject struct {
	*testing.T
	clock *Clock
	store store.StateStore
	ctx   context.Context
}

func newSubject(t *testing.T, clock *Clock, s store.StateStore) *subject {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &subject{T: t, clock: clock, store: s, ctx: context.Background()}
}

// ids makes every id of a test process another one; where randomness buys nothing, a number is easier to read in a failure.
var ids atomic.Uint64

func newID() (id store.ID) {
	binary.BigEndian.PutUint64(id[8:], ids.Add(1))
	return id
}

// batch is a batch on the stream's present head, one event a kind.
func (s *subject) batch(stream string, kinds ...string) store.Batch {
	s.Helper()
	return after(stream, s.token(stream), kinds...)
}

// after is a batch on any head.
func after(stream string, expect store.ID, kinds ...string) store.Batch {
	b := store.Batch{Stream: stream, Expect: expect, ID: newID()}
	for _, kind := range kinds {
		b.Events = append(b.Events, store.Event{Kind: kind, Data: []byte("data of " + kind)})
	}
	return b
}

// commit answers the errors of one call.
func (s *subject) commit(batches ...store.Batch) []error {
	s.Helper()
	errs := s.store.Commit(s.ctx, batches)
	if len(errs) != len(batches) {
		s.Fatalf("Commit of %d batches answered %d errors", len(batches), len(errs))
	}
	return errs
}

// apply commits what must be applied.
func (s *subject) apply(batches ...store.Batch) {
	s.Helper()
	for i, err := range s.commit(batches...) {
		if err != nil {
			s.Fatalf("Commit of batch %d (%s): %v", i, batches[i].Stream, err)
		}
	}
}

// refuse commits what must be refused for that condition.
func (s *subject) refuse(b store.Batch, condition, name string) *store.Conflict {
	s.Helper()
	return s.conflict(s.commit(b)[0], condition, name)
}

func (s *subject) conflict(err error, condition, name string) *store.Conflict {
	s.Helper()
	var c *store.Conflict
	if !errors.As(err, &c) {
		s.Fatalf("want a *Conflict about %s %q, got %v", condition, name, err)
	}
	if c.Condition != condition || c.Name != name {
		s.Fatalf("want a *Conflict about %s %q, got one about %s %q", condition, name, c.Condition, c.Name)
	}
	if !store.Refused(err) {
		s.Fatalf("store.Refused is false for %v", err)
	}
	return c
}

func (s *subject) invalid(err error) {
	s.Helper()
	if invalid := (*store.Invalid)(nil); !errors.As(err, &invalid) {
		s.Fatalf("want *Invalid, got %v", err)
	}
}

func (s *subject) aboutCursor(err error) bool {
	invalid := (*store.Invalid)(nil)
	return errors.As(err, &invalid) && invalid.Cursor
}

func (s *subject) tooLarge(err error, what string) {
	s.Helper()
	if large := (*store.TooLarge)(nil); !errors.As(err, &large) || large.What != what {
		s.Fatalf("want *TooLarge about %s, got %v", what, err)
	}
}

// token is the head's, zero where there is no stream.
func (s *subject) token(stream string) store.ID {
	s.Helper()
	for _, st := range s.streams(stream) {
		return st.Token
	}
	return store.ID{}
}

func (s *subject) streams(names ...string) []store.Stream {
	s.Helper()
	got, err := s.store.Load(s.ctx, names...)
	if err != nil {
		s.Fatalf("Load: %v", err)
	}
	return got
}

// load is a stream that must be there.
func (s *subject) load(name string) store.Stream {
	s.Helper()
	got := s.streams(name)
	if len(got) != 1 {
		s.Fatalf("Load of %q answered %d streams", name, len(got))
	}
	return got[0]
}

// get is a record, or nil.
func (s *subject) get(ref store.Ref) *store.Record {
	s.Helper()
	got, err := s.store.Get(s.ctx, ref)
	if err != nil || len(got) != 1 {
		s.Fatalf("Get of one record answered %d, %v", len(got), err)
	}
	return got[0]
}

func (s *subject) page(q store.Query) store.Page {
	s.Helper()
	page, err := s.store.List(s.ctx, q)
	if err != nil {
		s.Fatalf("List: %v", err)
	}
	if len(page.Records) > store.PageLimit(q.Limit) {
		s.Fatalf("List with limit %d answered %d records", q.Limit, len(page.Records))
	}
	return page
}

// list is the IDs of all pages; between is called between two of them.
func (s *subject) list(q store.Query, between func()) []string {
	s.Helper()
	var ids []string
	for pages := 0; ; pages++ {
		page := s.page(q)
		for _, r := range page.Records {
			ids = append(ids, r.ID)
		}
		if page.Next == "" {
			return ids
		}
		if pages == 10_000 {
			s.Fatalf("List has no end; so far %v", ids[:20])
		}
		q.Cursor = page.Next
		if between != nil {
			between()
		}
	}
}

func (s *subject) feed(q store.FeedQuery) store.Feed {
	s.Helper()
	feed, err := s.store.Events(s.ctx, q)
	if err != nil {
		s.Fatalf("Events: %v", err)
	}
	if len(feed.Events) > store.PageLimit(q.Limit) {
		s.Fatalf("Events with limit %d answered %d events", q.Limit, len(feed.Events))
	}
	return feed
}

// lease takes a lease that must be free.
func (s *subject) lease(name string, ttl time.Duration) store.Lease {
	s.Helper()
	return s.hold(store.Lease{Name: name}, ttl)
}

// hold takes, renews or ends a lease, which must succeed.
func (s *subject) hold(l store.Lease, ttl time.Duration) store.Lease {
	s.Helper()
	got, err := s.store.Lease(s.ctx, l, ttl)
	if err != nil {
		s.Fatalf("Lease of %q for %s: %v", l.Name, ttl, err)
	}
	return got
}

func (s *subject) due(limit int) store.Due {
	s.Helper()
	due, err := s.store.Due(s.ctx, limit)
	if err != nil {
		s.Fatalf("Due: %v", err)
	}
	return due
}

// now is the store's time.
func (s *subject) now() time.Time {
	s.Helper()
	return s.due(1).Now
}

// equal compares what prints alike, which is all that a test of bytes and names needs.
func (s *subject) equal(what string, want, got any) {
	s.Helper()
	if w, g := fmt.Sprint(want), fmt.Sprint(got); w != g {
		s.Fatalf("%s: want %.2000s, got %.2000s", what, w, g)
	}
}

// sequence checks that events are kinds in order, each with its data.
func (s *subject) sequence(events []store.Event, kinds ...string) {
	s.Helper()
	var got []string
	for _, e := range events {
		got = append(got, e.Kind)
		if string(e.Data) != "data of "+e.Kind {
			s.Fatalf("event %s has the data %q", e.Kind, e.Data)
		}
	}
	s.equal("events", kinds, got)
}
