package sdktest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
	"github.com/penstock-dev/penstock/awsapi/internal/answer"
)

type fetch struct {
	Branch string                  `penstock:"Branch,optional"`
	Code   penstock.Output[string] `penstock:"Code,optional"`
}

func (fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

// job does what Do says: "fail", "hold" till the test ends, or succeed.
type job struct {
	Do   string                 `penstock:"Do,optional"`
	Code penstock.Input[string] `penstock:"Code,optional"`
}

func (job) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "Job", Version: "1"}
}

// bench is an engine behind an endpoint, and the SDK's client in front of it.
type bench struct {
	*codepipeline.Client
	t      *testing.T
	engine *penstock.Engine
	ctx    context.Context
	server *httptest.Server
	mended bool          // "fail" succeeds
	held   chan struct{} // "hold" has begun
}

func newBench(t *testing.T, config penstock.Config) *bench {
	b := &bench{t: t, ctx: t.Context(), held: make(chan struct{}, 1)}
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[fetch]) error {
		id := call.RequestedRevision
		if id == "" {
			id = "a1b2c3"
		}
		if err := call.SetRevision(penstock.Revision{ID: id, Summary: "Fix it", URL: "https://example.com/" + id}); err != nil {
			return err
		}
		return call.Config.Code.Store(ctx, call, "content")
	})
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[job]) error {
		switch {
		case call.Config.Do == "fail" && !b.mended:
			return errors.New("it broke")
		case call.Config.Do == "hold":
			b.held <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		call.Summary("done: " + call.Config.Do)
		if err := call.External("run-7", "https://example.com/run-7"); err != nil {
			return err
		}
		return call.SetVariable("Answer", 42)
	})
	config.Actions, config.DrainTimeout = &actions, time.Millisecond
	var err error
	b.engine, err = penstock.NewEngine(config)
	require.NoError(t, err)
	b.server = httptest.NewServer(awsapi.NewHandler(b.engine, &awsapi.Options{Region: region, Account: "123456789012", Credentials: keys}))
	t.Cleanup(b.server.Close)
	b.Client = b.client(b.server.URL)
	return b
}

func (b *bench) client(url string) *codepipeline.Client {
	return codepipeline.New(codepipeline.Options{
		Region: region, BaseEndpoint: aws.String(url), HTTPClient: checked{b.t},
		Credentials: credentials{},
	})
}

// run has the engine drive its pipelines until the test ends.
func (b *bench) run() {
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- b.engine.Run(ctx) }()
	b.t.Cleanup(func() {
		stop()
		require.NoError(b.t, <-stopped)
	})
}

// await waits for an event of an execution.
func (b *bench) await(pipeline, execution string, kind penstock.EventKind, action string) penstock.Event {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	for e, err := range b.engine.Follow(ctx, penstock.EventQuery{Pipeline: pipeline}) {
		require.NoError(b.t, err, "waiting for %s", kind)
		if e.Execution == execution && e.Kind == kind && (action == "" || e.Action == action) {
			return e
		}
	}
	require.Fail(b.t, "the feed ended")
	return penstock.Event{}
}

func (b *bench) wait(pipeline, execution string, status penstock.Status) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	x, err := b.engine.Wait(ctx, pipeline, execution)
	require.NoError(b.t, err)
	require.Equal(b.t, status, x.Status, x.Summary)
}

// checked is an HTTP client that lets no answer pass which the model does not know.
type checked struct{ t *testing.T }

func (c checked) Do(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, response.Body.Close())
	response.Body = io.NopCloser(bytes.NewReader(body))
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "CodePipeline_20150709.")
	note(operation, response.StatusCode, body)
	require.NoError(c.t, answer.Check(operation, response.StatusCode, body))
	return response, nil
}

// errorOf is the SDK's own type of an error.
func errorOf[E error](t *testing.T, err error) E {
	t.Helper()
	var found E
	require.ErrorAs(t, err, &found)
	return found
}

func fetchAction() types.ActionDeclaration {
	return types.ActionDeclaration{
		Name: aws.String("Fetch"), OutputArtifacts: []types.OutputArtifact{{Name: aws.String("code")}}, Configuration: map[string]string{"Code": "code"},
		ActionTypeId: &types.ActionTypeId{Category: types.ActionCategorySource, Owner: types.ActionOwnerCustom, Provider: aws.String("Fetch"), Version: aws.String("1")},
	}
}

func jobAction(name, do string) types.ActionDeclaration {
	return types.ActionDeclaration{
		Name: aws.String(name), Configuration: map[string]string{"Do": do},
		ActionTypeId: &types.ActionTypeId{Category: types.ActionCategoryTest, Owner: types.ActionOwnerCustom, Provider: aws.String("Job"), Version: aws.String("1")},
	}
}

func approvalAction() types.ActionDeclaration {
	return types.ActionDeclaration{
		Name:         aws.String("Release"),
		ActionTypeId: &types.ActionTypeId{Category: types.ActionCategoryApproval, Owner: types.ActionOwnerAws, Provider: aws.String("Manual"), Version: aws.String("1")},
	}
}

// pipeline is a source and a stage of these actions.
func pipeline(name string, mode types.ExecutionMode, actions ...types.ActionDeclaration) *types.PipelineDeclaration {
	return &types.PipelineDeclaration{
		Name: aws.String(name), RoleArn: aws.String("arn:aws:iam::123456789012:role/release"), ExecutionMode: mode, PipelineType: types.PipelineTypeV2,
		ArtifactStore: &types.ArtifactStore{Type: types.ArtifactStoreTypeS3, Location: aws.String("artifacts")},
		Variables:     []types.PipelineVariableDeclaration{{Name: aws.String("Target"), DefaultValue: aws.String("eu")}},
		Stages: []types.StageDeclaration{
			{Name: aws.String("Source"), Actions: []types.ActionDeclaration{fetchAction()}},
			{Name: aws.String("Deploy"), Actions: actions},
		},
	}
}

// create makes a pipeline and answers its first execution.
func (b *bench) create(p *types.PipelineDeclaration) string {
	b.t.Helper()
	_, err := b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
	require.NoError(b.t, err)
	list, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: p.Name})
	require.NoError(b.t, err)
	require.Len(b.t, list.PipelineExecutionSummaries, 1)
	return aws.ToString(list.PipelineExecutionSummaries[0].PipelineExecutionId)
}

func (b *bench) start(name string) string {
	b.t.Helper()
	out, err := b.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: &name})
	require.NoError(b.t, err)
	return aws.ToString(out.PipelineExecutionId)
}

// fails demands an error of the SDK's own type.
func fails[E error](t *testing.T, err error) {
	t.Helper()
	require.ErrorAs(t, err, new(E))
}
