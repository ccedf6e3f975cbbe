package penstock

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/machine"
	hooks "github.com/penstock-dev/penstock/internal/webhook"
	"github.com/penstock-dev/penstock/store"
)

// WebhookDelivery is what was sent to a webhook's URL.
type WebhookDelivery struct {
	Key             string // the last element of the URL
	ID              string // X-GitHub-Delivery: the same for a delivery and its repetitions, however late; may be empty
	Body            []byte // JSON
	SignatureSHA256 string // X-Hub-Signature-256
	SignatureSHA1   string // X-Hub-Signature; counts where there is no other
	From            netip.Addr
	Probe           bool // it only asks whether deliveries arrive, as GitHub's ping: it starts nothing
	// Name is what the audit and the execution's trigger call a webhook, such as its ARN. Default: webhook/ and its name.
	Name func(webhook string) string
}

// WebhookReceipt says what a delivery led to.
type WebhookReceipt struct {
	Webhook   string // its name
	Pipeline  string // that it starts
	Execution string // that this delivery has started, now or when it came the first time; empty: it did not pass the filters
}

// RepetitionBound is how long a delivery that has the body and the signature of an earlier one is taken for its repetition, whatever its ID is.
const RepetitionBound = 5 * time.Minute

// ReceiveWebhook takes a delivery. One that comes from whom it should and passes the filters starts the webhook's pipeline, by the trigger
// TriggerWebhook, in the name of the webhook, whom the Authorizer has to allow VerbStart; a repetition starts nothing new. If a push of
// GitHub's tells the newest commit of the branch that the source action is configured with as Branch or BranchName, the execution takes that one.
//
// ErrWebhookNotFound: nothing has that key. ErrDenied: the delivery proves nothing, or the webhook may not start the pipeline. ErrInvalid: the
// body is no JSON document. ErrPipelineNotFound: the pipeline was deleted; what else is wrong with a start can be, too. WebhookInfo tells of
// the last failure to start.
func (e *Engine) ReceiveWebhook(ctx context.Context, d WebhookDelivery) (WebhookReceipt, error) {
	const op = "receive webhook"
	s, err := e.readWebhooks(ctx, op)
	if err != nil {
		return WebhookReceipt{}, err
	}
	w := s.Keyed(d.Key)
	if w == nil {
		return WebhookReceipt{}, noWebhook(op, "")
	}
	if !w.Authentic(&hooks.Delivery{Body: d.Body, SHA256: d.SignatureSHA256, SHA1: d.SignatureSHA1, From: d.From}) {
		return WebhookReceipt{}, &Error{Code: ErrDenied, Op: op, Path: w.Name, Err: errors.New("the delivery does not come from whom the webhook takes some")}
	}
	document, err := hooks.Read(d.Body)
	if err != nil {
		return WebhookReceipt{}, &Error{Code: ErrInvalid, Op: op, Path: w.Name, Err: err}
	}
	receipt := WebhookReceipt{Webhook: w.Name, Pipeline: w.Pipeline}
	if d.Probe {
		return receipt, nil
	}
	configuration, err := e.webhookTarget(ctx, w)
	if err == nil {
		if !w.Passes(document, configuration) {
			return receipt, nil
		}
		receipt.Execution, err = e.deliver(ctx, w, d, hooks.Revision(document, cmp.Or(configuration["Branch"], configuration["BranchName"])))
	}
	e.noteTrigger(ctx, w, receipt, err)
	if err != nil {
		return WebhookReceipt{}, webhookError(op, w.Name, err)
	}
	return receipt, nil
}

// deliver starts the pipeline, unless the delivery has done so before.
func (e *Engine) deliver(ctx context.Context, w *hooks.Webhook, d WebhookDelivery, revision string) (execution string, err error) {
	id, err := e.deliveryCommand(ctx, w, &d)
	if err != nil {
		return "", err
	}
	name := "webhook/" + w.Name
	if d.Name != nil {
		name = d.Name(w.Name)
	}
	ctx = WithActor(ctx, name)
	c := StartExecution{ID: id, Pipeline: w.Pipeline, Trigger: ExecutionTrigger{Type: TriggerWebhook, Detail: name}}
	if revision != "" {
		c.Sources = []SourceRevision{{Action: w.Action, Type: CommitID, Value: revision}}
	}
	reply, err := e.Do(ctx, c)
	return reply.Execution, err
}

// deliveryCommand is the ID of the command that a delivery is: its own, or that of the one which it repeats. Its body is noted before anything is
// started, so that of two at once one is the other's repetition, and one that comes after a crash goes on with what had begun.
func (e *Engine) deliveryCommand(ctx context.Context, w *hooks.Webhook, d *WebhookDelivery) (id string, err error) {
	seed := newSeed()
	id = webhookCommand(w.Key, "new", string(seed[:]))
	if d.ID != "" {
		id = webhookCommand(w.Key, "id", d.ID)
		records, err := e.config.State.Get(ctx, declare.CommandRef(w.Pipeline, id))
		if err != nil || records[0] != nil {
			return id, err
		}
	}
	ref := declare.DeliveryRef(w.Key, webhookCommand(string(d.Body), d.SignatureSHA256, d.SignatureSHA1))
	for {
		found, err := e.config.State.Load(ctx, declare.TriggerStream(w.Name))
		if err != nil {
			return "", err
		}
		records, err := e.config.State.Get(ctx, ref)
		if err != nil {
			return "", err
		}
		if records[0] != nil {
			return string(records[0].Data), nil
		}
		now, err := e.clock.now(ctx, e)
		if err != nil {
			return "", err
		}
		batch := declare.Delivered(w.Name, found, ref, id, now.Add(RepetitionBound), store.ID(newSeed()))
		if err := e.commitDeclared(ctx, batch); !isConflict(err) {
			return id, err
		}
	}
}

// webhookCommand is a name for a command that the same parts have and no others.
func webhookCommand(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return "webhook-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// noteTrigger notes what became of a delivery that was to start something. It is for information: where it fails, nothing else does.
func (e *Engine) noteTrigger(ctx context.Context, w *hooks.Webhook, receipt WebhookReceipt, failure error) {
	if ctx.Err() != nil {
		return
	}
	now, err := e.clock.now(ctx, e)
	t := declare.Triggered{At: now.UTC().Truncate(time.Microsecond), Key: w.Key}
	if failure != nil {
		told := webhookError("", w.Name, failure)
		t.Code, t.Message = string(told.Code), told.Err.Error()
	} else if err == nil {
		t.Execution, err = machine.ParseID(receipt.Execution)
	}
	for conflict := true; conflict && err == nil; {
		var found []store.Stream
		if found, err = e.config.State.Load(ctx, declare.TriggerStream(w.Name)); err != nil {
			break
		}
		batch, newer, failed := t.Note(w.Name, found, store.ID(newSeed()))
		if failed != nil || !newer {
			err = failed
			break
		}
		err = e.commitDeclared(ctx, batch)
		if conflict = isConflict(err); conflict {
			err = nil
		}
	}
	if err != nil {
		e.config.Logger.Warn("what became of a delivery could not be noted", "webhook", w.Name, "error", err)
	}
}
