package awsapi

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/session"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// sessionLife is how long credentials of a job last at most; GetJobDetails hands out new ones.
const sessionLife = time.Hour

// jobData is what a worker is told of its job.
func (c *call) jobData(ctx context.Context, job penstock.Job) (*wire.JobData, error) {
	store, revisions, err := c.jobStore(ctx, job)
	if err != nil {
		return nil, err
	}
	out := &wire.JobData{
		ActionTypeId:        typeOf(job.Type.String()),
		ActionConfiguration: &wire.ActionConfiguration{Configuration: job.Configuration},
		PipelineContext: &wire.PipelineContext{
			PipelineName: job.Pipeline, Stage: &wire.StageContext{Name: job.Stage},
			Action: &wire.ActionContext{Name: job.Action, ActionExecutionId: job.ActionExecution},
		},
		InputArtifacts: []wire.Artifact{}, OutputArtifacts: []wire.Artifact{},
		ContinuationToken: job.Continuation, EncryptionKey: store.EncryptionKey,
	}
	if job.Execution != "" {
		out.PipelineContext.PipelineExecutionId, out.PipelineContext.PipelineArn = job.Execution, c.options.pipelineArn(job.Pipeline)
	}
	for _, in := range job.Inputs {
		out.InputArtifacts = append(out.InputArtifacts, located(in.Name, revisions[in.Name], store.Location, contentKey(job.Pipeline, in)))
	}
	for _, name := range job.Outputs {
		out.OutputArtifacts = append(out.OutputArtifacts, located(name, "", store.Location, outputKey(job, name)))
	}
	if len(out.InputArtifacts)+len(out.OutputArtifacts) > 0 {
		out.ArtifactCredentials, err = c.credentials(job, store.Location)
	}
	return out, err
}

// jobStore is where the artifacts of a job are said to be, and the revisions of those that sources have put out.
func (c *call) jobStore(ctx context.Context, job penstock.Job) (store wire.ArtifactStore, revisions map[string]string, err error) {
	var x penstock.Execution
	if job.Execution != "" { // third parties are not told of it
		if x, err = c.engine.Execution(ctx, job.Pipeline, job.Execution); err != nil {
			return store, nil, err
		}
	}
	declared, err := c.definition(ctx, job.Pipeline, x.Version)
	if err != nil {
		return store, nil, err
	}
	revisions = map[string]string{}
	for _, r := range artifactRevisions(declared, x) {
		revisions[r.Name] = clip(r.RevisionId, mostID)
	}
	return c.options.store(declared), revisions, nil
}

// credentials are good for the artifacts of one job, as long as it may be answered.
func (c *call) credentials(job penstock.Job, bucket string) (*wire.AWSSessionCredentials, error) {
	ends := c.options.Now().Add(sessionLife)
	if !job.Deadline.IsZero() && job.Deadline.Before(ends) {
		ends = job.Deadline
	}
	made, err := session.New(c.options.SessionKey, session.Claims{
		Job: job.ID, Nonce: job.Nonce, Client: job.ClientToken, Bucket: bucket, Actor: c.actor, Expires: ends.UTC().Truncate(time.Second),
	})
	return &wire.AWSSessionCredentials{AccessKeyId: made.AccessKey, SecretAccessKey: made.Secret, SessionToken: made.Token}, err
}

// jobType is the type that a worker polls for, if it is of the owner whose jobs are polled for so.
func jobType(id *wire.ActionTypeId, owner wire.ActionOwner) (t penstock.ActionType, err error) {
	if id.Owner != owner {
		return t, invalid(string(id.Owner), "actionTypeId.owner", "Member must be "+string(owner)+": nobody polls for other jobs here")
	}
	return typeNamed(id), nil
}

// success is a worker's answer.
func (c *call) success(job penstock.JobRef, found *wire.CurrentRevision, continuation string, details *wire.ExecutionDetails) penstock.JobSuccess {
	out := penstock.JobSuccess{ID: c.command, Job: job, Continuation: continuation}
	if found != nil {
		out.Revision = &penstock.Revision{ID: found.Revision, Summary: found.RevisionSummary, Created: found.Created.Time}
	}
	if details != nil {
		out.Summary, out.Percent, out.ExternalID = details.Summary, details.PercentComplete, details.ExternalExecutionId
	}
	return out
}

func (c *call) failure(job penstock.JobRef, details *wire.FailureDetails) penstock.JobFailure {
	return penstock.JobFailure{
		ID: c.command, Job: job, Type: penstock.FailureType(details.Type), Message: details.Message, ExternalID: details.ExternalExecutionId,
	}
}
