package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putThirdPartyJobFailureResult(ctx context.Context, c *call, in *wire.PutThirdPartyJobFailureResultInput) (*none, error) {
	return &none{}, c.engine.FailJob(ctx, c.failure(penstock.JobRef{ID: in.JobId, ClientToken: in.ClientToken}, in.FailureDetails))
}
