package penstock

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"github.com/penstock-dev/penstock/internal/declare"
	hooks "github.com/penstock-dev/penstock/internal/webhook"
)

// PutWebhook creates a webhook, or replaces the one of that name, which keeps its URL and its tags (PutWebhook). ErrInvalid: it is malformed, or
// its action is no source action in the first stage of its pipeline. ErrPipelineNotFound. ErrInvalidWebhookFilter,
// ErrInvalidWebhookAuthentication: that is what is wrong with it. ErrLimitExceeded: see Limits.Webhooks.
type PutWebhook struct {
	ID      string // of the command; the same ID acts once. Empty: not remembered
	Webhook Webhook
	Tags    map[string]string // each replaces one of the same key; see TagPipeline for what they may be
}

func (c PutWebhook) access() Access { return Access{Verb: VerbHook, Webhook: c.Webhook.Name} }

func (c PutWebhook) commandID() string { return c.ID }

func (c PutWebhook) noted() any {
	c.Webhook = c.Webhook.masked()
	return c
}

func (c PutWebhook) change(ctx context.Context, e *Engine, s *declare.Webhooks) (*hooks.Webhook, error) {
	w, before := c.Webhook.stored(), s.Named(c.Webhook.Name)
	if before != nil {
		w.Key, w.Created, w.Registered, w.Tags = before.Key, before.Created, before.Registered, before.Tags
	}
	if w.Secret == SecretMask {
		if w.Secret = ""; before != nil {
			w.Secret = before.Secret
		}
	}
	if err := w.Check(); err != nil {
		return nil, err
	}
	configuration, err := e.webhookTarget(ctx, &w)
	if err != nil {
		return nil, err
	}
	if err := w.CheckTarget(configuration); err != nil {
		return nil, err
	}
	if err := retag(&w, VerbHook, c.Tags, nil); err != nil {
		return nil, err
	}
	if before != nil {
		return &w, nil
	}
	if most := e.config.Limits.webhooks(); len(s.All) >= most {
		return nil, &Error{Code: ErrLimitExceeded, Err: fmt.Errorf("there are %d webhooks, the limit", most), Hint: "delete one"}
	}
	w.Key = rand.Text()
	w.Created, err = e.clock.now(ctx, e)
	return &w, err
}

// webhookTarget is what the source action that a webhook is for is configured with, secrets aside.
func (e *Engine) webhookTarget(ctx context.Context, w *hooks.Webhook) (map[string]string, error) {
	p, _, err := e.Pipeline(ctx, w.Pipeline, 0)
	if err != nil {
		return nil, err
	}
	for _, a := range p.stored.Stages[0].Actions {
		if a.Name == w.Action && a.ActionTypeID.Category == string(CategorySource) {
			out := maps.Clone(a.Configuration)
			maps.DeleteFunc(out, func(_, value string) bool { return value == SecretMask })
			return out, nil
		}
	}
	return nil, &hooks.Error{Message: "the first stage of pipeline " + w.Pipeline + " has no source action " + w.Action}
}

// DeleteWebhook deletes a webhook, and its URL with it: one that is created under the name later gets another (DeleteWebhook). One that is
// not there is no error and changes nothing.
type DeleteWebhook struct {
	ID   string
	Name string
}

func (c DeleteWebhook) access() Access { return Access{Verb: VerbUnhook, Webhook: c.Name} }

func (c DeleteWebhook) commandID() string { return c.ID }

func (c DeleteWebhook) noted() any { return c }

func (c DeleteWebhook) change(context.Context, *Engine, *declare.Webhooks) (*hooks.Webhook, error) {
	return nil, nil //nolint:nilnil // no webhook is what is wanted
}

// RegisterWebhook notes that a third party has been told of a webhook's URL, or no longer sends anything there (RegisterWebhookWithThirdParty,
// DeregisterWebhookWithThirdParty). The engine tells nobody; deliveries are taken either way. ErrWebhookNotFound.
type RegisterWebhook struct {
	ID         string
	Name       string
	Deregister bool
}

func (c RegisterWebhook) access() Access { return Access{Verb: VerbHook, Webhook: c.Name} }

func (c RegisterWebhook) commandID() string { return c.ID }

func (c RegisterWebhook) noted() any { return c }

func (c RegisterWebhook) change(_ context.Context, _ *Engine, s *declare.Webhooks) (*hooks.Webhook, error) {
	return changed(s, c.Name, func(w *hooks.Webhook) error {
		w.Registered = !c.Deregister
		return nil
	})
}

// TagWebhook gives a webhook tags, and takes those with the keys in Remove (TagResource, UntagResource). See TagPipeline for what they may be.
// ErrWebhookNotFound.
type TagWebhook struct {
	ID     string
	Name   string
	Tags   map[string]string // each replaces one of the same key
	Remove []string          // a key that is not there is no error
}

func (c TagWebhook) access() Access {
	if len(c.Tags) == 0 && len(c.Remove) > 0 {
		return Access{Verb: VerbUntag, Webhook: c.Name}
	}
	return Access{Verb: VerbTag, Webhook: c.Name}
}

func (c TagWebhook) also() (Access, bool) {
	return Access{Verb: VerbUntag, Webhook: c.Name}, len(c.Tags) > 0 && len(c.Remove) > 0
}

func (c TagWebhook) commandID() string { return c.ID }

func (c TagWebhook) noted() any { return c }

func (c TagWebhook) change(_ context.Context, _ *Engine, s *declare.Webhooks) (*hooks.Webhook, error) {
	return changed(s, c.Name, func(w *hooks.Webhook) error { return retag(w, VerbTag, c.Tags, c.Remove) })
}

// changed is a webhook that is there, changed.
func changed(s *declare.Webhooks, name string, change func(*hooks.Webhook) error) (*hooks.Webhook, error) {
	before := s.Named(name)
	if before == nil {
		return nil, &Error{Code: ErrWebhookNotFound, Err: errors.New("there is no such webhook")}
	}
	w := *before
	return &w, change(&w)
}

// retag gives a webhook other tags.
func retag(w *hooks.Webhook, verb Verb, tags map[string]string, remove []string) error {
	out := map[string]string{}
	maps.Copy(out, w.Tags)
	for _, key := range remove {
		delete(out, key)
	}
	maps.Copy(out, tags)
	if w.Tags = out; len(out) == 0 {
		w.Tags = nil
	}
	return checkTags(verb, w.Name, out)
}

// webhookError gives a refusal its public form.
func webhookError(op, path string, err error) *Error {
	if coded, ok := errors.AsType[*Error](err); ok {
		out := *coded
		out.Op = op
		if out.Path == "" {
			out.Path = path
		}
		return &out
	}
	refusal, ok := errors.AsType[*hooks.Error](err)
	if !ok {
		return asError(op, path, err)
	}
	code := map[hooks.Kind]Code{
		hooks.Malformed: ErrInvalid, hooks.BadFilter: ErrInvalidWebhookFilter, hooks.BadAuthentication: ErrInvalidWebhookAuthentication,
	}[refusal.Kind]
	return &Error{Code: code, Op: op, Path: path, Err: refusal}
}

// sameWebhook compares two as they are stored; either may be nil.
func sameWebhook(a, b *hooks.Webhook) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.DeepEqual(a, b)
}
