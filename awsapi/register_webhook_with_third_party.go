package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func registerWebhookWithThirdParty(ctx context.Context, c *call, in *wire.RegisterWebhookWithThirdPartyInput) (*wire.RegisterWebhookWithThirdPartyOutput, error) {
	return &wire.RegisterWebhookWithThirdPartyOutput{}, c.register(ctx, in.WebhookName, false)
}
