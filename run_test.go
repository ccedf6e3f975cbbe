package penstock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

func TestRunWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		var status penstock.Status
		err := b.RunWhile(t.Context(), func(ctx context.Context) error {
			applied, err := b.Apply(ctx, simple(""))
			if err != nil {
				return err
			}
			x, err := b.Wait(ctx, "simple", applied.Execution)
			status = x.Status
			return err
		})
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, status)
		wrong := errors.New("wrong")
		require.ErrorIs(t, b.RunWhile(t.Context(), func(context.Context) error { return wrong }), wrong)
	})
}

// unleased is a store that gives out no lease.
type unleased struct{ store.StateStore }

func (unleased) Lease(context.Context, store.Lease, time.Duration) (store.Lease, error) {
	return store.Lease{}, errors.New("no lease today")
}

func TestRunWhileEndsTheWorkWhenRunFails(t *testing.T) {
	b := newBench(t, penstock.Config{State: unleased{memory.New(nil)}})
	err := b.RunWhile(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	require.ErrorIs(t, err, penstock.ErrUnavailable)
	require.ErrorContains(t, err, "no lease today")
}

func TestRunThatEndsBeforeItBegins(t *testing.T) {
	b := newBench(t, penstock.Config{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, b.Run(ctx))
}

// What an action's own error says stands in the failure once: its words as the message, what to do as the hint.
func TestFailureOfACodedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		b.behave["much"] = func(context.Context, *penstock.Call[job]) error {
			return penstock.Permanent(&penstock.Error{Code: penstock.ErrLimitExceeded, Op: "scale", Err: errors.New("80 replicas"), Hint: "ask the platform team"})
		}
		err := b.RunWhile(t.Context(), func(ctx context.Context) error {
			applied, err := b.Apply(ctx, simple("much"))
			require.NoError(t, err)
			_, err = b.Wait(ctx, "simple", applied.Execution)
			return err
		})
		require.NoError(t, err)
		page, err := b.ActionExecutions(t.Context(), penstock.ActionExecutionQuery{Pipeline: "simple"})
		require.NoError(t, err)
		failure := page.Actions[0].Failure
		require.Equal(t, "scale: 80 replicas", failure.Message)
		require.Equal(t, "ask the platform team", failure.Hint)
		require.Equal(t, "LimitExceeded", failure.Code)
	})
}

// hesitant is a store that takes its time to commit.
type hesitant struct{ store.StateStore }

func (h hesitant) Commit(ctx context.Context, batches []store.Batch) []error {
	time.Sleep(time.Second)
	return h.StateStore.Commit(ctx, batches)
}

// What ends during the drain is committed before Run answers: nobody who looks afterwards sees it in progress.
func TestRunAnswersAfterTheLastCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{State: hesitant{memory.New(&memory.Options{Exclusive: true})}})
		draining := make(chan struct{})
		b.behave["drained"] = func(context.Context, *penstock.Call[job]) error {
			b.stop()
			<-draining
			return nil
		}
		b.run()
		_, err := b.Apply(t.Context(), simple("drained"))
		require.NoError(t, err)
		time.Sleep(20 * time.Second)
		go func() {
			_, _ = b.Do(context.Background(), penstock.ApplyPipeline{Pipeline: release12(1), NoStart: true})
		}()
		time.Sleep(time.Second / 2) // the outcome comes while that is being committed
		close(draining)
		b.end()
		state, err := b.State(t.Context(), "simple")
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, state.Stages[1].Actions[0].Status)
	})
}

// What is being claimed when Run ends is not dispatched behind the drain's back.
func TestRunDrainsWhatIsBeingClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{State: hesitant{memory.New(&memory.Options{Exclusive: true})}})
		entered := 0
		b.behave["claimed"] = func(ctx context.Context, _ *penstock.Call[job]) error {
			entered++
			<-ctx.Done()
			return ctx.Err()
		}
		b.run()
		_, err := b.Apply(t.Context(), simple("claimed"))
		require.NoError(t, err)
		time.Sleep(time.Second / 2) // the source has ended; the claim of the job is being committed
		b.end()
		time.Sleep(time.Minute)
		require.LessOrEqual(t, entered, 1, "nothing runs any more that could run again")
	})
}
