package sdktest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func failureOf(kind types.FailureType, message string) *types.FailureDetails {
	return &types.FailureDetails{Type: kind, Message: &message, ExternalExecutionId: aws.String("make-8")}
}

func TestPollingThatIsRefused(t *testing.T) {
	w := newWorks(t, "", nil)
	defer w.stop()
	w.declare()
	third := *makeType
	third.Owner = types.ActionOwnerThirdParty
	unknown := *workType(types.ActionCategoryBuild, "Nobody")
	for name, in := range map[string]codepipeline.PollForJobsInput{
		"a third party's":      {ActionTypeId: &third},
		"no query":             {ActionTypeId: makeType},
		"another query":        {ActionTypeId: makeType, QueryParam: map[string]string{"Token": "x"}},
		"two queries":          {ActionTypeId: makeType, QueryParam: map[string]string{"Project": "x", "Token": "x"}},
		"a query that is none": {ActionTypeId: makeType, QueryParam: map[string]string{"Project": "a b"}},
		"a query too many":     {ActionTypeId: rollType, QueryParam: map[string]string{"Project": "x"}},
		"no jobs":              {ActionTypeId: rollType, MaxBatchSize: aws.Int32(0)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.PollForJobs(t.Context(), &in)
			fails[*types.ValidationException](t, err)
		})
	}
	_, err := w.PollForJobs(t.Context(), &codepipeline.PollForJobsInput{ActionTypeId: &unknown})
	fails[*types.ActionTypeNotFoundException](t, err)
	_, err = w.PollForThirdPartyJobs(t.Context(), &codepipeline.PollForThirdPartyJobsInput{ActionTypeId: makeType})
	fails[*types.ValidationException](t, err)
	unknown.Owner = types.ActionOwnerThirdParty
	_, err = w.PollForThirdPartyJobs(t.Context(), &codepipeline.PollForThirdPartyJobsInput{ActionTypeId: &unknown})
	fails[*types.ActionTypeNotFoundException](t, err)
	out, err := w.PollForJobs(t.Context(), &codepipeline.PollForJobsInput{ActionTypeId: rollType})
	require.NoError(t, err)
	require.Empty(t, out.Jobs)
}

