package sdktest

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestListPipelines(t *testing.T) {
	b := newBench(t, penstock.Config{})
	empty, err := b.ListPipelines(b.ctx, &codepipeline.ListPipelinesInput{})
	require.NoError(t, err)
	require.Empty(t, empty.Pipelines)
	var want, got []string
	for i := range 7 {
		name := fmt.Sprintf("site-%d", i)
		b.create(pipeline(name, types.ExecutionModeQueued, jobAction("Ship", "ok")))
		want = append(want, name)
	}
	for p := codepipeline.NewListPipelinesPaginator(b.Client, &codepipeline.ListPipelinesInput{MaxResults: aws.Int32(3)}); p.HasMorePages(); {
		page, err := p.NextPage(b.ctx)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Pipelines), 3)
		for _, found := range page.Pipelines {
			got = append(got, *found.Name)
			require.Equal(t, int32(1), *found.Version)
			require.Equal(t, types.PipelineTypeV2, found.PipelineType)
			require.Equal(t, types.ExecutionModeQueued, found.ExecutionMode)
			require.WithinDuration(t, time.Now(), *found.Created, time.Minute)
			require.Equal(t, found.Created, found.Updated)
		}
	}
	require.Equal(t, want, got)
	_, err = b.ListPipelines(b.ctx, &codepipeline.ListPipelinesInput{NextToken: aws.String("nonsense")})
	fails[*types.InvalidNextTokenException](t, err)
	_, err = b.ListPipelines(b.ctx, &codepipeline.ListPipelinesInput{MaxResults: aws.Int32(1001)})
	fails[*types.ValidationException](t, err)
}

func TestDeletePipeline(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	for range 2 { // what is not there is no error
		_, err := b.DeletePipeline(b.ctx, &codepipeline.DeletePipelineInput{Name: aws.String("site")})
		require.NoError(t, err)
	}
	_, err := b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site")})
	fails[*types.PipelineNotFoundException](t, err)
	_, err = b.DeletePipeline(b.ctx, &codepipeline.DeletePipelineInput{Name: aws.String("a b")})
	fails[*types.ValidationException](t, err)
	_, err = b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))})
	require.NoError(t, err)
}

func TestPutActionRevision(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Executions: 3}})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	put := func(name, stage, action, revision, change string) (*codepipeline.PutActionRevisionOutput, error) {
		return b.PutActionRevision(b.ctx, &codepipeline.PutActionRevisionInput{
			PipelineName: &name, StageName: &stage, ActionName: &action,
			ActionRevision: &types.ActionRevision{RevisionId: &revision, RevisionChangeId: &change, Created: aws.Time(time.Unix(1700000000, 0))},
		})
	}
	first, err := put("site", "Source", "Fetch", "c0ffee", "1")
	require.NoError(t, err)
	require.True(t, first.NewRevision)
	again, err := put("site", "Source", "Fetch", "c0ffee", "1")
	require.NoError(t, err)
	require.False(t, again.NewRevision)
	require.Equal(t, first.PipelineExecutionId, again.PipelineExecutionId)
	other, err := put("site", "Source", "Fetch", "c0ffee", "2")
	require.NoError(t, err)
	require.True(t, other.NewRevision)
	got, err := b.GetPipelineExecution(b.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: aws.String("site"), PipelineExecutionId: other.PipelineExecutionId})
	require.NoError(t, err)
	require.Equal(t, types.TriggerTypePutActionRevision, got.PipelineExecution.Trigger.TriggerType)

	_, err = put("site", "Source", "Fetch", "c0ffee", "3")
	fails[*types.ConcurrentPipelineExecutionsLimitExceededException](t, err)
	_, err = put("other", "Source", "Fetch", "c0ffee", "1")
	fails[*types.PipelineNotFoundException](t, err)
	_, err = put("site", "Nope", "Fetch", "c0ffee", "1")
	fails[*types.StageNotFoundException](t, err)
	_, err = put("site", "Source", "Nope", "c0ffee", "1")
	fails[*types.ActionNotFoundException](t, err)
	_, err = put("site", "Deploy", "Ship", "c0ffee", "1")
	require.Contains(t, []string{"ValidationException", "ActionNotFoundException"}, errorOf[smithy.APIError](t, err).ErrorCode(), "it is no source")
	_, err = put("site", "Source", "Fetch", "", "1")
	fails[*types.ValidationException](t, err)
}

func TestListDeployActionExecutionTargets(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	b.create(pipeline("other", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	id := b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	b.wait("site", id, penstock.StatusSucceeded)
	action := b.actions("site", 1)[0]
	ask := func(name, action, token string) error {
		in := &codepipeline.ListDeployActionExecutionTargetsInput{ActionExecutionId: &action}
		if name != "" {
			in.PipelineName = &name
		}
		if token != "" {
			in.NextToken = &token
		}
		out, err := b.ListDeployActionExecutionTargets(b.ctx, in)
		if err == nil {
			require.Empty(t, out.Targets)
		}
		return err
	}
	require.NoError(t, ask("site", action, ""))
	require.NoError(t, ask("", action, ""))
	fails[*types.ActionExecutionNotFoundException](t, ask("other", action, ""))
	fails[*types.ActionExecutionNotFoundException](t, ask("", nobody, ""))
	fails[*types.ActionExecutionNotFoundException](t, ask("site", "nonsense", ""))
	fails[*types.PipelineNotFoundException](t, ask("nothing", action, ""))
	fails[*types.InvalidNextTokenException](t, ask("site", action, "more"))
	_, err := b.ListDeployActionExecutionTargets(b.ctx, &codepipeline.ListDeployActionExecutionTargetsInput{
		ActionExecutionId: &action, Filters: []types.TargetFilter{{Name: "COLOUR", Values: []string{"red"}}},
	})
	fails[*types.ValidationException](t, err)
}
