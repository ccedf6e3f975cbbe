package penstock_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// TestLatestOrAll: a stage that was asked, failed and was retried shows each action and rule as often as it ran, or only the newest of each.
func TestLatestOrAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := penstock.WithActor(t.Context(), "ana")
		asked := 0
		b := newBench(t, penstock.Config{}, func(actions *penstock.Actions) {
			penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[ask]) error {
				if asked++; asked == 1 {
					return errors.New("no")
				}
				return nil
			})
		})
		b.run()
		applied, err := b.Apply(ctx, penstock.NewPipeline("p",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
			penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "it"})).OnSuccess(penstock.Require(penstock.NewRule("Ask", ask{Answer: "yes"}))),
		))
		require.NoError(t, err)
		x, err := b.Wait(ctx, "p", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, []any{penstock.StatusFailed, 1}, []any{x.Status, x.Attempt})
		_, err = b.Do(ctx, penstock.RetryStageExecution{Pipeline: "p", Stage: "Work", Execution: x.ID, Mode: penstock.AllActions})
		require.NoError(t, err)
		x, err = b.Wait(ctx, "p", x.ID)
		require.NoError(t, err)
		require.Equal(t, []any{penstock.StatusSucceeded, 2}, []any{x.Status, x.Attempt})

		for _, test := range []struct {
			latest         bool
			actions, rules []string
		}{
			{false, []string{"Job", "Job", "Fetch"}, []string{"Ask Succeeded", "Ask Failed"}},
			{true, []string{"Job", "Fetch"}, []string{"Ask Succeeded"}},
		} {
			actions, err := b.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "p", Execution: x.ID, Latest: test.latest})
			require.NoError(t, err)
			var names []string
			for _, a := range actions.Actions {
				names = append(names, a.Action)
			}
			require.Equal(t, test.actions, names, "newest first")
			rules, err := b.RuleExecutions(ctx, penstock.RuleExecutionQuery{Pipeline: "p", Latest: test.latest})
			require.NoError(t, err)
			names = nil
			for _, r := range rules.Rules {
				names = append(names, r.Rule+" "+string(r.Status))
			}
			require.Equal(t, test.rules, names)
		}
	})
}

// TestPagesStandStill: executions that start while somebody reads page by page neither come twice nor push others out.
func TestPagesStandStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, penstock.Config{})
		b.run()
		_, err := b.Do(ctx, penstock.ApplyPipeline{Pipeline: simple("work"), NoStart: true})
		require.NoError(t, err)
		var started []string
		start := func() {
			id, err := b.Start(ctx, "simple")
			require.NoError(t, err)
			_, err = b.Wait(ctx, "simple", id)
			require.NoError(t, err)
			started = append(started, id)
		}
		for range 7 {
			start()
		}
		want := slices.Clone(started)
		slices.Reverse(want)
		var got, ran []string
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := b.Executions(ctx, penstock.ExecutionQuery{Pipeline: "simple", Cursor: cursor, Limit: 2})
			require.NoError(t, err)
			for _, x := range page.Executions {
				got = append(got, x.ID)
			}
			cursor = page.Next
			start()
		}
		require.Equal(t, want, got)
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := b.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "simple", Cursor: cursor, Limit: 2})
			require.NoError(t, err)
			for _, a := range page.Actions {
				ran = append(ran, a.Execution)
			}
			cursor = page.Next
		}
		slices.Reverse(ran)
		require.Equal(t, started, slices.Compact(ran), "one execution after the other, the newest first")
	})
}
