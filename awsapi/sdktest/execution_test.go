package sdktest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestAnExecutionFromStartToEnd(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	ship := jobAction("Ship", "to #{variables.Target}")
	ship.Namespace, ship.InputArtifacts = aws.String("Shipped"), []types.InputArtifact{{Name: aws.String("code")}}
	ship.Configuration["Code"] = "code"
	b.wait("site", b.create(pipeline("site", types.ExecutionModeQueued, ship)), penstock.StatusSucceeded)

	started, err := b.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{
		Name: aws.String("site"), Variables: []types.PipelineVariable{{Name: aws.String("Target"), Value: aws.String("us")}},
		SourceRevisions: []types.SourceRevisionOverride{{ActionName: aws.String("Fetch"), RevisionType: types.SourceRevisionTypeCommitId, RevisionValue: aws.String("c0ffee")}},
	})
	require.NoError(t, err)
	id := *started.PipelineExecutionId
	b.wait("site", id, penstock.StatusSucceeded)

	got, err := b.GetPipelineExecution(b.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: aws.String("site"), PipelineExecutionId: &id})
	require.NoError(t, err)
	x := got.PipelineExecution
	require.Equal(t, types.PipelineExecutionStatusSucceeded, x.Status)
	require.Equal(t, types.ExecutionModeQueued, x.ExecutionMode)
	require.Equal(t, types.ExecutionTypeStandard, x.ExecutionType)
	require.Equal(t, types.TriggerTypeStartPipelineExecution, x.Trigger.TriggerType)
	require.Equal(t, "us", *x.Variables[0].ResolvedValue)
	require.Equal(t, "code", *x.ArtifactRevisions[0].Name)
	require.Equal(t, "c0ffee", *x.ArtifactRevisions[0].RevisionId)

	actions, err := b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{
		PipelineName: aws.String("site"), Filter: &types.ActionExecutionFilter{PipelineExecutionId: &id},
	})
	require.NoError(t, err)
	require.Len(t, actions.ActionExecutionDetails, 2)
	newest := actions.ActionExecutionDetails[0]
	require.Equal(t, "Ship", *newest.ActionName)
	require.Equal(t, types.ActionExecutionStatusSucceeded, newest.Status)
	require.Equal(t, "to #{variables.Target}", newest.Input.Configuration["Do"])
	require.Equal(t, "to us", newest.Input.ResolvedConfiguration["Do"])
	require.Equal(t, "Job", *newest.Input.ActionTypeId.Provider)
	require.Equal(t, "code", *newest.Input.InputArtifacts[0].Name)
	require.Equal(t, "artifacts", *newest.Input.InputArtifacts[0].S3location.Bucket)
	require.Regexp(t, `^site/code/[a-z2-7]{16}$`, *newest.Input.InputArtifacts[0].S3location.Key)
	require.Equal(t, newest.Input.InputArtifacts, actions.ActionExecutionDetails[1].Output.OutputArtifacts)
	require.Equal(t, map[string]string{"Answer": "42"}, newest.Output.OutputVariables)
	require.Equal(t, "run-7", *newest.Output.ExecutionResult.ExternalExecutionId)
	require.False(t, newest.LastUpdateTime.Before(*newest.StartTime))

	state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
	require.NoError(t, err)
	require.Equal(t, id, *state.StageStates[0].LatestExecution.PipelineExecutionId)
	require.Equal(t, "c0ffee", *state.StageStates[0].ActionStates[0].CurrentRevision.RevisionId)
	require.Equal(t, "done: to us", *state.StageStates[1].ActionStates[0].LatestExecution.Summary)
}