func TestAnswersThatAreRefused(t *testing.T) {
	w := newWorks(t, "", nil)
	defer w.stop()
	w.declare()
	w.create(factory())
	w.fetched(map[string]string{"a": "b"})
	ctx, none := t.Context(), aws.String(nobody)
	acknowledge := func(id, nonce *string) error {
		_, err := w.AcknowledgeJob(ctx, &codepipeline.AcknowledgeJobInput{JobId: id, Nonce: nonce})
		return err
	}
	succeed := func(in codepipeline.PutJobSuccessResultInput) error {
		_, err := w.PutJobSuccessResult(ctx, &in)
		return err
	}
	fail := func(id *string, details *types.FailureDetails) error {
		_, err := w.PutJobFailureResult(ctx, &codepipeline.PutJobFailureResultInput{JobId: id, FailureDetails: details})
		return err
	}
	details := func(id *string) error {
		_, err := w.GetJobDetails(ctx, &codepipeline.GetJobDetailsInput{JobId: id})
		return err
	}
	fails[*types.JobNotFoundException](t, acknowledge(none, aws.String("1")))
	fails[*types.JobNotFoundException](t, succeed(codepipeline.PutJobSuccessResultInput{JobId: none}))
	fails[*types.JobNotFoundException](t, fail(none, failureOf(types.FailureTypeJobFailed, "x")))
	fails[*types.JobNotFoundException](t, details(none))
	for _, err := range []error{
		acknowledge(aws.String("no-uuid"), aws.String("1")), succeed(codepipeline.PutJobSuccessResultInput{JobId: aws.String("no-uuid")}), details(aws.String("no-uuid")),
		fail(aws.String("no-uuid"), failureOf(types.FailureTypeJobFailed, "x")),
	} {
		fails[*types.ValidationException](t, err)
	}

	job := w.poll(makeType)
	fails[*types.InvalidJobStateException](t, succeed(codepipeline.PutJobSuccessResultInput{JobId: job.Id}))
	fails[*types.InvalidJobStateException](t, fail(job.Id, failureOf(types.FailureTypeJobFailed, "x")))
	fails[*types.InvalidNonceException](t, acknowledge(job.Id, aws.String("99")))
	fails[*types.InvalidNonceException](t, acknowledge(job.Id, aws.String("nonsense")))
	require.NoError(t, acknowledge(job.Id, job.Nonce))
	require.NoError(t, acknowledge(job.Id, job.Nonce), "again")
	large := map[string]string{"a": noiseText(5 << 20)}
	for name, in := range map[string]codepipeline.PutJobSuccessResultInput{
		"variables with a continuation": {ContinuationToken: aws.String("x"), OutputVariables: map[string]string{"a": "b"}},
		"a variable's name":             {OutputVariables: map[string]string{"a b": "c"}},
		"percent":                       {ExecutionDetails: &types.ExecutionDetails{PercentComplete: aws.Int32(101)}},
	} {
		in.JobId = job.Id
		var refused *types.ValidationException
		require.ErrorAs(t, succeed(in), &refused, name)
	}
	fails[*types.ValidationException](t, fail(job.Id, failureOf("Tired", "x")))
	err := succeed(codepipeline.PutJobSuccessResultInput{JobId: job.Id, OutputVariables: map[string]string{"a": large["a"][:200_000]}})
	fails[*types.OutputVariablesSizeExceededException](t, err)
	require.NoError(t, fail(job.Id, failureOf(types.FailureTypeConfigurationError, "no compiler")))

	fails[*types.InvalidJobStateException](t, fail(job.Id, failureOf(types.FailureTypeJobFailed, "x")))
	fails[*types.InvalidJobStateException](t, succeed(codepipeline.PutJobSuccessResultInput{JobId: job.Id}))
	fails[*types.InvalidNonceException](t, acknowledge(job.Id, job.Nonce))
	fails[*types.JobNotFoundException](t, details(job.Id))
	state, err := w.GetPipelineState(ctx, &codepipeline.GetPipelineStateInput{Name: factory().Name})
	require.NoError(t, err)
	told := state.StageStates[1].ActionStates[0].LatestExecution
	require.Equal(t, []string{"ConfigurationError", "no compiler", "make-8"}, []string{*told.ErrorDetails.Code, *told.ErrorDetails.Message, *told.ExternalExecutionId})
}

// noiseText is a long text.
func noiseText(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = 'a' + byte(i%26)
	}
	return string(out)
}

// Types may take and give nothing; then there are no credentials.
func TestJobsWithoutArtifacts(t *testing.T) {
	w := newWorks(t, "", nil)
	defer w.stop()
	w.declare()
	p := factory()
	p.Stages[0].Actions[0].OutputArtifacts = nil
	deploy := types.ActionDeclaration{Name: aws.String("Roll"), ActionTypeId: rollType}
	p.Stages = []types.StageDeclaration{p.Stages[0], {Name: aws.String("Deploy"), Actions: []types.ActionDeclaration{deploy}}}
	id := w.create(p)
	source := w.begin(repoType)
	require.Nil(t, source.Data.ArtifactCredentials)
	_, err := w.PutJobSuccessResult(t.Context(), &codepipeline.PutJobSuccessResultInput{
		JobId: source.Id, CurrentRevision: &types.CurrentRevision{Revision: aws.String("7"), ChangeIdentifier: aws.String("x")},
	})
	require.NoError(t, err)
	w.succeed(w.begin(rollType))
	w.wait(*p.Name, id, penstock.StatusSucceeded)
	list, err := w.ListPipelineExecutions(t.Context(), &codepipeline.ListPipelineExecutionsInput{PipelineName: p.Name})
	require.NoError(t, err)
	require.Equal(t, "7", *list.PipelineExecutionSummaries[0].SourceRevisions[0].RevisionId)
}

