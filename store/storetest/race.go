package storetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/penstock-dev/penstock/store"
)

const racers = 8

func raceRules() []rule[*subject] {
	return []rule[*subject]{
		{"race/one wins", "of many who commit on the same head at once exactly one wins; the others are told so", func(s *subject) { oneWins(s, s) }},
		{"race/nothing lost", "whoever loads, decides and commits until it succeeds has its event in the stream exactly once", func(s *subject) { nothingLost(s, s) }},
		{"race/one lease", "of many who take a free lease at once exactly one gets it", func(s *subject) { oneLease(s, s) }},
	}
}

// together runs f in many goroutines at once, in turn on each subject.
func together(f func(i int, s *subject) error, subjects ...*subject) []error {
	errs := make([]error, racers)
	start := make(chan struct{})
	var done sync.WaitGroup
	for i := range racers {
		done.Go(func() {
			<-start
			errs[i] = f(i, subjects[i%len(subjects)])
		})
	}
	close(start)
	done.Wait()
	return errs
}

func oneWins(a, b *subject) {
	token := store.ID{}
	for round := range 20 {
		offers := make([]store.Batch, racers)
		for i := range offers {
			offers[i] = after("a", token, fmt.Sprintf("round %d of %d", round, i))
		}
		errs := together(func(i int, s *subject) error { return s.store.Commit(s.ctx, offers[i:i+1])[0] }, a, b)
		won := winner(a, errs, store.ConditionHead, "a")
		token = offers[won].ID
		st := b.load("a")
		b.equal("token", token, st.Token)
		b.equal("newest event", offers[won].Events[0].Kind, st.Events[round].Kind)
		b.equal("version", round+1, st.Version)
	}
}

// winner is the only one without an error; all others have a *Conflict.
func winner(s *subject, errs []error, condition, name string) int {
	s.Helper()
	won := -1
	for i, err := range errs {
		switch {
		case err != nil:
			s.conflict(err, condition, name)
		case won >= 0:
			s.Fatalf("%d and %d both won", won, i)
		default:
			won = i
		}
	}
	if won < 0 {
		s.Fatalf("nobody won")
	}
	return won
}

func nothingLost(a, b *subject) {
	const each = 10
	errs := together(func(i int, s *subject) error {
		for k := range each {
			if err := s.insist("counter", fmt.Sprintf("%d/%d", i, k)); err != nil {
				return err
			}
		}
		return nil
	}, a, b)
	if err := errors.Join(errs...); err != nil {
		a.Fatalf("%v", err)
	}
	st := b.load("counter")
	b.equal("version", racers*each, st.Version)
	seen := map[string]bool{}
	for _, e := range st.Events {
		seen[e.Kind] = true
	}
	b.equal("different events", racers*each, len(seen))
}

// insist appends one event, however often others are faster.
func (s *subject) insist(stream, kind string) error {
	for {
		head, err := s.store.Load(s.ctx, stream)
		if err != nil {
			return err
		}
		b := after(stream, store.ID{}, kind)
		for _, st := range head {
			b.Expect = st.Token
		}
		err = s.store.Commit(s.ctx, []store.Batch{b})[0]
		if conflict := (*store.Conflict)(nil); !errors.As(err, &conflict) {
			return err
		}
	}
}

func oneLease(a, b *subject) {
	for round := range 10 {
		name := fmt.Sprintf("replica %d", round)
		errs := together(func(_ int, s *subject) error {
			_, err := s.store.Lease(s.ctx, store.Lease{Name: name}, hour)
			return err
		}, a, b)
		winner(b, errs, store.ConditionLease, name)
	}
}