func TestStartsThatAreRefused(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Executions: 2}})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	variable := func(name, value string) types.PipelineVariable {
		return types.PipelineVariable{Name: &name, Value: &value}
	}
	override := func(of types.SourceRevisionType, action string) types.SourceRevisionOverride {
		return types.SourceRevisionOverride{ActionName: &action, RevisionType: of, RevisionValue: aws.String("x")}
	}
	for _, test := range []struct {
		name string
		in   codepipeline.StartPipelineExecutionInput
		says string
	}{
		{"an undeclared variable", codepipeline.StartPipelineExecutionInput{Variables: []types.PipelineVariable{variable("Nope", "x")}}, "declares no variable Nope"},
		{"a variable twice", codepipeline.StartPipelineExecutionInput{Variables: []types.PipelineVariable{variable("Target", "x"), variable("Target", "y")}}, "'variables.2.member.name'"},
		{"an empty value", codepipeline.StartPipelineExecutionInput{Variables: []types.PipelineVariable{variable("Target", "")}}, "'variables.1.member.value'"},
		{"an unknown source", codepipeline.StartPipelineExecutionInput{SourceRevisions: []types.SourceRevisionOverride{override(types.SourceRevisionTypeCommitId, "Nope")}}, "no source action Nope"},
		{"an object key", codepipeline.StartPipelineExecutionInput{SourceRevisions: []types.SourceRevisionOverride{override(types.SourceRevisionTypeS3ObjectKey, "Fetch")}}, "S3_OBJECT_KEY"},
		{"an unknown kind of revision", codepipeline.StartPipelineExecutionInput{SourceRevisions: []types.SourceRevisionOverride{override("TAG", "Fetch")}}, "enum value set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in.Name = aws.String("site")
			_, err := b.StartPipelineExecution(b.ctx, &test.in)
			require.Contains(t, *errorOf[*types.ValidationException](t, err).Message, test.says)
		})
	}
	_, err := b.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: aws.String("other")})
	fails[*types.PipelineNotFoundException](t, err)
	b.start("site")
	_, err = b.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: aws.String("site")})
	fails[*types.ConcurrentPipelineExecutionsLimitExceededException](t, err)
}

func TestTheSameTokenIsTheSameExecution(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	ids := map[string]bool{}
	for _, token := range []string{"a", "a", "b"} {
		out, err := b.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: aws.String("site"), ClientRequestToken: &token})
		require.NoError(t, err)
		ids[*out.PipelineExecutionId] = true
	}
	require.Len(t, ids, 2)
}

func TestStopPipelineExecution(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	id := b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "hold")))
	<-b.held
	stop := func(name, id string, abandon bool) error {
		_, err := b.StopPipelineExecution(b.ctx, &codepipeline.StopPipelineExecutionInput{PipelineName: &name, PipelineExecutionId: &id, Abandon: abandon, Reason: aws.String("broken")})
		return err
	}
	require.NoError(t, stop("site", id, false))
	fails[*types.DuplicatedStopRequestException](t, stop("site", id, false))
	list, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: aws.String("site")})
	require.NoError(t, err)
	require.Equal(t, types.PipelineExecutionStatusStopping, list.PipelineExecutionSummaries[0].Status)
	require.Equal(t, "broken", *list.PipelineExecutionSummaries[0].StopTrigger.Reason)

	require.NoError(t, stop("site", id, true))
	b.wait("site", id, penstock.StatusStopped)
	fails[*types.PipelineExecutionNotStoppableException](t, stop("site", id, true))
	fails[*types.PipelineExecutionNotStoppableException](t, stop("site", nobody, false))
	fails[*types.PipelineNotFoundException](t, stop("other", id, false))
	fails[*types.ValidationException](t, stop("site", "no-uuid", false))
}