// A batch has as many jobs as there are, and each is handed out once.
func TestABatchOfJobs(t *testing.T) {
	w := newWorks(t, "", nil)
	defer w.stop()
	w.declare()
	p := factory()
	more := p.Stages[1].Actions[0]
	p.Stages[1].Actions = nil
	for _, name := range []string{"One", "Two", "Three"} {
		more.Name, more.OutputArtifacts, more.Namespace = aws.String(name), nil, nil
		p.Stages[1].Actions = append(p.Stages[1].Actions, more)
	}
	p.Stages[2].Actions[0].InputArtifacts = nil
	w.create(p)
	w.fetched(map[string]string{"a": "b"})
	seen := map[string]bool{}
	first := w.pollAll(2)
	require.Len(t, first, 2)
	for _, job := range append(first, w.pollAll(10)...) {
		seen[*job.Data.PipelineContext.Action.Name] = true
	}
	require.Len(t, seen, 3)
	require.Empty(t, w.pollAll(1))
}

// pollAll waits for the build, and polls once.
func (w *works) pollAll(most int32) []types.Job {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, time.Minute)
	defer stop()
	for e, err := range w.engine.Follow(ctx, penstock.EventQuery{}) {
		require.NoError(w.t, err)
		if e.Kind == penstock.EventJobQueued && strings.Contains(e.Text, "Make") {
			break
		}
	}
	out, err := w.PollForJobs(w.ctx, &codepipeline.PollForJobsInput{ActionTypeId: makeType, MaxBatchSize: &most, QueryParam: map[string]string{"Project": "shop"}})
	require.NoError(w.t, err)
	return out.Jobs
}

var scannerType = &types.ActionTypeId{Category: types.ActionCategoryTest, Owner: types.ActionOwnerThirdParty, Provider: aws.String("Scan"), Version: aws.String("1")}

// scanned is a pipeline whose second stage is a third party's.
func (w *works) scanned() (p *types.PipelineDeclaration, id string) {
	w.t.Helper()
	_, err := w.engine.Do(w.ctx, penstock.UpdateActionType{Publish: true, Type: penstock.PublishedActionType{
		Type:   penstock.ActionType{Category: penstock.CategoryTest, Owner: penstock.OwnerThirdParty, Provider: "Scan", Version: "1"},
		Inputs: penstock.ArtifactCount{Max: 1}, Outputs: penstock.ArtifactCount{Max: 1}, PollingAccounts: []string{"123456789012"},
	}})
	require.NoError(w.t, err)
	p = factory()
	p.Stages = p.Stages[:2]
	p.Stages[1].Actions = []types.ActionDeclaration{{
		Name: aws.String("Scan"), ActionTypeId: scannerType, InputArtifacts: []types.InputArtifact{{Name: aws.String("SourceArtifact")}}, OutputArtifacts: []types.OutputArtifact{{Name: aws.String("Findings")}},
	}}
	id = w.create(p)
	w.fetched(map[string]string{"a": "b"})
	return p, id
}

func (w *works) pollThirdParty() types.ThirdPartyJob {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, time.Minute)
	defer stop()
	for _, err := range w.engine.Follow(ctx, penstock.EventQuery{}) {
		require.NoError(w.t, err)
		out, err := w.PollForThirdPartyJobs(w.ctx, &codepipeline.PollForThirdPartyJobsInput{ActionTypeId: scannerType})
		require.NoError(w.t, err)
		if len(out.Jobs) > 0 {
			return out.Jobs[0]
		}
	}
	require.Fail(w.t, "the feed ended")
	return types.ThirdPartyJob{}
}

