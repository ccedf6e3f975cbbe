package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func acknowledgeJob(ctx context.Context, c *call, in *wire.AcknowledgeJobInput) (*wire.AcknowledgeJobOutput, error) {
	err := c.engine.AcknowledgeJob(ctx, penstock.JobRef{ID: in.JobId, Nonce: in.Nonce})
	return &wire.AcknowledgeJobOutput{Status: wire.JobStatusInProgress}, err
}
