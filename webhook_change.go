package penstock

import (
	"context"
	"sync"

	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/machine"
	hooks "github.com/penstock-dev/penstock/internal/webhook"
)

// webhooks is what an engine knows of the webhooks of the store. They are read anew whenever it matters.
type webhooks struct {
	mu   sync.Mutex
	last *declare.Webhooks // as they were read last, to be spared another parse
}

// readWebhooks reads the webhooks of the store as they are now.
func (e *Engine) readWebhooks(ctx context.Context, op string) (*declare.Webhooks, error) {
	found, err := e.config.State.Load(ctx, declare.WebhookStream)
	if err != nil {
		return nil, asError(op, declare.WebhookStream, err)
	}
	e.webhooks.mu.Lock()
	defer e.webhooks.mu.Unlock()
	s, err := declare.RestoreWebhooks(found, e.webhooks.last)
	if err != nil {
		return nil, &Error{Code: ErrInternal, Op: op, Path: declare.WebhookStream, Err: err}
	}
	e.webhooks.last = s
	return s, nil
}

// hooker is a Command that changes a webhook.
type hooker interface {
	Command
	// commandID is the command's.
	commandID() string
	// noted is what the audit keeps of the command: no secret.
	noted() any
	// change answers the webhook that the command wants; nil: none.
	change(ctx context.Context, e *Engine, s *declare.Webhooks) (*hooks.Webhook, error)
}

// hook carries out a command on a webhook.
func (e *Engine) hook(ctx context.Context, c hooker, access Access) (Reply, error) {
	reply, err := e.tryHook(ctx, c, access)
	if err != nil {
		return Reply{}, refusal(ctx, webhookError(string(access.Verb), access.path(), err))
	}
	return Reply{Changed: !reply.Unchanged, At: reply.At}, nil
}

func (e *Engine) tryHook(ctx context.Context, c hooker, access Access) (machine.Reply, error) {
	return attempt[*declare.Webhooks]{
		id: c.commandID(), group: declare.WebhookGroup, noted: c.noted(), read: e.readWebhooks,
		change: func(s *declare.Webhooks, kept *declare.Command) (machine.Reply, error) {
			w, err := c.change(ctx, e, s)
			switch {
			case err != nil:
				return machine.Reply{}, err
			case sameWebhook(w, s.Named(access.Webhook)):
				return e.unchanged(ctx)
			}
			next := s.Without(access.Webhook)
			if w != nil {
				next = s.With(*w)
			}
			now, err := e.clock.now(ctx, e)
			if err != nil {
				return machine.Reply{}, err
			}
			batch, reply, err := s.Change(next, access.Webhook, kept, machine.Env{Now: now, Seed: newSeed()})
			if err != nil {
				return machine.Reply{}, err
			}
			return reply, e.commitDeclared(ctx, batch)
		},
	}.do(ctx, e, access)
}
