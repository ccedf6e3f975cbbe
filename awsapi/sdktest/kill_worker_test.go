package sdktest

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// worker works on jobs of one type with the SDK alone.
type worker struct {
	*codepipeline.Client
	address string
	of      *types.ActionTypeId
}

// job asks until there is a job, or until ctx ends: the service has no long polling.
func (w *worker) job(ctx context.Context) (*types.Job, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	in := &codepipeline.PollForJobsInput{ActionTypeId: w.of, MaxBatchSize: aws.Int32(1)}
	if w.of == makeType {
		in.QueryParam = map[string]string{"Project": "shop"}
	}
	for {
		out, err := w.PollForJobs(context.WithoutCancel(ctx), in)
		if err != nil && !cut(err) {
			return nil, err
		}
		if err == nil && len(out.Jobs) > 0 {
			return &out.Jobs[0], nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (w *worker) acknowledge(ctx context.Context, job *types.Job) error {
	_, err := w.AcknowledgeJob(ctx, &codepipeline.AcknowledgeJobInput{JobId: job.Id, Nonce: job.Nonce})
	return err
}

// answer tells that a job is done, under a name that says which one it was.
func (w *worker) answer(ctx context.Context, job *types.Job) error {
	in := &codepipeline.PutJobSuccessResultInput{JobId: job.Id, ExecutionDetails: &types.ExecutionDetails{ExternalExecutionId: aws.String("done-" + *job.Id)}}
	if w.of == repoType {
		in.CurrentRevision = &types.CurrentRevision{Revision: aws.String("c0ffee"), ChangeIdentifier: aws.String("1")}
	}
	_, err := w.PutJobSuccessResult(ctx, in)
	return err
}

func (w *worker) store(c *types.AWSSessionCredentials) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String("http://" + w.address), UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}, nil
		}),
	})
}

func (w *worker) download(ctx context.Context, job *types.Job, n int) ([]byte, error) {
	bucket, key := place(job.Data.InputArtifacts[n])
	out, err := w.store(job.Data.ArtifactCredentials).GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(out.Body)
}

func (w *worker) upload(ctx context.Context, job *types.Job, n int, data []byte) error {
	bucket, key := place(job.Data.OutputArtifacts[n])
	_, err := w.store(job.Data.ArtifactCredentials).PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(data)})
	return err
}

// A worker goes on with what it has got, and knows nothing of a server that is killed at every step of every job.
func TestAWorkerOutlivesKills(t *testing.T) {
	k := newKilled(t)
	k.start()
	t.Cleanup(func() { _ = k.cmd.Process.Kill() })
	client := k.patient()
	k.declare(client)
	p := factory()
	_, err := client.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: p})
	require.NoError(t, err)
	again := func() {
		k.kill()
		k.start()
	}
	source, built, report := map[string]string{"README": "read me"}, map[string]string{"app": string(bytes.Repeat([]byte("binary"), 10_000))}, map[string]string{"report.txt": "fine"}
	answered := map[string]string{}
	for _, step := range []struct {
		of       *types.ActionTypeId
		takes    []map[string]string
		produces []map[string]string
	}{
		{repoType, nil, []map[string]string{source}},
		{makeType, []map[string]string{source}, []map[string]string{built, report}},
		{rollType, []map[string]string{built, report}, nil},
	} {
		w := &worker{Client: client, address: k.address, of: step.of}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		job, err := w.job(ctx)
		require.NoError(t, err)
		again() // between poll and acknowledgement
		require.NoError(t, w.acknowledge(ctx, job))
		again() // between acknowledgement and download
		for n, want := range step.takes {
			data, err := w.download(ctx, job, n)
			require.NoError(t, err)
			require.Equal(t, want, unzipped(t, data))
		}
		for n, files := range step.produces {
			require.NoError(t, w.upload(ctx, job, n, zipped(t, files)))
		}
		again() // between upload and result
		require.NoError(t, w.answer(ctx, job))
		again() // right after the result
		fails[*types.InvalidJobStateException](t, w.answer(ctx, job))
		answered[*job.Data.PipelineContext.Action.Name] = "done-" + *job.Id
	}
	k.succeeded(client, p, answered)
	k.kill()
}

// declare creates the types of the factory.
func (k *killed) declare(c *codepipeline.Client) {
	k.t.Helper()
	count := func(most int32) *types.ArtifactDetails {
		return &types.ArtifactDetails{MinimumCount: 0, MaximumCount: most}
	}
	for _, in := range []codepipeline.CreateCustomActionTypeInput{
		{Category: types.ActionCategorySource, Provider: aws.String("Repo"), InputArtifactDetails: count(0), OutputArtifactDetails: count(1)},
		{Category: types.ActionCategoryBuild, Provider: aws.String("Make"), InputArtifactDetails: count(5), OutputArtifactDetails: count(5),
			ConfigurationProperties: []types.ActionConfigurationProperty{{Name: aws.String("Project"), Key: true, Required: true, Queryable: true}, {Name: aws.String("Token"), Secret: true}}},
		{Category: types.ActionCategoryDeploy, Provider: aws.String("Roll"), InputArtifactDetails: count(5), OutputArtifactDetails: count(0)},
		{Category: types.ActionCategoryTest, Provider: aws.String("Check"), InputArtifactDetails: count(1), OutputArtifactDetails: count(0)},
	} {
		in.Version = aws.String("1")
		_, err := c.CreateCustomActionType(k.t.Context(), &in)
		require.NoError(k.t, err)
	}
}

// succeeded waits for the one execution of a pipeline to succeed, and compares it with what the worker was told.
func (k *killed) succeeded(c *codepipeline.Client, p *types.PipelineDeclaration, answered map[string]string) {
	k.t.Helper()
	ctx, stop := context.WithTimeout(k.t.Context(), time.Minute)
	defer stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := c.ListPipelineExecutions(ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: p.Name})
		require.NoError(k.t, err)
		require.Len(k.t, list.PipelineExecutionSummaries, 1)
		if list.PipelineExecutionSummaries[0].Status != types.PipelineExecutionStatusInProgress {
			require.Equal(k.t, types.PipelineExecutionStatusSucceeded, list.PipelineExecutionSummaries[0].Status)
			break
		}
		<-tick.C
	}
	list, err := c.ListActionExecutions(ctx, &codepipeline.ListActionExecutionsInput{PipelineName: p.Name})
	require.NoError(k.t, err)
	require.Len(k.t, list.ActionExecutionDetails, len(answered), "each action ran once")
	for _, a := range list.ActionExecutionDetails {
		require.Equal(k.t, types.ActionExecutionStatusSucceeded, a.Status)
		require.Equal(k.t, answered[*a.ActionName], aws.ToString(a.Output.ExecutionResult.ExternalExecutionId), *a.ActionName)
	}
}
