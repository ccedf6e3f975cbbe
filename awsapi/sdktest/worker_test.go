package sdktest

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// works is an endpoint whose pipelines are worked on by job workers alone.
type works struct {
	*bench
	now  time.Time // of the endpoint
	stop func()
}

// newWorks makes an endpoint on the engine's state in a directory, or on none that is kept.
func newWorks(t *testing.T, at string, change func(*awsapi.Options)) *works {
	w := &works{bench: &bench{t: t, ctx: t.Context()}, now: time.Now()}
	config := penstock.Config{State: memory.New(nil), Artifacts: memory.NewArtifacts(nil), DrainTimeout: time.Millisecond}
	shut := func() {}
	if at != "" {
		state, err := sqlite.Open(t.Context(), filepath.Join(at, "state"), nil)
		require.NoError(t, err)
		artifacts, err := dir.OpenArtifacts(filepath.Join(at, "artifacts"), nil)
		require.NoError(t, err)
		config.State, config.Artifacts = state, artifacts
		shut = func() {
			require.NoError(t, artifacts.Close())
			require.NoError(t, state.Close())
		}
	}
	var err error
	w.engine, err = penstock.NewEngine(config)
	require.NoError(t, err)
	options := &awsapi.Options{
		Region: region, Account: "123456789012", Credentials: keys, SessionKey: []byte("thirty-two bytes that are secret"),
		Scratch: t.TempDir(), Now: func() time.Time { return w.now },
	}
	if change != nil {
		change(options)
	}
	w.server = httptest.NewServer(awsapi.NewHandler(w.engine, options))
	w.Client = w.client(w.server.URL)
	ctx, end := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- w.engine.Run(ctx) }()
	w.stop = func() {
		w.server.Close()
		end()
		require.NoError(t, <-stopped)
		shut()
	}
	return w
}

// declare creates the types that the tests work with.
func (w *works) declare() {
	for _, t := range []penstock.CustomActionType{
		{Category: penstock.CategorySource, Provider: "Repo", Outputs: penstock.ArtifactCount{Max: 1}},
		{Category: penstock.CategoryBuild, Provider: "Make", Inputs: penstock.ArtifactCount{Max: 5}, Outputs: penstock.ArtifactCount{Max: 5},
			Properties: []penstock.ActionTypeProperty{{Name: "Project", Required: true, Queryable: true}, {Name: "Token", Secret: true}}},
		{Category: penstock.CategoryDeploy, Provider: "Roll", Inputs: penstock.ArtifactCount{Max: 5}},
	} {
		t.Version = "1"
		_, err := w.engine.Do(w.ctx, penstock.CreateActionType{Type: t})
		require.NoError(w.t, err)
	}
}

func workType(category types.ActionCategory, provider string) *types.ActionTypeId {
	return &types.ActionTypeId{Category: category, Owner: types.ActionOwnerCustom, Provider: &provider, Version: aws.String("1")}
}

var (
	repoType  = workType(types.ActionCategorySource, "Repo")
	makeType  = workType(types.ActionCategoryBuild, "Make")
	rollType  = workType(types.ActionCategoryDeploy, "Roll")
	checkType = workType(types.ActionCategoryTest, "Check")
)

// factory is a source, a build and a deployment, each of them a job.
func factory() *types.PipelineDeclaration {
	return &types.PipelineDeclaration{
		Name: aws.String("a-factory-with-a-long-name"), RoleArn: aws.String("arn:aws:iam::123456789012:role/release"),
		ArtifactStore: &types.ArtifactStore{Type: types.ArtifactStoreTypeS3, Location: aws.String("artifacts.example")},
		Stages: []types.StageDeclaration{
			{Name: aws.String("Source"), Actions: []types.ActionDeclaration{{
				Name: aws.String("Fetch"), ActionTypeId: repoType, OutputArtifacts: []types.OutputArtifact{{Name: aws.String("SourceArtifact")}},
			}}},
			{Name: aws.String("Build"), Actions: []types.ActionDeclaration{{
				Name: aws.String("Make"), ActionTypeId: makeType, Configuration: map[string]string{"Project": "shop", "Token": "s3cret"}, Namespace: aws.String("Make"),
				InputArtifacts: []types.InputArtifact{{Name: aws.String("SourceArtifact")}}, OutputArtifacts: []types.OutputArtifact{{Name: aws.String("Built")}, {Name: aws.String("Report")}},
			}}},
			{Name: aws.String("Deploy"), Actions: []types.ActionDeclaration{{
				Name: aws.String("Roll"), ActionTypeId: rollType,
				InputArtifacts: []types.InputArtifact{{Name: aws.String("Built")}, {Name: aws.String("Report")}},
			}}},
		},
	}
}

