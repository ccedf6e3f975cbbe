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
