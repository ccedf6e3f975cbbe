package sdktest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

const nobody = "00000000-0000-8000-8000-000000000000"

func TestCreatePipeline(t *testing.T) {
	b := newBench(t, penstock.Config{})
	p := pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))
	out, err := b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
	require.NoError(t, err)
	require.Equal(t, int32(1), *out.Pipeline.Version)
	require.Equal(t, int32(1), *out.Pipeline.Stages[1].Actions[0].RunOrder, "defaults are told")
	require.Empty(t, out.Pipeline.Stages[1].Actions[0].InputArtifacts)
	require.NotNil(t, out.Pipeline.Stages[1].Actions[0].InputArtifacts)

	list, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: p.Name})
	require.NoError(t, err)
	require.Len(t, list.PipelineExecutionSummaries, 1, "a new pipeline starts")
	require.Equal(t, types.TriggerTypeCreatePipeline, list.PipelineExecutionSummaries[0].Trigger.TriggerType)
	require.Equal(t, "arn:aws:iam::123456789012:user/ana", *list.PipelineExecutionSummaries[0].Trigger.TriggerDetail)

	_, err = b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
	require.Equal(t, "A pipeline with the name 'site' already exists in account '123456789012'", *errorOf[*types.PipelineNameInUseException](t, err).Message)
}

func TestWhatCannotBeAPipeline(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(p *types.PipelineDeclaration)
		want   string
		says   string
	}{
		{"a bad name", func(p *types.PipelineDeclaration) { p.Name = aws.String("a b") }, "ValidationException", "1 validation error detected: Value 'a b' at 'pipeline.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+"},
		{"one stage", func(p *types.PipelineDeclaration) { p.Stages = p.Stages[:1] }, "InvalidStructureException", "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline"},
		{"two stages of a name", func(p *types.PipelineDeclaration) { p.Stages[1].Name = p.Stages[0].Name }, "InvalidStageDeclarationException", "Stage name 'Source' is used more than once"},
		{"an unknown type", func(p *types.PipelineDeclaration) { p.Stages[1].Actions[0].ActionTypeId.Provider = aws.String("Nope") }, "InvalidActionDeclarationException", ""},
		{"an empty value", func(p *types.PipelineDeclaration) { p.Stages[1].Actions[0].Configuration["Do"] = "" }, "ValidationException", ""},
		{"V1 with a mode", func(p *types.PipelineDeclaration) { p.PipelineType = types.PipelineTypeV1 }, "InvalidStructureException", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, penstock.Config{})
			p := pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))
			test.change(p)
			_, err := b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
			told := errorOf[smithy.APIError](t, err)
			require.Equal(t, test.want, told.ErrorCode(), told.ErrorMessage())
			if test.says != "" {
				require.Equal(t, test.says, told.ErrorMessage())
			}
			_, err = b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site")})
			fails[*types.PipelineNotFoundException](t, err)
		})
	}
}

func TestTagsAtCreation(t *testing.T) {
	b := newBench(t, penstock.Config{})
	create := func(name string, tags ...types.Tag) (*codepipeline.CreatePipelineOutput, error) {
		return b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: pipeline(name, "", jobAction("Ship", "ok")), Tags: tags})
	}
	team := types.Tag{Key: aws.String("team"), Value: aws.String("web")}
	out, err := create("site", team)
	require.NoError(t, err)
	require.Equal(t, []types.Tag{team}, out.Tags)
	info, err := b.engine.PipelineInfo(context.Background(), "site")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"team": "web"}, info.Tags)

	_, err = create("other", types.Tag{Key: aws.String("aws:team"), Value: aws.String("web")})
	fails[*types.InvalidTagsException](t, err)
	_, err = create("other", team, team)
	fails[*types.InvalidTagsException](t, err)
	var many []types.Tag
	for i := range 51 {
		many = append(many, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	_, err = create("other", many...)
	fails[*types.TooManyTagsException](t, err)
	_, err = b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("other")})
	fails[*types.PipelineNotFoundException](t, err)
}

// Two handlers on two engines of one store: no lock of theirs could keep the name.
func TestOfTwoThatCreateOneDoes(t *testing.T) {
	state := memory.New(nil)
	benches := []*bench{newBench(t, penstock.Config{State: state}), newBench(t, penstock.Config{State: state})}
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			b := benches[i%2]
			_, errs[i] = b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: pipeline("site", "", jobAction("Ship", "ok"))})
		})
	}
	wait.Wait()
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
			continue
		}
		fails[*types.PipelineNameInUseException](t, err)
	}
	require.Equal(t, 1, created)
}

func TestTheQuotaOfPipelines(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Pipelines: 1}})
	b.create(pipeline("site", "", jobAction("Ship", "ok")))
	_, err := b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: pipeline("other", "", jobAction("Ship", "ok"))})
	fails[*types.LimitExceededException](t, err)
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: pipeline("site", "", jobAction("Ship", "ok"))})
	require.NoError(t, err)
}

func TestGetPipeline(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", "", jobAction("Ship", "ok")))
	got, err := b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site"), Version: aws.Int32(1)})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:codepipeline:eu-west-1:123456789012:site", *got.Metadata.PipelineArn)
	require.Equal(t, "eu", *got.Pipeline.Variables[0].DefaultValue)

	_, err = b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site"), Version: aws.Int32(2)})
	fails[*types.PipelineVersionNotFoundException](t, err)
	_, err = b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("other"), Version: aws.Int32(2)})
	require.Equal(t, "Account '123456789012' does not have a pipeline with name 'other'", *errorOf[*types.PipelineNotFoundException](t, err).Message)
}