func TestRetryStageExecution(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	id := b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "fail")))
	b.wait("site", id, penstock.StatusFailed)
	retry := func(name, stage, id string, mode types.StageRetryMode) error {
		_, err := b.RetryStageExecution(b.ctx, &codepipeline.RetryStageExecutionInput{PipelineName: &name, StageName: &stage, PipelineExecutionId: &id, RetryMode: mode})
		return err
	}
	state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
	require.NoError(t, err)
	require.Equal(t, types.StageExecutionStatusFailed, state.StageStates[1].LatestExecution.Status)
	require.Contains(t, *state.StageStates[1].ActionStates[0].LatestExecution.ErrorDetails.Message, "it broke")

	fails[*types.PipelineNotFoundException](t, retry("other", "Deploy", id, types.StageRetryModeFailedActions))
	fails[*types.StageNotFoundException](t, retry("site", "Nope", id, types.StageRetryModeFailedActions))
	fails[*types.ValidationException](t, retry("site", "Deploy", id, "SOME"))
	fails[*types.NotLatestPipelineExecutionException](t, retry("site", "Deploy", nobody, types.StageRetryModeFailedActions))

	b.mended = true
	require.NoError(t, retry("site", "Deploy", id, types.StageRetryModeFailedActions))
	b.wait("site", id, penstock.StatusSucceeded)
	fails[*types.StageNotRetryableException](t, retry("site", "Deploy", id, types.StageRetryModeAllActions))

	for choice, want := range map[types.StartTimeRange]int{types.StartTimeRangeAll: 3, types.StartTimeRangeLatest: 2} {
		out, err := b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{
			PipelineName: aws.String("site"),
			Filter:       &types.ActionExecutionFilter{LatestInPipelineExecution: &types.LatestInPipelineExecutionFilter{PipelineExecutionId: &id, StartTimeRange: choice}},
		})
		require.NoError(t, err)
		require.Len(t, out.ActionExecutionDetails, want, choice)
		require.Equal(t, types.ActionExecutionStatusSucceeded, out.ActionExecutionDetails[0].Status)
	}
}

func TestApprovals(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	b.wait("site", b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))), penstock.StatusSucceeded)
	_, err := b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: pipeline("site", types.ExecutionModeQueued, approvalAction())})
	require.NoError(t, err)
	for _, test := range []struct {
		status types.ApprovalStatus
		want   penstock.Status
	}{{types.ApprovalStatusApproved, penstock.StatusSucceeded}, {types.ApprovalStatusRejected, penstock.StatusFailed}} {
		id := b.start("site")
		b.await("site", id, penstock.EventActionStarted, "Release")
		state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
		require.NoError(t, err)
		token := state.StageStates[1].ActionStates[0].LatestExecution.Token
		listed, err := b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: aws.String("site"), MaxResults: aws.Int32(1)})
		require.NoError(t, err)
		require.Equal(t, token, listed.ActionExecutionDetails[0].Output.ExecutionResult.ExternalExecutionId, "as PARALLEL pipelines need it")

		in := codepipeline.PutApprovalResultInput{
			PipelineName: aws.String("site"), StageName: aws.String("Deploy"), ActionName: aws.String("Release"), Token: aws.String(nobody),
			Result: &types.ApprovalResult{Status: test.status, Summary: aws.String("seen")},
		}
		_, err = b.PutApprovalResult(b.ctx, &in)
		fails[*types.InvalidApprovalTokenException](t, err)
		in.Token = token
		out, err := b.PutApprovalResult(b.ctx, &in)
		require.NoError(t, err)
		require.False(t, out.ApprovedAt.IsZero())
		_, err = b.PutApprovalResult(b.ctx, &in)
		fails[*types.ApprovalAlreadyCompletedException](t, err)
		b.wait("site", id, test.want)
		state, err = b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
		require.NoError(t, err)
		decided := state.StageStates[1].ActionStates[0].LatestExecution
		require.Equal(t, "arn:aws:iam::123456789012:user/ana", *decided.LastUpdatedBy)
		require.Nil(t, decided.Token)

		in.ActionName = aws.String("Nope")
		_, err = b.PutApprovalResult(b.ctx, &in)
		fails[*types.ActionNotFoundException](t, err)
		in.StageName = aws.String("Nope")
		_, err = b.PutApprovalResult(b.ctx, &in)
		fails[*types.StageNotFoundException](t, err)
		in.PipelineName = aws.String("other")
		_, err = b.PutApprovalResult(b.ctx, &in)
		fails[*types.PipelineNotFoundException](t, err)
	}
}

