package penstock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// gated is a pipeline whose last stage is signed off.
func gated(do string) penstock.Pipeline {
	return penstock.NewPipeline("simple",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("Work", penstock.NewAction("Job", job{Do: do, In: text.In()})).OnFailure(penstock.RollBack()),
		penstock.NewStage("SignOff", penstock.NewApproval("Release")),
	).Mode(penstock.Queued)
}

// TestWhatOperatorsSee: a success, a failure with the rollback that it began, and a stop, as the questions show them.
func TestWhatOperatorsSee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		ctx := penstock.WithActor(t.Context(), "ana")
		broken := false
		b.behave["work"] = func(context.Context, *penstock.Call[job]) error {
			if broken {
				broken = false
				return penstock.Permanent(errors.New("out of memory"))
			}
			return nil
		}
		b.run()
		applied, err := b.Apply(ctx, gated("work"))
		require.NoError(t, err)
		good := applied.Execution
		synctest.Wait()
		page, err := b.Executions(ctx, penstock.ExecutionQuery{Pipeline: "simple", SucceededIn: "Work"})
		require.NoError(t, err)
		require.Len(t, page.Executions, 1, "what still goes on may be gone back to")
		require.Equal(t, good, page.Executions[0].ID)

		broken = true
		reply, err := b.Do(ctx, penstock.StartExecution{Pipeline: "simple", Trigger: penstock.ExecutionTrigger{Type: penstock.TriggerCloudWatch, Detail: "nightly"}})
		require.NoError(t, err)
		failed, err := b.Wait(ctx, "simple", reply.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusFailed, failed.Status)
		require.Equal(t, "Work/Job: out of memory", failed.Summary)
		require.Equal(t, []string{penstock.TriggerCloudWatch, "nightly"}, []string{failed.Trigger, failed.TriggerDetail})
		require.Equal(t, "r1", failed.Revisions["Fetch"].ID)
		require.NotEmpty(t, failed.RolledBack)
		back, err := b.Wait(ctx, "simple", failed.RolledBack)
		require.NoError(t, err)
		require.Equal(t, good, back.Rollback)
		require.Equal(t, []string{penstock.TriggerAutomatedRollback, failed.ID}, []string{back.Trigger, back.TriggerDetail})
		state, err := b.State(ctx, "simple")
		require.NoError(t, err)
		require.True(t, state.Stages[1].Rollback)
		require.Equal(t, back.ID, state.Stages[1].Execution)

		_, err = b.Do(ctx, penstock.StopExecution{Pipeline: "simple", Execution: good, Abandon: true, Reason: "too late", Disable: "SignOff"})
		require.NoError(t, err)
		stopped, err := b.Wait(ctx, "simple", good)
		require.NoError(t, err)
		require.Equal(t, []string{"too late", "ana"}, []string{stopped.StopReason, stopped.StoppedBy})
		state, err = b.State(ctx, "simple")
		require.NoError(t, err)
		require.Equal(t, penstock.TransitionState{Reason: "too late", ChangedBy: "ana", ChangedAt: state.Stages[2].Transition.ChangedAt}, state.Stages[2].Transition)

		require.NoError(t, b.Retry(ctx, "simple", "SignOff", good))
		state, err = b.State(ctx, "simple")
		require.NoError(t, err)
		require.Equal(t, penstock.Retried{ByHand: 1, Latest: "ManualStageRetry"}, state.Stages[2].Retried)
	})
}

func TestADeletedPipelineIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		ctx := penstock.WithActor(t.Context(), "ana")
		b.behave["work"] = func(ctx context.Context, _ *penstock.Call[job]) error {
			<-ctx.Done()
			return ctx.Err()
		}
		b.run()
		applied, err := b.Apply(ctx, gated("work"))
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, b.Delete(ctx, "simple"))
		x, err := b.Wait(ctx, "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusCancelled, x.Status)
		require.Equal(t, "the pipeline was deleted", x.Summary)
		require.NoError(t, b.Delete(ctx, "simple"), "once more is no error")
		_, err = b.State(ctx, "simple")
		require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		_, err = b.Start(ctx, "simple")
		require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		_, err = b.VerifyAudit(ctx, "simple")
		require.NoError(t, err, "who deleted it can be asked for ever")
		again, err := b.Apply(ctx, gated("work"))
		require.NoError(t, err)
		require.Equal(t, 2, again.Version)
		require.NotEmpty(t, again.Execution)
	})
}
