package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// pollForThirdPartyJobs tells a job's client token as its client ID: an engine that is embedded has no registry of clients.
func pollForThirdPartyJobs(ctx context.Context, c *call, in *wire.PollForThirdPartyJobsInput) (*wire.PollForThirdPartyJobsOutput, error) {
	of, err := jobType(in.ActionTypeId, wire.ActionOwnerThirdParty)
	if err != nil {
		return nil, err
	}
	jobs, err := c.engine.PollJobs(ctx, penstock.PollJobs{Type: of, Max: in.MaxBatchSize})
	if err != nil {
		return nil, err
	}
	out := &wire.PollForThirdPartyJobsOutput{Jobs: []wire.ThirdPartyJob{}}
	for _, job := range jobs {
		out.Jobs = append(out.Jobs, wire.ThirdPartyJob{ClientId: job.ClientToken, JobId: job.ID})
	}
	return out, nil
}
