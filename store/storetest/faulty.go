package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// ErrInjected is what a call answers that Faulty made fail. It says nothing about whether the call was applied.
var ErrInjected = errors.New("storetest: injected fault")

// Fault is what happens to one call.
type Fault int

// Faults.
const (
	None      Fault = iota // the call passes
	Lost                   // the call does not reach the store and answers ErrInjected
	Ambiguous              // the call is done, but its answer is lost: it answers ErrInjected
	Delayed                // Faulty.Hook runs, then the call passes: what others do meanwhile
	Duplicate              // what a Commit applied is offered a second time, whose answer counts; other calls pass
)

// String names the fault.
func (f Fault) String() string {
	names := [...]string{"None", "Lost", "Ambiguous", "Delayed", "Duplicate"}
	if f < 0 || int(f) >= len(names) {
		return fmt.Sprintf("Fault(%d)", int(f))
	}
	return names[f]
}

// Faulty is a StateStore that fails on plan and is otherwise the Store that it wraps. Close always passes and is not counted. Of the optional
// abilities it passes on Hinter, Pruner and Exclusive; where Store lacks one it gives no hints, prunes nothing, is not exclusive.
type Faulty struct {
	// Store is what is wrapped.
	Store store.StateStore
	// Plan decides what happens to call n (from 1, over all calls) of op ("Commit", "Load", "Get", "List", "Events", "Lease", "Due", "Prune"). It is
	// called by one goroutine at a time. nil: nothing ever happens.
	Plan func(op string, n int) Fault
	// Hook runs for Delayed, in the goroutine of the call. It may use Store, and Faulty too. nil: nothing happens.
	Hook func(op string, n int)

	mu    sync.Mutex
	calls int
}

var _ store.StateStore = (*Faulty)(nil)

// Calls is how many calls were made.
func (f *Faulty) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *Faulty) next(op string) (fault Fault, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.Plan == nil {
		return None, f.calls
	}
	return f.Plan(op, f.calls), f.calls
}

// inject does the call as planned, and answers the plan's error, if any, in place of its own.
func (f *Faulty) inject(op string, call func(Fault) error) error {
	fault, n := f.next(op)
	injected := fmt.Errorf("%w: %s call %d: %s", ErrInjected, fault, n, op)
	switch fault {
	case Lost:
		return injected
	case Ambiguous:
		_ = call(fault)
		return injected
	case Delayed:
		if f.Hook != nil {
			f.Hook(op, n)
		}
	}
	return call(fault)
}

// Commit fails as a whole: a lost answer is lost for every batch.
func (f *Faulty) Commit(ctx context.Context, batches []store.Batch) []error {
	var errs []error
	err := f.inject("Commit", func(fault Fault) error {
		errs = f.Store.Commit(ctx, batches)
		if fault == Duplicate {
			f.offerAgain(ctx, batches, errs)
		}
		return nil
	})
	if err == nil {
		return errs
	}
	errs = make([]error, len(batches))
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// offerAgain leaves out what was refused: offered later it might be applied, and a refusal is certain.
func (f *Faulty) offerAgain(ctx context.Context, batches []store.Batch, errs []error) {
	for i := range batches {
		if errs[i] == nil {
			errs[i] = f.Store.Commit(ctx, batches[i:i+1])[0]
		}
	}
}

// Load passes or fails as planned.
func (f *Faulty) Load(ctx context.Context, streams ...string) ([]store.Stream, error) {
	return answer(f, "Load", func() ([]store.Stream, error) { return f.Store.Load(ctx, streams...) })
}

// Get passes or fails as planned.
func (f *Faulty) Get(ctx context.Context, refs ...store.Ref) ([]*store.Record, error) {
	return answer(f, "Get", func() ([]*store.Record, error) { return f.Store.Get(ctx, refs...) })
}

// List passes or fails as planned.
func (f *Faulty) List(ctx context.Context, q store.Query) (store.Page, error) {
	return answer(f, "List", func() (store.Page, error) { return f.Store.List(ctx, q) })
}

// Events passes or fails as planned.
func (f *Faulty) Events(ctx context.Context, q store.FeedQuery) (store.Feed, error) {
	return answer(f, "Events", func() (store.Feed, error) { return f.Store.Events(ctx, q) })
}

// Lease passes or fails as planned.
func (f *Faulty) Lease(ctx context.Context, l store.Lease, ttl time.Duration) (store.Lease, error) {
	return answer(f, "Lease", func() (store.Lease, error) { return f.Store.Lease(ctx, l, ttl) })
}

// Due passes or fails as planned.
func (f *Faulty) Due(ctx context.Context, limit int) (store.Due, error) {
	return answer(f, "Due", func() (store.Due, error) { return f.Store.Due(ctx, limit) })
}

// Close closes Store.
func (f *Faulty) Close() error { return f.Store.Close() }

// Hints are Store's; without them nil, on which nothing comes.
func (f *Faulty) Hints() <-chan string {
	if hinter, ok := f.Store.(store.Hinter); ok {
		return hinter.Hints()
	}
	return nil
}

// Prune passes or fails as planned; where Store cannot it removes nothing.
func (f *Faulty) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	pruner, ok := f.Store.(store.Pruner)
	if !ok {
		return 0, nil
	}
	return answer(f, "Prune", func() (int, error) { return pruner.Prune(ctx, before, limit) })
}

// Exclusive is what Store says, false where it says nothing.
func (f *Faulty) Exclusive() bool {
	e, ok := f.Store.(store.Exclusive)
	return ok && e.Exclusive()
}

// answer is inject for a call with a result, which is kept only with its own error.
func answer[T any](f *Faulty, op string, call func() (T, error)) (T, error) {
	var got T
	var own error
	if err := f.inject(op, func(Fault) error {
		got, own = call()
		return nil
	}); err != nil {
		var none T
		return none, err
	}
	return got, own
}
