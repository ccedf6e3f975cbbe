package invoke_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/invoke"
)

// Fetch is a source that finds what it is asked for.
type Fetch struct{}

func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

func pipeline(name string, next invoke.Pipeline) penstock.Pipeline {
	return penstock.NewPipeline(name,
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{})),
		penstock.NewStage("Next", penstock.NewAction("Start", next)),
	).Mode(penstock.Queued).Variables(penstock.NewPipelineVariable[string]("Target").Default("eu"))
}

// with runs an engine around a function.
func with(t *testing.T, f func(ctx context.Context, eng *penstock.Engine) error) {
	var actions penstock.Actions
	var invoker invoke.Invoker
	penstock.Register(&actions, &invoker)
	penstock.RegisterFunc(&actions, func(_ context.Context, call *penstock.Call[Fetch]) error {
		return call.SetRevision(penstock.Revision{ID: "r" + call.RequestedRevision})
	})
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	require.NoError(t, err)
	invoker.Engine = eng
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	require.NoError(t, eng.RunWhile(ctx, func(ctx context.Context) error { return f(ctx, eng) }))
}

func TestAPipelineStartsAnother(t *testing.T) {
	with(t, func(ctx context.Context, eng *penstock.Engine) error {
		_, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: pipeline("second", invoke.Pipeline{PipelineName: "none"}), NoStart: true})
		require.NoError(t, err)
		applied, err := eng.Apply(ctx, pipeline("first", invoke.Pipeline{
			PipelineName: "second", Variables: []invoke.Variable{{Name: "Target", Value: "us"}},
			SourceRevisions: []invoke.SourceRevision{{Action: "Fetch", Type: penstock.CommitID, Value: "7"}},
		}))
		require.NoError(t, err)
		first, err := eng.Wait(ctx, "first", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, first.Status, first.Summary)
		page, err := eng.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "first", Execution: first.ID})
		require.NoError(t, err)
		started := page.Actions[0]
		require.Equal(t, started.ExternalID, started.Variables["PipelineExecutionId"])

		second, err := eng.Wait(ctx, "second", started.ExternalID)
		require.NoError(t, err)
		require.Equal(t, penstock.TriggerStart, second.Trigger)
		require.Equal(t, "pipeline first execution "+first.ID+" action Next/Start", second.TriggerDetail)
		require.Equal(t, map[string]string{"Target": "us"}, second.Variables)
		require.Equal(t, "r7", second.Revisions["Fetch"].ID)
		require.Equal(t, penstock.StatusFailed, second.Status, "it starts what is not there")
		require.Contains(t, second.Summary, "there is no pipeline none")
		return nil
	})
}

func TestACircleEnds(t *testing.T) {
	with(t, func(ctx context.Context, eng *penstock.Engine) error {
		_, err := eng.Apply(ctx, pipeline("ping", invoke.Pipeline{PipelineName: "ping"}))
		require.NoError(t, err)
		for e, err := range eng.Follow(ctx, penstock.EventQuery{Pipeline: "ping"}) {
			require.NoError(t, err)
			if e.Kind == penstock.EventExecutionEnded && e.Status == penstock.StatusFailed {
				break
			}
		}
		page, err := eng.Executions(ctx, penstock.ExecutionQuery{Pipeline: "ping"})
		require.NoError(t, err)
		require.Len(t, page.Executions, invoke.Deepest)
		require.Contains(t, page.Executions[0].Summary, "there may be a circle")
		return nil
	})
}
