package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func deregisterWebhookWithThirdParty(ctx context.Context, c *call, in *wire.DeregisterWebhookWithThirdPartyInput) (*wire.DeregisterWebhookWithThirdPartyOutput, error) {
	return &wire.DeregisterWebhookWithThirdPartyOutput{}, c.register(ctx, in.WebhookName, true)
}
