package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func getThirdPartyJobDetails(ctx context.Context, c *call, in *wire.GetThirdPartyJobDetailsInput) (*wire.GetThirdPartyJobDetailsOutput, error) {
	job, err := c.engine.JobDetails(ctx, penstock.JobRef{ID: in.JobId, ClientToken: in.ClientToken})
	if err != nil {
		return nil, err
	}
	data, err := c.jobData(ctx, job)
	if err != nil {
		return nil, err
	}
	told := wire.ThirdPartyJobData(*data)
	return &wire.GetThirdPartyJobDetailsOutput{JobDetails: &wire.ThirdPartyJobDetails{Id: job.ID, Data: &told, Nonce: job.Nonce}}, nil
}