func TestUpdatePipeline(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", "", jobAction("Ship", "ok")))
	got, err := b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site")})
	require.NoError(t, err)
	for version := range int32(2) {
		out, err := b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: got.Pipeline})
		require.NoError(t, err)
		require.Equal(t, version+2, *out.Pipeline.Version, "every update is a version, whatever it changes")
	}
	got.Pipeline.Stages = got.Pipeline.Stages[:1]
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: got.Pipeline})
	fails[*types.InvalidStructureException](t, err)
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: pipeline("other", "", jobAction("Ship", "ok"))})
	require.Equal(t, "PipelineNotFoundException", errorOf[smithy.APIError](t, err).ErrorCode())
}

// What get-pipeline tells of a pipeline that Go built, update-pipeline takes; and what it does not tell is kept.
func TestAnUpdateKeepsWhatTheServiceHasNoWordsFor(t *testing.T) {
	b := newBench(t, penstock.Config{})
	built := penstock.NewPipeline("site",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
		penstock.NewStage("Deploy",
			penstock.Parallel(
				penstock.NewAction("One", job{Do: "ok"}).Retry(2).Timeout(time.Hour), penstock.NewAction("Two", job{Do: "ok"}).Retry(3),
			).Limit(1),
		),
		penstock.NewStage("Same", penstock.Parallel(penstock.NewAction("Five", job{}), penstock.NewAction("Six", job{}), penstock.NewAction("Seven", job{})).Limit(2)),
		penstock.NewStage("After", penstock.Parallel(penstock.NewAction("Three", job{}), penstock.NewAction("Four", job{})).Limit(1)),
	)
	_, err := b.engine.Apply(context.Background(), built)
	require.NoError(t, err)
	got, err := b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: aws.String("site")})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iam::123456789012:role/penstock", *got.Pipeline.RoleArn)
	require.Equal(t, "penstock-artifacts", *got.Pipeline.ArtifactStore.Location)

	got.Pipeline.Stages[1].Actions[0].Configuration["Do"] = "hold"
	got.Pipeline.Stages[1].Actions[1].Name = aws.String("Zwei")
	got.Pipeline.Stages[3].Actions[1].RunOrder = aws.Int32(2)
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: got.Pipeline})
	require.NoError(t, err)
	stored, version, err := b.engine.Pipeline(context.Background(), "site", 0)
	require.NoError(t, err)
	require.Equal(t, 2, version)
	data, err := stored.MarshalJSON()
	require.NoError(t, err)
	require.Contains(t, string(data), `"One":{"timeout":"1h0m0s","retry":{"max":2}}`)
	require.NotContains(t, string(data), `"max":3`, "of an action that is not there any more")
	require.NotContains(t, string(data), `"limit":1`, "of groups whose actions have changed")
	require.Contains(t, string(data), `"limit":2`)
}

// The answer is lost, the SDK sends the command again under the same invocation ID, and it is answered as it would have been.
func TestACommandThatIsRetriedActsOnce(t *testing.T) {
	b := newBench(t, penstock.Config{})
	lossy := codepipeline.New(codepipeline.Options{
		Region: region, BaseEndpoint: aws.String(b.server.URL), HTTPClient: &loseAnswers{next: checked{t}}, Credentials: credentials{}, Retryer: quick(),
	})
	p := pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))
	created, err := lossy.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
	require.NoError(t, err)
	require.Equal(t, int32(1), *created.Pipeline.Version)
	updated, err := lossy.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: p})
	require.NoError(t, err)
	require.Equal(t, int32(2), *updated.Pipeline.Version)
	_, err = lossy.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: p.Name})
	require.NoError(t, err)
	list, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: p.Name})
	require.NoError(t, err)
	require.Len(t, list.PipelineExecutionSummaries, 2)
}

func TestSecretsAreMasked(t *testing.T) {
	b := newBench(t, penstock.Config{})
	p := pipeline("site", "", jobAction("Ship", "ok"))
	p.Stages[0].Actions[0] = types.ActionDeclaration{
		Name: aws.String("Fetch"), OutputArtifacts: []types.OutputArtifact{{Name: aws.String("code")}},
		Configuration: map[string]string{"Owner": "acme", "Repo": "site", "Branch": "main", "OAuthToken": "hunter2"},
		ActionTypeId:  &types.ActionTypeId{Category: types.ActionCategorySource, Owner: types.ActionOwnerThirdParty, Provider: aws.String("GitHub"), Version: aws.String("1")},
	}
	created, err := b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
	require.NoError(t, err)
	require.Equal(t, "****", created.Pipeline.Stages[0].Actions[0].Configuration["OAuthToken"])
	listed, err := b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: p.Name})
	require.NoError(t, err)
	require.Equal(t, "****", listed.ActionExecutionDetails[0].Input.Configuration["OAuthToken"])
	require.Equal(t, "****", listed.ActionExecutionDetails[0].Input.ResolvedConfiguration["OAuthToken"])

	got, err := b.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: p.Name})
	require.NoError(t, err)
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: got.Pipeline})
	require.NoError(t, err)
	changes, err := b.engine.PipelineVersions(b.ctx, penstock.PipelineVersionQuery{Pipeline: "site"})
	require.NoError(t, err)
	require.Len(t, changes.Versions, 2)
	require.Empty(t, changes.Versions[0].Changes, "the mask keeps what is stored")

	got.Pipeline.Stages[0].Actions[0].Name = aws.String("Other")
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: got.Pipeline})
	require.Contains(t, *errorOf[*types.InvalidActionDeclarationException](t, err).Message, "'OAuthToken'")
}
