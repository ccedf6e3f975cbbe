package penstock

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/penstock-dev/penstock/internal/declare"
	hooks "github.com/penstock-dev/penstock/internal/webhook"
	"github.com/penstock-dev/penstock/store"
)

// WebhookAuthentication says how a delivery proves where it comes from (spec B1).
type WebhookAuthentication string

// The ways of authentication.
const (
	GitHubHMAC      WebhookAuthentication = hooks.GitHubHMAC      // signed with Webhook.Secret, as GitHub signs
	FromIPRange     WebhookAuthentication = hooks.IP              // sent from Webhook.AllowedIPRange
	Unauthenticated WebhookAuthentication = hooks.Unauthenticated // whoever knows the URL
)

// Webhook starts a pipeline when something is sent to its URL that comes from whom it should and passes its filters.
type Webhook struct {
	Name           string // 1 to 100 letters, digits and . @ - _
	Pipeline       string // that it starts
	Action         string // a source action in the pipeline's first stage
	Filters        []WebhookFilter
	Authentication WebhookAuthentication
	Secret         string // with GitHubHMAC: 1 to 100 characters. Read back it is SecretMask, which keeps the stored one when it is put
	AllowedIPRange string // with FromIPRange: 192.0.2.0/24
}

// WebhookFilter is passed by a body in which one value at the path is equal. All filters of a webhook, up to 5, have to be passed.
type WebhookFilter struct {
	JSONPath    string // such as $.ref, 1 to 150 characters: $, .name, ['name'], [0], [-1], [*], .*, ..name
	MatchEquals string // up to 150 characters, with {Branch} for what the action is configured with under Branch. Empty: any value
}

// WebhookInfo is a webhook and what has become of it.
type WebhookInfo struct {
	Webhook
	Key           string // the last element of its URL; it stays until the webhook is deleted
	Tags          map[string]string
	Registered    bool      // RegisterWebhook has said so
	LastTriggered time.Time // when a delivery was last to start an execution; zero: never
	LastExecution string    // that it started; empty, if it could not
	ErrorCode     Code      // why not
	ErrorMessage  string
}

// WebhookQuery asks for webhooks, ordered by name.
type WebhookQuery struct {
	Cursor string // WebhookPage.Next; "" starts
	Limit  int    // default 100, at most 1000
}

// WebhookPage is part of a list.
type WebhookPage struct {
	Webhooks []WebhookInfo
	Next     string // "": this was the last page
}

// Webhooks lists the webhooks of the store (ListWebhooks). A webhook outlives its pipeline.
func (e *Engine) Webhooks(ctx context.Context, q WebhookQuery) (WebhookPage, error) {
	const op = "webhooks"
	s, err := e.readWebhooks(ctx, op)
	if err != nil {
		return WebhookPage{}, err
	}
	page, rest := WebhookPage{}, s.All[s.After(q.Cursor):]
	if limit := store.PageLimit(q.Limit); len(rest) > limit {
		rest = rest[:limit]
		page.Next = rest[limit-1].Name
	}
	page.Webhooks, err = e.webhookInfos(ctx, op, rest)
	return page, err
}

// Webhook answers one webhook. ErrWebhookNotFound: there is none of that name.
func (e *Engine) Webhook(ctx context.Context, name string) (WebhookInfo, error) {
	const op = "webhook"
	s, err := e.readWebhooks(ctx, op)
	if err != nil {
		return WebhookInfo{}, err
	}
	w := s.Named(name)
	if w == nil {
		return WebhookInfo{}, noWebhook(op, name)
	}
	infos, err := e.webhookInfos(ctx, op, []hooks.Webhook{*w})
	if err != nil {
		return WebhookInfo{}, err
	}
	return infos[0], nil
}

func noWebhook(op, name string) *Error {
	return &Error{Code: ErrWebhookNotFound, Op: op, Path: name, Err: errors.New("there is no such webhook")}
}

// webhookInfos adds to webhooks what has become of them.
func (e *Engine) webhookInfos(ctx context.Context, op string, all []hooks.Webhook) (out []WebhookInfo, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = declare.TriggerStream(all[i].Name)
	}
	streams, err := e.config.State.Load(ctx, names...)
	if err != nil {
		return nil, asError(op, declare.WebhookStream, err)
	}
	triggered := map[string]declare.Triggered{}
	for i := range streams {
		t, err := declare.ReadTriggered(&streams[i])
		if err != nil {
			return nil, &Error{Code: ErrInternal, Op: op, Path: streams[i].Name, Err: err}
		}
		triggered[t.Key] = t
	}
	for i := range all {
		w, t := &all[i], triggered[all[i].Key]
		out = append(out, WebhookInfo{
			Webhook: webhookView(w), Key: w.Key, Tags: maps.Clone(w.Tags), Registered: w.Registered,
			LastTriggered: t.At, LastExecution: t.Execution.String(), ErrorCode: Code(t.Code), ErrorMessage: t.Message,
		})
	}
	return out, nil
}

// webhookView is a webhook as it is read: without its secret.
func webhookView(w *hooks.Webhook) Webhook {
	out := Webhook{
		Name: w.Name, Pipeline: w.Pipeline, Action: w.Action, Authentication: WebhookAuthentication(w.Authentication), Secret: w.Secret,
		AllowedIPRange: w.AllowedIPRange,
	}
	for _, f := range w.Filters {
		out.Filters = append(out.Filters, WebhookFilter{JSONPath: f.Path, MatchEquals: f.Equals})
	}
	return out.masked()
}

func (w Webhook) masked() Webhook {
	if w.Secret != "" {
		w.Secret = SecretMask
	}
	return w
}

func (w Webhook) stored() hooks.Webhook {
	out := hooks.Webhook{
		Name: w.Name, Pipeline: w.Pipeline, Action: w.Action, Authentication: string(w.Authentication), Secret: w.Secret, AllowedIPRange: w.AllowedIPRange,
	}
	for _, f := range w.Filters {
		out.Filters = append(out.Filters, hooks.Filter{Path: f.JSONPath, Equals: f.MatchEquals})
	}
	return out
}