// poll waits for a job: the service has no long polling, so the engine says when to ask.
func (w *works) poll(of *types.ActionTypeId) types.Job {
	w.t.Helper()
	in := &codepipeline.PollForJobsInput{ActionTypeId: of, MaxBatchSize: aws.Int32(3)}
	if of == makeType {
		in.QueryParam = map[string]string{"Project": "shop"}
	}
	ctx, stop := context.WithTimeout(w.ctx, time.Minute)
	defer stop()
	for _, err := range w.engine.Follow(ctx, penstock.EventQuery{}) {
		require.NoError(w.t, err, "waiting for a job of %s", *of.Provider)
		out, err := w.PollForJobs(ctx, in)
		require.NoError(w.t, err)
		if len(out.Jobs) > 0 {
			require.Len(w.t, out.Jobs, 1)
			return out.Jobs[0]
		}
	}
	require.Fail(w.t, "the feed ended")
	return types.Job{}
}

// begin polls for a job and acknowledges it.
func (w *works) begin(of *types.ActionTypeId) types.Job {
	w.t.Helper()
	job := w.poll(of)
	out, err := w.AcknowledgeJob(w.ctx, &codepipeline.AcknowledgeJobInput{JobId: job.Id, Nonce: job.Nonce})
	require.NoError(w.t, err)
	require.Equal(w.t, types.JobStatusInProgress, out.Status)
	return job
}

// store is an S3 client with the settings that the SDK's default configuration has, but for where it is, and the credentials of a job.
func (w *works) store(c *types.AWSSessionCredentials) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: &w.server.URL, UsePathStyle: true, RetryMaxAttempts: 1,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}, nil
		}),
	})
}

func place(a types.Artifact) (bucket, key *string) {
	return a.Location.S3Location.BucketName, a.Location.S3Location.ObjectKey
}

