package sdktest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

var started = time.Unix(1700000000, 0)

func TestTheStateOfAStageThatWasRetried(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	p := pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "fail"))
	p.Stages[1].OnFailure = &types.FailureConditions{Result: types.ResultRetry, RetryConfiguration: &types.RetryConfiguration{RetryMode: types.StageRetryModeAllActions}}
	id := b.create(p)
	b.wait("site", id, penstock.StatusFailed)
	require.Equal(t, &types.RetryStageMetadata{AutoStageRetryAttempt: aws.Int32(1), LatestRetryTrigger: types.RetryTriggerAutomatedStageRetry}, b.deployState("site").RetryStageMetadata)
	_, err := b.RetryStageExecution(b.ctx, &codepipeline.RetryStageExecutionInput{
		PipelineName: aws.String("site"), StageName: aws.String("Deploy"), PipelineExecutionId: &id, RetryMode: types.StageRetryModeFailedActions,
	})
	require.NoError(t, err)
	b.wait("site", id, penstock.StatusFailed)
	require.Equal(t, &types.RetryStageMetadata{
		AutoStageRetryAttempt: aws.Int32(1), ManualStageRetryAttempt: aws.Int32(1), LatestRetryTrigger: types.RetryTriggerManualStageRetry,
	}, b.deployState("site").RetryStageMetadata)
}

func TestTheStateTellsWhatTheEngineKnows(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	_, err := b.CreateCustomActionType(b.ctx, scanType())
	require.NoError(t, err)
	scan := types.ActionDeclaration{
		Name: aws.String("Scan"), Configuration: map[string]string{"Project": "web", "Password": "hunter2"},
		ActionTypeId: &types.ActionTypeId{Category: types.ActionCategoryTest, Owner: types.ActionOwnerCustom, Provider: aws.String("Scan"), Version: aws.String("1")},
	}
	id := b.create(pipeline("site", types.ExecutionModeQueued, scan))
	b.await("site", id, penstock.EventActionEnded, "Fetch")
	waiting := []string{b.start("site"), b.start("site")}
	for _, x := range waiting {
		b.await("site", x, penstock.EventActionEnded, "Fetch") // and with it, it waits for the next stage
	}
	state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), *state.Created, time.Minute)
	require.Equal(t, state.Created, state.Updated)
	source := state.StageStates[0].ActionStates[0]
	require.Equal(t, "a1b2c3", *source.CurrentRevision.RevisionId)
	require.Equal(t, "a1b2c3", *source.CurrentRevision.RevisionChangeId)
	require.Equal(t, "https://example.com/a1b2c3", *source.RevisionUrl)
	deploy := state.StageStates[1]
	require.Equal(t, "https://scan.example/web/", *deploy.ActionStates[0].EntityUrl)
	require.Equal(t, waiting[0], *deploy.InboundExecution.PipelineExecutionId)
	require.Len(t, deploy.InboundExecutions, 2)
	require.Equal(t, waiting[1], *deploy.InboundExecutions[1].PipelineExecutionId)
	require.Nil(t, deploy.RetryStageMetadata)

	listed, err := b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: aws.String("site")})
	require.NoError(t, err)
	for _, a := range listed.ActionExecutionDetails {
		require.NotContains(t, a.Input.ResolvedConfiguration, "hunter2")
		if *a.ActionName == "Scan" {
			require.Equal(t, "****", a.Input.Configuration["Password"])
			require.Equal(t, "****", a.Input.ResolvedConfiguration["Password"])
		}
	}
	got, err := b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site")})
	require.NoError(t, err)
	require.Equal(t, state.Created, got.Metadata.Created)
	require.Equal(t, state.Updated, got.Metadata.Updated)
}

func TestAnAnnouncedRevisionIsTheCurrentOne(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	b.wait("site", b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))), penstock.StatusSucceeded)
	out, err := b.PutActionRevision(b.ctx, &codepipeline.PutActionRevisionInput{
		PipelineName: aws.String("site"), StageName: aws.String("Source"), ActionName: aws.String("Fetch"),
		ActionRevision: &types.ActionRevision{RevisionId: aws.String("c0ffee"), RevisionChangeId: aws.String("build-7"), Created: &started},
	})
	require.NoError(t, err)
	b.wait("site", *out.PipelineExecutionId, penstock.StatusSucceeded)
	state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
	require.NoError(t, err)
	revision := state.StageStates[0].ActionStates[0].CurrentRevision
	require.Equal(t, "c0ffee", *revision.RevisionId)
	require.Equal(t, "build-7", *revision.RevisionChangeId)
}

// The engine takes any reason; clients that check answers know some characters only.
func TestAReasonThatTheModelHasNoRoomFor(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	_, err := b.engine.Do(b.ctx, penstock.SetTransition{Pipeline: "site", Stage: "Deploy", Reason: "quarter's end, no release"})
	require.NoError(t, err)
	require.Equal(t, "quarter?s end? no release", *b.deployState("site").InboundTransitionState.DisabledReason)
}
