package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func getJobDetails(ctx context.Context, c *call, in *wire.GetJobDetailsInput) (*wire.GetJobDetailsOutput, error) {
	job, err := c.engine.JobDetails(ctx, penstock.JobRef{ID: in.JobId})
	if err != nil {
		return nil, err
	}
	data, err := c.jobData(ctx, job)
	return &wire.GetJobDetailsOutput{JobDetails: &wire.JobDetails{Id: job.ID, Data: data, AccountId: c.options.Account}}, err
}
