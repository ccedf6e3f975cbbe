package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putJobSuccessResult(ctx context.Context, c *call, in *wire.PutJobSuccessResultInput) (*none, error) {
	answer := c.success(penstock.JobRef{ID: in.JobId}, in.CurrentRevision, in.ContinuationToken, in.ExecutionDetails)
	answer.Variables = in.OutputVariables
	return &none{}, c.engine.SucceedJob(ctx, answer)
}
