package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/store"
)

func lifeRules() []rule[*subject] {
	return []rule[*subject]{
		{"life/cancelled", "with a context that has ended every call answers its error and does nothing", (*subject).cancelled},
		{"life/closed", "after Close every call answers ErrClosed, and Close again nil", (*subject).closed},
		{"life/close while used", "Close while others commit and read: each is answered, a commit with nil or an error, and nothing panics", (*subject).closeWhileUsed},
	}
}

// calls are all calls of a StateStore but Close, each with arguments that are fine.
func (s *subject) calls(ctx context.Context) map[string]error {
	found := map[string]error{}
	_, found["Load"] = s.store.Load(ctx, "a")
	_, found["Get"] = s.store.Get(ctx, ref("k", "", "1"))
	_, found["List"] = s.store.List(ctx, store.Query{Kind: "k"})
	_, found["Events"] = s.store.Events(ctx, store.FeedQuery{})
	_, found["Events of a stream"] = s.store.Events(ctx, store.FeedQuery{Stream: "a"})
	_, found["Lease"] = s.store.Lease(ctx, store.Lease{Name: "replica"}, hour)
	_, found["Due"] = s.store.Due(ctx, 1)
	for i, err := range s.store.Commit(ctx, []store.Batch{after("a", store.ID{}, "one"), after("b", store.ID{}, "one")}) {
		found[fmt.Sprint("Commit, batch ", i)] = err
	}
	return found
}

func (s *subject) cancelled() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	expired, done := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer done()
	for ctx, want := range map[context.Context]error{ctx: context.Canceled, expired: context.DeadlineExceeded} {
		calls := s.calls(ctx)
		s.equal("calls answered", 9, len(calls))
		for name, err := range calls {
			if !errors.Is(err, want) {
				s.Fatalf("%s: want %v, got %v", name, want, err)
			}
		}
	}
	s.equal("streams", 0, len(s.streams("a", "b")))
	s.lease("replica", hour)
}

func (s *subject) closed() {
	s.apply(after("a", store.ID{}, "one"))
	for range 2 {
		if err := s.store.Close(); err != nil {
			s.Fatalf("Close: %v", err)
		}
		for name, err := range s.calls(s.ctx) {
			if !errors.Is(err, store.ErrClosed) {
				s.Fatalf("%s: want ErrClosed, got %v", name, err)
			}
		}
	}
}

func (s *subject) closeWhileUsed() {
	errs := together(func(i int, s *subject) error {
		if i == racers-1 {
			return s.store.Close()
		}
		stream, token := fmt.Sprint("stream ", i), store.ID{}
		for {
			b := after(stream, token, "go")
			if err := s.store.Commit(s.ctx, []store.Batch{b})[0]; err != nil {
				return err
			}
			token = b.ID
			if _, err := s.store.Load(s.ctx, stream); err != nil {
				return err
			}
		}
	}, s)
	for i, err := range errs[:racers-1] {
		if conflict := (*store.Conflict)(nil); err == nil || errors.As(err, &conflict) {
			s.Fatalf("goroutine %d ended with %v, not because the store was closed", i, err)
		}
	}
	if err := errs[racers-1]; err != nil {
		s.Fatalf("Close: %v", err)
	}
}
