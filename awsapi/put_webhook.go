package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putWebhook(ctx context.Context, c *call, in *wire.PutWebhookInput) (*wire.PutWebhookOutput, error) {
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	is := in.Webhook
	command := penstock.PutWebhook{ID: c.command, Tags: tags, Webhook: penstock.Webhook{
		Name: is.Name, Pipeline: is.TargetPipeline, Action: is.TargetAction, Authentication: penstock.WebhookAuthentication(is.Authentication),
		Secret: is.AuthenticationConfiguration.SecretToken, AllowedIPRange: is.AuthenticationConfiguration.AllowedIPRange,
	}}
	for _, f := range is.Filters {
		command.Webhook.Filters = append(command.Webhook.Filters, penstock.WebhookFilter{JSONPath: f.JsonPath, MatchEquals: f.MatchEquals})
	}
	if _, err := c.engine.Do(ctx, command); err != nil {
		return nil, onTags(c.options.webhookArn(is.Name), err)
	}
	w, err := c.engine.Webhook(ctx, is.Name)
	if err != nil {
		return nil, err
	}
	item := c.webhookItem(w)
	return &wire.PutWebhookOutput{Webhook: &item}, nil
}
