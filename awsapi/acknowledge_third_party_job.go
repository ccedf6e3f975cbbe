package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func acknowledgeThirdPartyJob(ctx context.Context, c *call, in *wire.AcknowledgeThirdPartyJobInput) (*wire.AcknowledgeThirdPartyJobOutput, error) {
	err := c.engine.AcknowledgeJob(ctx, penstock.JobRef{ID: in.JobId, Nonce: in.Nonce, ClientToken: in.ClientToken})
	return &wire.AcknowledgeThirdPartyJobOutput{Status: wire.JobStatusInProgress}, err
}