func TestThirdParties(t *testing.T) {
	w := newWorks(t, "", nil)
	defer w.stop()
	w.declare()
	p, id := w.scanned()
	job, ctx, wrong := w.pollThirdParty(), t.Context(), aws.String(nobody)

	details := func(id, token *string) (*types.ThirdPartyJobDetails, error) {
		out, err := w.GetThirdPartyJobDetails(ctx, &codepipeline.GetThirdPartyJobDetailsInput{JobId: id, ClientToken: token})
		if err != nil {
			return nil, err
		}
		return out.JobDetails, nil
	}
	acknowledge := func(id, nonce, token *string) error {
		_, err := w.AcknowledgeThirdPartyJob(ctx, &codepipeline.AcknowledgeThirdPartyJobInput{JobId: id, Nonce: nonce, ClientToken: token})
		return err
	}
	succeed := func(id, token *string) error {
		_, err := w.PutThirdPartyJobSuccessResult(ctx, &codepipeline.PutThirdPartyJobSuccessResultInput{JobId: id, ClientToken: token})
		return err
	}
	fail := func(id, token *string, kind types.FailureType) error {
		_, err := w.PutThirdPartyJobFailureResult(ctx, &codepipeline.PutThirdPartyJobFailureResultInput{JobId: id, ClientToken: token, FailureDetails: failureOf(kind, "x")})
		return err
	}
	for _, token := range []*string{wrong, aws.String("nonsense")} {
		_, err := details(job.JobId, token)
		fails[*types.InvalidClientTokenException](t, err)
	}
	_, err := details(wrong, job.ClientId)
	fails[*types.JobNotFoundException](t, err)
	_, err = details(job.JobId, aws.String(""))
	fails[*types.ValidationException](t, err)
	told, err := details(job.JobId, job.ClientId)
	require.NoError(t, err)
	require.Nil(t, told.Data.PipelineContext.PipelineExecutionId)
	require.Nil(t, told.Data.PipelineContext.PipelineArn)
	require.Equal(t, "Scan", *told.Data.PipelineContext.Action.Name)

	fails[*types.InvalidJobStateException](t, succeed(job.JobId, job.ClientId))
	fails[*types.InvalidNonceException](t, acknowledge(job.JobId, aws.String("99"), job.ClientId))
	fails[*types.InvalidClientTokenException](t, acknowledge(job.JobId, told.Nonce, wrong))
	fails[*types.JobNotFoundException](t, acknowledge(wrong, told.Nonce, job.ClientId))
	fails[*types.ValidationException](t, acknowledge(job.JobId, aws.String(""), job.ClientId))
	require.NoError(t, acknowledge(job.JobId, told.Nonce, job.ClientId))

	fails[*types.InvalidClientTokenException](t, succeed(job.JobId, wrong))
	fails[*types.JobNotFoundException](t, succeed(wrong, job.ClientId))
	fails[*types.ValidationException](t, succeed(job.JobId, aws.String("")))
	fails[*types.InvalidClientTokenException](t, fail(job.JobId, wrong, types.FailureTypeJobFailed))
	fails[*types.JobNotFoundException](t, fail(wrong, job.ClientId, types.FailureTypeJobFailed))
	fails[*types.ValidationException](t, fail(job.JobId, job.ClientId, "Tired"))
	_, err = w.GetJobDetails(ctx, &codepipeline.GetJobDetailsInput{JobId: job.JobId})
	fails[*types.JobNotFoundException](t, err) // it is no custom action's
	_, err = w.PutJobSuccessResult(ctx, &codepipeline.PutJobSuccessResultInput{JobId: job.JobId})
	fails[*types.JobNotFoundException](t, err)

	same := types.Job{Id: job.JobId, Data: &types.JobData{
		InputArtifacts: told.Data.InputArtifacts, OutputArtifacts: told.Data.OutputArtifacts, ArtifactCredentials: told.Data.ArtifactCredentials,
	}}
	require.Equal(t, map[string]string{"a": "b"}, w.get(same, 0))
	require.NoError(t, w.put(same, 0, zipped(t, map[string]string{"none": ""})))
	require.NoError(t, succeed(job.JobId, job.ClientId))
	fails[*types.InvalidJobStateException](t, succeed(job.JobId, job.ClientId))
	fails[*types.InvalidJobStateException](t, fail(job.JobId, job.ClientId, types.FailureTypeJobFailed))
	fails[*types.InvalidNonceException](t, acknowledge(job.JobId, told.Nonce, job.ClientId))
	_, err = details(job.JobId, job.ClientId)
	fails[*types.InvalidJobException](t, err)
	w.wait(*p.Name, id, penstock.StatusSucceeded)

	id = w.start(*p.Name)
	w.fetched(map[string]string{"a": "b"})
	job = w.pollThirdParty()
	told, err = details(job.JobId, job.ClientId)
	require.NoError(t, err)
	require.NoError(t, acknowledge(job.JobId, told.Nonce, job.ClientId))
	require.NoError(t, fail(job.JobId, job.ClientId, types.FailureTypeJobFailed))
	w.wait(*p.Name, id, penstock.StatusFailed)
}
