package storetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

func open(_ testing.TB, clock *storetest.Clock) store.StateStore {
	return memory.New(&memory.Options{Now: clock.Now})
}

func TestStateThroughFaultyWithoutFaults(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(t testing.TB, clock *storetest.Clock) store.StateStore {
		return &storetest.Faulty{Store: open(t, clock)}
	})
}

func TestStateWithEveryCommitDoneTwice(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(t testing.TB, clock *storetest.Clock) store.StateStore {
		return &storetest.Faulty{Store: open(t, clock), Plan: func(string, int) storetest.Fault { return storetest.Duplicate }}
	})
}

// plain hides the optional abilities.
type plain struct{ store.StateStore }

func TestStateWithoutAbilities(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(t testing.TB, clock *storetest.Clock) store.StateStore { return plain{open(t, clock)} })
}

func TestStateWithAClockOfItsOwn(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(_ testing.TB, clock *storetest.Clock) store.StateStore {
		own := storetest.NewClock(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))
		clock.OnAdvance(own.Advance)
		return memory.New(&memory.Options{Now: own.Now})
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	clock := storetest.NewClock(start)
	var moved []time.Duration
	clock.OnAdvance(func(d time.Duration) { moved = append(moved, d) })
	clock.Advance(time.Minute)
	clock.Advance(time.Hour)
	require.Equal(t, start.Add(61*time.Minute), clock.Now())
	require.Equal(t, []time.Duration{time.Minute, time.Hour}, moved)
	clock.Set(start)
	require.Equal(t, start, clock.Now())
	require.Len(t, moved, 2)
}

func batch(stream string, id byte) store.Batch {
	return store.Batch{Stream: stream, ID: store.ID{id}, Events: []store.Event{{Kind: "one"}}}
}

// once plans one fault at one call.
func once(fault storetest.Fault, at int) func(string, int) storetest.Fault {
	return func(_ string, n int) storetest.Fault {
		if n == at {
			return fault
		}
		return storetest.None
	}
}

func TestFaultyCommit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   storetest.Fault
		err     error
		applied bool
		hooked  bool
	}{
		{"none", storetest.None, nil, true, false},
		{"lost", storetest.Lost, storetest.ErrInjected, false, false},
		{"ambiguous", storetest.Ambiguous, storetest.ErrInjected, true, false},
		{"delayed", storetest.Delayed, nil, true, true},
		{"duplicate", storetest.Duplicate, nil, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inner := memory.New(nil)
			f := &storetest.Faulty{Store: inner, Plan: once(tt.fault, 1)}
			hooked := false
			f.Hook = func(op string, n int) {
				require.Equal(t, "Commit 1", op+" "+string(rune('0'+n)))
				there, err := inner.Load(t.Context(), "a")
				require.NoError(t, err)
				require.Empty(t, there, "the hook runs before the call")
				hooked = true
			}
			errs := f.Commit(t.Context(), []store.Batch{batch("a", 1), batch("b", 2)})
			require.Len(t, errs, 2)
			for _, err := range errs {
				require.ErrorIs(t, err, tt.err)
				require.False(t, store.Refused(err))
			}
			there, err := inner.Load(t.Context(), "a", "b")
			require.NoError(t, err)
			require.Equal(t, tt.applied, len(there) == 2)
			require.Equal(t, tt.hooked, hooked)
			for _, st := range there {
				require.EqualValues(t, 1, st.Version)
			}
			require.Equal(t, []error{nil, nil}, f.Commit(t.Context(), []store.Batch{batch("a", 1), batch("b", 2)}))
			require.Equal(t, 2, f.Calls())
		})
	}
}

func TestFaultyEveryOperation(t *testing.T) {
	t.Parallel()
	for _, fault := range []storetest.Fault{storetest.Lost, storetest.Ambiguous} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			var ops []string
			f := &storetest.Faulty{Store: memory.New(nil), Plan: func(op string, n int) storetest.Fault {
				require.Equal(t, len(ops)+1, n)
				ops = append(ops, op)
				return fault
			}}
			for _, err := range calls(t.Context(), f) {
				require.ErrorIs(t, err, storetest.ErrInjected)
			}
			require.Equal(t, []string{"Load", "Get", "List", "Events", "Lease", "Due", "Prune", "Commit"}, ops)
			held, err := f.Store.Lease(t.Context(), store.Lease{Name: "replica"}, time.Hour)
			if fault == storetest.Ambiguous {
				require.Error(t, err, "the lease whose answer was lost is held")
				return
			}
			require.NoError(t, err)
			require.NotZero(t, held.Fence)
		})
	}
}

func calls(ctx context.Context, f *storetest.Faulty) []error {
	var errs [8]error
	_, errs[0] = f.Load(ctx, "a")
	_, errs[1] = f.Get(ctx, store.Ref{Kind: "k", ID: "1"})
	_, errs[2] = f.List(ctx, store.Query{Kind: "k"})
	_, errs[3] = f.Events(ctx, store.FeedQuery{})
	_, errs[4] = f.Lease(ctx, store.Lease{Name: "replica"}, time.Hour)
	_, errs[5] = f.Due(ctx, 1)
	_, errs[6] = f.Prune(ctx, time.Now(), 1)
	errs[7] = f.Commit(ctx, []store.Batch{batch("a", 1)})[0]
	return errs[:]
}

func TestFaultyLeaseIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	f := &storetest.Faulty{Store: memory.New(nil), Plan: once(storetest.Duplicate, 1)}
	_, err := f.Lease(t.Context(), store.Lease{Name: "replica"}, time.Hour)
	require.NoError(t, err)
}

func TestFaultyAbilities(t *testing.T) {
	t.Parallel()
	shared := &storetest.Faulty{Store: memory.New(nil)}
	alone := &storetest.Faulty{Store: memory.New(&memory.Options{Exclusive: true})}
	without := &storetest.Faulty{Store: plain{memory.New(&memory.Options{Exclusive: true})}}
	require.False(t, shared.Exclusive())
	require.True(t, alone.Exclusive())
	require.False(t, without.Exclusive())
	require.NotNil(t, shared.Hints())
	require.Nil(t, without.Hints())
	n, err := without.Prune(t.Context(), time.Now(), 1)
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, shared.Close())
	_, err = shared.Load(t.Context(), "a")
	require.ErrorIs(t, err, store.ErrClosed)
}

func TestFaultString(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Ambiguous", storetest.Ambiguous.String())
	require.Equal(t, "Fault(9)", storetest.Fault(9).String())
}
