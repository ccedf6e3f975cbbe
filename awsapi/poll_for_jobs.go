package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func pollForJobs(ctx context.Context, c *call, in *wire.PollForJobsInput) (*wire.PollForJobsOutput, error) {
	of, err := jobType(in.ActionTypeId, wire.ActionOwnerCustom)
	if err != nil {
		return nil, err
	}
	jobs, err := c.engine.PollJobs(ctx, penstock.PollJobs{Type: of, Max: in.MaxBatchSize, Query: in.QueryParam})
	if err != nil {
		return nil, err
	}
	out := &wire.PollForJobsOutput{Jobs: []wire.Job{}}
	for _, job := range jobs {
		data, err := c.jobData(ctx, job)
		if err != nil {
			return nil, err // what was taken goes back to its queue
		}
		out.Jobs = append(out.Jobs, wire.Job{Id: job.ID, Data: data, Nonce: job.Nonce, AccountId: c.options.Account})
	}
	return out, nil
}
