package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
)

// Workers is what the handler needs to serve job workers; *penstock.Engine has it.
type Workers interface {
	PollJobs(ctx context.Context, q penstock.PollJobs) ([]penstock.Job, error)
	AcknowledgeJob(ctx context.Context, job penstock.JobRef) error
	JobDetails(ctx context.Context, job penstock.JobRef) (penstock.Job, error)
	SucceedJob(ctx context.Context, answer penstock.JobSuccess) error
	FailJob(ctx context.Context, answer penstock.JobFailure) error
	LoadArtifact(ctx context.Context, job penstock.JobRef, name string, into any) error
	StoreArtifact(ctx context.Context, job penstock.JobRef, name string, content any) error
}
