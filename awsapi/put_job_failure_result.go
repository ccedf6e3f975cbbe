package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putJobFailureResult(ctx context.Context, c *call, in *wire.PutJobFailureResultInput) (*none, error) {
	return &none{}, c.engine.FailJob(ctx, c.failure(penstock.JobRef{ID: in.JobId}, in.FailureDetails))
}