// get reads an input as files.
func (w *works) get(job types.Job, n int) map[string]string {
	w.t.Helper()
	bucket, key := place(job.Data.InputArtifacts[n])
	out, err := w.store(job.Data.ArtifactCredentials).GetObject(w.ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	require.NoError(w.t, err)
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	require.NoError(w.t, err)
	require.EqualValues(w.t, len(data), *out.ContentLength)
	return unzipped(w.t, data)
}

func unzipped(t *testing.T, data []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range r.File {
		if !f.Mode().IsDir() {
			content, err := fs.ReadFile(r, f.Name)
			require.NoError(t, err)
			files[f.Name] = string(content)
		}
	}
	return files
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(f, files[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// put writes an output.
func (w *works) put(job types.Job, n int, data []byte) error {
	w.t.Helper()
	bucket, key := place(job.Data.OutputArtifacts[n])
	_, err := w.store(job.Data.ArtifactCredentials).PutObject(w.ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(data)})
	return err
}

func (w *works) succeed(job types.Job) {
	w.t.Helper()
	_, err := w.PutJobSuccessResult(w.ctx, &codepipeline.PutJobSuccessResultInput{JobId: job.Id})
	require.NoError(w.t, err)
}

// fetched does the source's job.
func (w *works) fetched(files map[string]string) {
	w.t.Helper()
	job := w.begin(repoType)
	require.NoError(w.t, w.put(job, 0, zipped(w.t, files)))
	_, err := w.PutJobSuccessResult(w.ctx, &codepipeline.PutJobSuccessResultInput{
		JobId: job.Id, CurrentRevision: &types.CurrentRevision{Revision: aws.String("c0ffee"), ChangeIdentifier: aws.String("1"), RevisionSummary: aws.String("Fix it")},
	})
	require.NoError(w.t, err)
}

func TestWorkersCarryArtifactsThroughAPipeline(t *testing.T) {
	w := newWorks(t, "", nil)
	defer w.stop()
	w.declare()
	p := factory()
	id := w.create(p)
	files := map[string]string{"src/main.go": "package main", "README": "read me"}
	w.fetched(files)

	job := w.begin(makeType)
	d := job.Data
	require.Equal(t, "123456789012", *job.AccountId)
	require.Equal(t, map[string]string{"Project": "shop", "Token": "s3cret"}, d.ActionConfiguration.Configuration)
	require.Equal(t, []string{*p.Name, "Build", "Make", id}, []string{*d.PipelineContext.PipelineName, *d.PipelineContext.Stage.Name, *d.PipelineContext.Action.Name, *d.PipelineContext.PipelineExecutionId})
	require.Equal(t, "arn:aws:codepipeline:eu-west-1:123456789012:"+*p.Name, *d.PipelineContext.PipelineArn)
	require.Equal(t, "c0ffee", *d.InputArtifacts[0].Revision)
	bucket, key := place(d.OutputArtifacts[0])
	require.Equal(t, "artifacts.example", *bucket)
	require.Regexp(t, `^a-factory-with-a-lon/Built/[a-z2-7]{16}$`, *key)
	require.Equal(t, files, w.get(job, 0))
	require.NoError(t, w.put(job, 0, zipped(t, map[string]string{"wrong": "yes"})))
	require.NoError(t, w.put(job, 0, zipped(t, map[string]string{"app": "binary"})), "the newest counts")

	// It goes on under another job, which has the same places and credentials of its own.
	_, err := w.PutJobSuccessResult(w.ctx, &codepipeline.PutJobSuccessResultInput{
		JobId: job.Id, ContinuationToken: aws.String("half"), ExecutionDetails: &types.ExecutionDetails{Summary: aws.String("compiled"), PercentComplete: aws.Int32(50)},
	})
	require.NoError(t, err)
	denied(t, w.put(job, 1, zipped(t, files)))
	next := w.begin(makeType)
	require.NotEqual(t, *job.Id, *next.Id)
	require.Equal(t, "half", *next.Data.ContinuationToken)
	require.Equal(t, d.OutputArtifacts, next.Data.OutputArtifacts)
	again, err := w.GetJobDetails(w.ctx, &codepipeline.GetJobDetailsInput{JobId: next.Id})
	require.NoError(t, err)
	require.Equal(t, "s3cret", again.JobDetails.Data.ActionConfiguration.Configuration["Token"])
	next.Data.ArtifactCredentials = again.JobDetails.Data.ArtifactCredentials
	require.NoError(t, w.put(next, 1, zipped(t, map[string]string{"report.txt": "fine"})))
	_, err = w.PutJobSuccessResult(w.ctx, &codepipeline.PutJobSuccessResultInput{
		JobId: next.Id, OutputVariables: map[string]string{"Version": "1.7"}, ExecutionDetails: &types.ExecutionDetails{ExternalExecutionId: aws.String("make-7"), PercentComplete: aws.Int32(100)},
	})
	require.NoError(t, err)

	roll := w.begin(rollType)
	require.Equal(t, map[string]string{"app": "binary"}, w.get(roll, 0))
	require.Equal(t, map[string]string{"report.txt": "fine"}, w.get(roll, 1))
	require.Empty(t, roll.Data.OutputArtifacts)
	w.succeed(roll)
	w.wait(*p.Name, id, penstock.StatusSucceeded)
	done, err := w.ListActionExecutions(w.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: p.Name})
	require.NoError(t, err)
	bucket, key = place(roll.Data.InputArtifacts[0])
	require.Equal(t, &types.S3Location{Bucket: bucket, Key: key}, done.ActionExecutionDetails[0].Input.InputArtifacts[0].S3location, "where the job has found it")
	require.Equal(t, done.ActionExecutionDetails[0].Input.InputArtifacts, done.ActionExecutionDetails[1].Output.OutputArtifacts)
	require.Equal(t, "make-7", *done.ActionExecutionDetails[1].Output.ExecutionResult.ExternalExecutionId)
	require.Equal(t, map[string]string{"Version": "1.7"}, done.ActionExecutionDetails[1].Output.OutputVariables)
	require.Equal(t, "arn:aws:iam::123456789012:user/ana", *done.ActionExecutionDetails[1].UpdatedBy)
	got, err := w.GetPipelineExecution(w.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: p.Name, PipelineExecutionId: &id})
	require.NoError(t, err)
	require.Equal(t, "c0ffee", *got.PipelineExecution.ArtifactRevisions[0].RevisionId)
}

// What a worker has put is there after the server has ended, and so are its credentials.
func TestWorkersOutliveTheServer(t *testing.T) {
	at := t.TempDir()
	w := newWorks(t, at, nil)
	w.declare()
	p := factory()
	id := w.create(p)
	large := map[string]string{}
	for i := range 20 {
		large[fmt.Sprintf("file-%d", i)] = string(bytes.Repeat([]byte{byte('a' + i)}, 50_000))
	}
	w.fetched(large)
	job := w.begin(makeType)
	require.NoError(t, w.put(job, 0, zipped(t, map[string]string{"app": "binary"})))
	w.stop()

	w = newWorks(t, at, nil)
	defer w.stop()
	require.Equal(t, large, w.get(job, 0), "with the credentials of before")
	require.NoError(t, w.put(job, 1, zipped(t, map[string]string{"report.txt": "fine"})))
	w.succeed(job)
	roll := w.begin(rollType)
	require.Equal(t, map[string]string{"app": "binary"}, w.get(roll, 0), "put before the server ended")
	require.Equal(t, map[string]string{"report.txt": "fine"}, w.get(roll, 1))
	w.succeed(roll)
	w.wait(*p.Name, id, penstock.StatusSucceeded)
}
