package declare

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Command is what is kept of a command beside its effect.
type Command struct {
	ID      string // the same ID never acts twice; empty: not remembered
	Actor   string
	Verb    string
	Request []byte // JSON, for the audit
}

// Changed is the one kind of event: types were declared, or are no longer; so with webhooks.
type Changed struct {
	At    time.Time         `wire:"1"`
	Actor string            `wire:"2"`
	Verb  string            `wire:"3"` // empty: a process has recorded what it registers
	Types []string          `wire:"4"` // Category/Owner/Provider/Version, or the names of webhooks
	Audit machine.AuditHead `wire:"5"` // the end of the chain with this change
}

// The stored names of Changed.
const (
	kindChanged        = "catalogue.changed"
	kindWebhookChanged = "webhooks.changed"
)

// answer is a command's record, by its ID.
type answer struct {
	Reply machine.Reply `wire:"1"`
}

// Change is the batch that makes the catalogue another one. c is nil where no command is behind it: what a process records is noted by
// the event alone.
func (s *State) Change(next Contents, types []string, c *Command, env machine.Env) (store.Batch, machine.Reply, error) {
	contents, err := json.Marshal(next)
	if err != nil {
		return store.Batch{}, machine.Reply{}, fmt.Errorf("%s: %w", theCatalogue().what, err)
	}
	batch, reply := theCatalogue().change(s.head, contents, types, c, env)
	return batch, reply, nil
}

// CommandRef names the record of a command on what has a Group.
func CommandRef(group, id string) store.Ref {
	return store.Ref{Kind: machine.KindCommand, Group: group, ID: id}
}

// Answered is what a command that has acted before was answered.
func Answered(record *store.Record) (machine.Reply, error) {
	var was answer
	if err := codec.Unmarshal(record.Data, &was); err != nil {
		return machine.Reply{}, fmt.Errorf("command %s: %w", record.ID, err)
	}
	return was.Reply, nil
}
