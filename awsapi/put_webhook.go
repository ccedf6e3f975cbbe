package awsapi

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putWebhook(ctx context.Context, c *call, in *wire.PutWebhookInput) (*wire.PutWebhookOutput, error) {
	is := in.Webhook
	command := penstock.PutWebhook{ID: c.command, Tags: map[string]string{}, Webhook: penstock.Webhook{
		Name: is.Name, Pipeline: is.TargetPipeline, Action: is.TargetAction, Authentication: penstock.WebhookAuthentication(is.Authentication),
		Secret: is.AuthenticationConfiguration.SecretToken, AllowedIPRange: is.AuthenticationConfiguration.AllowedIPRange,
	}}
	for _, f := range is.Filters {
		command.Webhook.Filters = append(command.Webhook.Filters, penstock.WebhookFilter{JSONPath: f.JsonPath, MatchEquals: f.MatchEquals})
	}
	for i, tag := range in.Tags {
		if _, twice := command.Tags[tag.Key]; twice {
			return nil, invalid(tag.Key, fmt.Sprintf("tags.%d.member.key", i+1), "Member must be given once")
		}
		command.Tags[tag.Key] = tag.Value
	}
	if _, err := c.do(ctx, command); err != nil {
		return nil, err
	}
	w, err := c.engine.Webhook(ctx, is.Name)
	if err != nil {
		return nil, err
	}
	item := c.webhookItem(w)
	return &wire.PutWebhookOutput{Webhook: &item}, nil
}