func TestTransitions(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	b.wait("site", b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))), penstock.StatusSucceeded)
	disable := func(name, stage string, of types.StageTransitionType, reason string) error {
		_, err := b.DisableStageTransition(b.ctx, &codepipeline.DisableStageTransitionInput{PipelineName: &name, StageName: &stage, TransitionType: of, Reason: &reason})
		return err
	}
	enable := func(name, stage string, of types.StageTransitionType) error {
		_, err := b.EnableStageTransition(b.ctx, &codepipeline.EnableStageTransitionInput{PipelineName: &name, StageName: &stage, TransitionType: of})
		return err
	}
	require.NoError(t, disable("site", "Source", types.StageTransitionTypeOutbound, "freeze (all) 100 - ok"))
	require.NoError(t, disable("site", "Deploy", types.StageTransitionTypeInbound, "freeze"))
	id := b.start("site")
	b.await("site", id, penstock.EventExecutionWaiting, "")
	state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: aws.String("site")})
	require.NoError(t, err)
	gate := state.StageStates[1].InboundTransitionState
	require.False(t, gate.Enabled)
	require.Equal(t, "freeze", *gate.DisabledReason)
	require.Equal(t, "arn:aws:iam::123456789012:user/ana", *gate.LastChangedBy)
	require.Equal(t, id, *state.StageStates[1].InboundExecution.PipelineExecutionId)
	require.Len(t, state.StageStates[1].InboundExecutions, 1)

	for _, err := range []error{disable("site", "Deploy", types.StageTransitionTypeInbound, "quarter's end"), disable("site", "Deploy", types.StageTransitionTypeOutbound, "x"), enable("site", "Deploy", "inbound")} {
		fails[*types.ValidationException](t, err)
	}
	for _, of := range []types.StageTransitionType{types.StageTransitionTypeInbound, types.StageTransitionTypeOutbound} {
		fails[*types.StageNotFoundException](t, disable("site", "Nope", of, "x"))
		fails[*types.StageNotFoundException](t, enable("site", "Nope", of))
		fails[*types.PipelineNotFoundException](t, disable("other", "Deploy", of, "x"))
		fails[*types.PipelineNotFoundException](t, enable("other", "Deploy", of))
	}
	require.NoError(t, enable("site", "Source", types.StageTransitionTypeOutbound))
	b.wait("site", id, penstock.StatusSucceeded)
}

func TestQuestionsAboutWhatIsNotThere(t *testing.T) {
	b := newBench(t, penstock.Config{})
	id := b.create(pipeline("site", "", jobAction("Ship", "ok")))
	site, other := aws.String("site"), aws.String("other")
	_, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: other})
	fails[*types.PipelineNotFoundException](t, err)
	_, err = b.GetPipelineExecution(b.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: other, PipelineExecutionId: &id})
	fails[*types.PipelineNotFoundException](t, err)
	_, err = b.GetPipelineExecution(b.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: site, PipelineExecutionId: aws.String(nobody)})
	fails[*types.PipelineExecutionNotFoundException](t, err)
	_, err = b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: other})
	fails[*types.PipelineNotFoundException](t, err)
	_, err = b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: other})
	fails[*types.PipelineNotFoundException](t, err)
	_, err = b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: site, Filter: &types.ActionExecutionFilter{PipelineExecutionId: aws.String(nobody)}})
	fails[*types.PipelineExecutionNotFoundException](t, err)
}

func TestADenialIsTold(t *testing.T) {
	var asked []penstock.Access
	b := newBench(t, penstock.Config{Authorizer: penstock.AuthorizerFunc(func(_ context.Context, access penstock.Access) error {
		if asked = append(asked, access); access.Verb == penstock.VerbStart {
			return fmt.Errorf("%s may not", access.Actor)
		}
		return nil
	})})
	b.create(pipeline("site", "", jobAction("Ship", "ok")))
	_, err := b.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: aws.String("site")})
	told := errorOf[smithy.APIError](t, err)
	require.Equal(t, "AccessDeniedException", told.ErrorCode())
	require.Equal(t, "arn:aws:iam::123456789012:user/ana may not", told.ErrorMessage())
	require.True(t, slices.ContainsFunc(asked, func(a penstock.Access) bool { return a.Verb == penstock.VerbApply }))
}
