package declare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/webhook"
	"github.com/penstock-dev/penstock/store"
)

// WebhookStream is the name of the stream of webhooks.
const WebhookStream = "webhooks"

// WebhookGroup is the group of its records. No pipeline can have the name.
const WebhookGroup = "/webhooks"

func theWebhooks() kept {
	return kept{stream: WebhookStream, group: WebhookGroup, kind: kindWebhookChanged, what: "the webhooks"}
}

// Webhooks is the stream of webhooks as it was read. It is not changed any more.
type Webhooks struct {
	All []webhook.Webhook // ordered by name
	head
}

// RestoreWebhooks reads what a store answered for WebhookStream, as Restore does.
func RestoreWebhooks(found []store.Stream, before *Webhooks) (*Webhooks, error) {
	if len(found) == 0 {
		return &Webhooks{}, nil
	}
	if before != nil && before.token == found[0].Token {
		return before, nil
	}
	h, contents, err := theWebhooks().restore(&found[0])
	if err != nil {
		return nil, err
	}
	s := &Webhooks{head: h}
	if err := json.Unmarshal(contents, &s.All); err != nil {
		return nil, fmt.Errorf("%s: %w", theWebhooks().what, err)
	}
	return s, nil
}

// Named finds a webhook; nil where there is none.
func (s *Webhooks) Named(name string) *webhook.Webhook {
	if i, there := s.find(name); there {
		return &s.All[i]
	}
	return nil
}

// Keyed finds the webhook whose URL ends so; nil where there is none.
func (s *Webhooks) Keyed(key string) *webhook.Webhook {
	i := slices.IndexFunc(s.All, func(w webhook.Webhook) bool { return w.Key == key })
	if i < 0 || key == "" {
		return nil
	}
	return &s.All[i]
}

// After is where webhooks with greater names begin.
func (s *Webhooks) After(name string) int {
	i, there := s.find(name)
	if there {
		i++
	}
	return i
}

func (s *Webhooks) find(name string) (int, bool) {
	return slices.BinarySearchFunc(s.All, name, func(w webhook.Webhook, name string) int { return strings.Compare(w.Name, name) })
}

// With are the webhooks with one put in its place.
func (s *Webhooks) With(w webhook.Webhook) []webhook.Webhook {
	i, there := s.find(w.Name)
	if there {
		return slices.Replace(slices.Clone(s.All), i, i+1, w)
	}
	return slices.Insert(slices.Clone(s.All), i, w)
}

// Without are the webhooks without one.
func (s *Webhooks) Without(name string) []webhook.Webhook {
	return slices.DeleteFunc(slices.Clone(s.All), func(w webhook.Webhook) bool { return w.Name == name })
}

// Change is the batch that makes other webhooks of them; name is the one that differs.
func (s *Webhooks) Change(next []webhook.Webhook, name string, c *Command, env machine.Env) (store.Batch, machine.Reply, error) {
	contents, err := json.Marshal(next)
	if err != nil {
		return store.Batch{}, machine.Reply{}, fmt.Errorf("%s: %w", theWebhooks().what, err)
	}
	batch, reply := theWebhooks().change(s.head, contents, []string{name}, c, env)
	return batch, reply, nil
}

// Triggered is the last delivery that was to start something, in a stream for each webhook: deliveries do not write all webhooks anew.
type Triggered struct {
	At        time.Time  `wire:"1"`
	Key       string     `wire:"2"` // of the webhook: another of the same name has not been triggered
	Execution machine.ID `wire:"3"` // zero: nothing was started
	Code      string     `wire:"4"` // why not
	Message   string     `wire:"5"`
}

// TriggerStream is the name of the stream of a webhook's Triggered.
func TriggerStream(name string) string { return "webhook/" + name }

// Note is the batch that replaces what a store has of the stream, which may be nothing yet. An earlier delivery replaces no later one: false.
func (t *Triggered) Note(name string, found []store.Stream, id store.ID) (batch store.Batch, newer bool, err error) {
	batch = store.Batch{Stream: TriggerStream(name), ID: id}
	if len(found) > 0 {
		before, err := ReadTriggered(&found[0])
		if err != nil {
			return batch, false, err
		}
		if !t.At.After(before.At) {
			return batch, false, nil
		}
		batch.Expect = found[0].Token
	}
	data := codec.Marshal(t)
	batch.Events, batch.Snapshot = []store.Event{{Kind: "webhook.triggered", Data: data}}, data
	return batch, true, nil
}

// DeliveryRef names the record by which a delivery to a webhook is known again, by a digest of it.
func DeliveryRef(key, digest string) store.Ref {
	return store.Ref{Kind: "delivery", Group: key, ID: digest}
}

// Delivered is the batch that notes which command a delivery is, on what a store has of the webhook's stream, until it is no repetition any more.
func Delivered(name string, found []store.Stream, ref store.Ref, command string, expires time.Time, id store.ID) store.Batch {
	batch := store.Batch{
		Stream: TriggerStream(name), ID: id, Events: []store.Event{{Kind: "webhook.delivered", Data: []byte(command)}},
		Put: []store.Record{{Ref: ref, New: true, Expires: expires, Data: []byte(command)}},
	}
	if len(found) > 0 {
		batch.Expect = found[0].Token
	} else {
		batch.Snapshot = codec.Marshal(&Triggered{})
	}
	return batch
}

// ReadTriggered reads what a store has of a webhook's stream.
func ReadTriggered(found *store.Stream) (t Triggered, err error) {
	if err := codec.Unmarshal(found.Snapshot, &t); err != nil {
		return t, fmt.Errorf("stream %s: %w", found.Name, err)
	}
	return t, nil
}

// ReadChanged reads an event of the catalogue's stream, or of that of the webhooks, and says under which group its command was noted; false: it
// is another kind of event, or no command was behind it.
func ReadChanged(e store.Event) (group string, c Changed, noted bool, err error) {
	switch e.Kind {
	case kindChanged:
		group = Group
	case kindWebhookChanged:
		group = WebhookGroup
	default:
		return "", c, false, nil
	}
	if err := codec.Unmarshal(e.Data, &c); err != nil {
		return "", c, false, fmt.Errorf("event %s: %w", e.Kind, err)
	}
	return group, c, c.Verb != "", nil
}
