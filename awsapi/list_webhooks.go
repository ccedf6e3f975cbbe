package awsapi

import (
	"cmp"
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func listWebhooks(ctx context.Context, c *call, in *wire.ListWebhooksInput) (*wire.ListWebhooksOutput, error) {
	from, err := readToken(in.NextToken, c.model.Name)
	if err != nil {
		return nil, err
	}
	page, err := c.engine.Webhooks(ctx, penstock.WebhookQuery{Cursor: from.Cursor, Limit: cmp.Or(in.MaxResults, defaultResults)})
	if err != nil {
		return nil, err
	}
	out := &wire.ListWebhooksOutput{Webhooks: []wire.ListWebhookItem{}}
	for _, w := range page.Webhooks {
		out.Webhooks = append(out.Webhooks, c.webhookItem(w))
	}
	if page.Next != "" {
		out.NextToken = place{Cursor: page.Next}.token(c.model.Name)
	}
	return out, nil
}
