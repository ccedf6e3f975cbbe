package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putThirdPartyJobSuccessResult(ctx context.Context, c *call, in *wire.PutThirdPartyJobSuccessResultInput) (*none, error) {
	job := penstock.JobRef{ID: in.JobId, ClientToken: in.ClientToken}
	return &none{}, c.engine.SucceedJob(ctx, c.success(job, in.CurrentRevision, in.ContinuationToken, in.ExecutionDetails))
}
