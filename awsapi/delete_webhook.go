package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func deleteWebhook(ctx context.Context, c *call, in *wire.DeleteWebhookInput) (*wire.DeleteWebhookOutput, error) {
	_, err := c.do(ctx, penstock.DeleteWebhook{ID: c.command, Name: in.Name})
	return &wire.DeleteWebhookOutput{}, err
}
