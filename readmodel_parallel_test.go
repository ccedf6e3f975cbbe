package penstock_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// TestAParallelExecutionIsOneWithAllItsAttempts: retried after it has ended it is the same execution, in all that can be read and in what is
// told, while it goes on and when it has ended again.
func TestAParallelExecutionIsOneWithAllItsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, to := newBench(t, penstock.Config{}), &told{}
		works, done := false, make(chan struct{})
		b.behave["fail"] = func(context.Context, *penstock.Call[job]) error {
			if !works {
				return errors.New("it broke")
			}
			<-done
			return nil
		}
		subscribe(t, b.Engine, penstock.Subscription{Name: "s"}, to)
		ctx := penstock.WithActor(t.Context(), "ana")
		applied, err := b.Apply(ctx, simple("fail").Mode(penstock.InParallel))
		require.NoError(t, err)
		b.run()
		time.Sleep(5 * time.Second)
		reads := func(status penstock.Status, attempt int, ran ...penstock.Status) {
			t.Helper()
			all, err := b.Executions(ctx, penstock.ExecutionQuery{Pipeline: "simple"})
			require.NoError(t, err)
			require.Len(t, all.Executions, 1)
			one, err := b.Execution(ctx, "simple", applied.Execution)
			require.NoError(t, err)
			require.Equal(t, one, all.Executions[0])
			require.Equal(t, []any{applied.Execution, status, attempt}, []any{one.ID, one.Status, one.Attempt})
			page, err := b.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "simple", Execution: one.ID})
			require.NoError(t, err)
			var are []penstock.Status
			for _, a := range page.Actions {
				are = append(are, a.Status)
			}
			require.Equal(t, ran, are, "newest first")
		}
		reads(penstock.StatusFailed, 1, penstock.StatusFailed, penstock.StatusSucceeded)
		works = true
		require.NoError(t, b.Retry(ctx, "simple", "Work", applied.Execution))
		time.Sleep(5 * time.Second)
		reads(penstock.StatusInProgress, 2, penstock.StatusInProgress, penstock.StatusFailed, penstock.StatusSucceeded)
		close(done)
		time.Sleep(5 * time.Second)
		reads(penstock.StatusSucceeded, 2, penstock.StatusSucceeded, penstock.StatusFailed, penstock.StatusSucceeded)
		require.Equal(t, []string{
			"action Work/Job FAILED 1.1", "stage Work FAILED 1.1", "execution FAILED 1.1",
			"execution RESUMED 1.2", "stage Work RESUMED 1.2", "action Work/Job STARTED 1.2", "action Work/Job SUCCEEDED 1.2", "stage Work SUCCEEDED 1.2", "execution SUCCEEDED 1.2",
		}, to.lines()[7:])
	})
}

// TestAParallelExecutionGoesOnByAnOverride: it has ended before.
func TestAParallelExecutionGoesOnByAnOverride(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &told{}
		b := newBench(t, penstock.Config{}, func(actions *penstock.Actions) {
			penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[ask]) error { return errors.New("no") })
		})
		subscribe(t, b.Engine, penstock.Subscription{Name: "s"}, to)
		ctx := penstock.WithActor(t.Context(), "ana")
		applied, err := b.Apply(ctx, asking(penstock.NewRule("Ask", ask{Answer: "yes"})).Mode(penstock.InParallel))
		require.NoError(t, err)
		b.run()
		time.Sleep(5 * time.Second)
		require.NoError(t, b.OverrideCondition(ctx, "p", "Work", applied.Execution, penstock.GateBeforeEntry))
		x, err := b.Wait(ctx, "p", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, []any{penstock.StatusSucceeded, 1}, []any{x.Status, x.Attempt})
		time.Sleep(5 * time.Second)
		require.Equal(t, "stage Work FAILED 1.1\nexecution FAILED 1.1\nexecution RESUMED 1.1\nstage Work RESUMED 1.1\n"+
			"action Work/Job STARTED 1.1\naction Work/Job SUCCEEDED 1.1\nstage Work SUCCEEDED 1.1\nexecution SUCCEEDED 1.1", strings.Join(to.lines()[6:], "\n"))
	})
}
