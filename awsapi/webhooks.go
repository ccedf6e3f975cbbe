package awsapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
	"github.com/penstock-dev/penstock/webhook"
)

// webhookPath is where deliveries to webhooks are taken.
const webhookPath = "/webhooks/"

// receiver takes deliveries. Without credentials the handler serves this machine alone, here as everywhere.
func receiver(engine Engine, o Options) http.Handler {
	takes := o.Webhooks
	if takes.Name == nil {
		takes.Name = o.webhookArn
	}
	if takes.Logger == nil {
		takes.Logger = o.Logger
	}
	next := webhook.NewHandler(engine, &takes)
	if o.Credentials != nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := fromHere(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// base is the URL under which the sender of a request reaches this handler.
func (s *service) base(r *http.Request) string {
	switch {
	case s.options.WebhookURL != "":
		return strings.TrimSuffix(s.options.WebhookURL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	default:
		return "http://" + r.Host
	}
}

func (c *call) webhookURL(w penstock.WebhookInfo) string { return c.base + webhookPath + w.Key }

// webhookItem is a webhook as lists show it.
func (c *call) webhookItem(w penstock.WebhookInfo) wire.ListWebhookItem {
	out := wire.ListWebhookItem{
		Url: c.webhookURL(w), Arn: c.options.webhookArn(w.Name), ErrorCode: string(w.ErrorCode), ErrorMessage: w.ErrorMessage,
		Tags: tagList(w.Tags),
		Definition: &wire.WebhookDefinition{
			Name: w.Name, TargetPipeline: w.Pipeline, TargetAction: w.Action, Filters: []wire.WebhookFilterRule{},
			Authentication:              wire.WebhookAuthenticationType(w.Authentication),
			AuthenticationConfiguration: &wire.WebhookAuthConfiguration{AllowedIPRange: w.AllowedIPRange, SecretToken: w.Secret},
		},
	}
	for _, f := range w.Filters {
		out.Definition.Filters = append(out.Definition.Filters, wire.WebhookFilterRule{JsonPath: f.JSONPath, MatchEquals: f.MatchEquals})
	}
	if !w.LastTriggered.IsZero() {
		out.LastTriggered = wire.At(w.LastTriggered)
	}
	return out
}

// register notes that deliveries are sent to a webhook, or no longer, and has whoever sends them told.
func (c *call) register(ctx context.Context, name string, deregister bool) error {
	if _, err := c.do(ctx, penstock.RegisterWebhook{ID: c.command, Name: name, Deregister: deregister}); err != nil || c.options.ThirdParty == nil {
		return err
	}
	w, err := c.engine.Webhook(ctx, name)
	if err != nil {
		return err
	}
	return c.options.ThirdParty(ctx, w, c.webhookURL(w))
}
