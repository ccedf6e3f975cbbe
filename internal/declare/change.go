package declare

import (
	"crypto/sha256"
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

// Changed is the catalogue's one kind of event: types were declared, or are no longer.
type Changed struct {
	At    time.Time         `wire:"1"`
	Actor string            `wire:"2"`
	Verb  string            `wire:"3"` // empty: a process has recorded what it registers
	Types []string          `wire:"4"` // Category/Owner/Provider/Version
	Audit machine.AuditHead `wire:"5"` // the end of the chain with this change
}

// kindChanged is the stored name of Changed.
const kindChanged = "catalogue.changed"

// answer is a command's record, by its ID.
type answer struct {
	Reply machine.Reply `wire:"1"`
}

// Change is the batch that makes the catalogue another one. c is nil where no command is behind it: what a process records is noted by
// the event alone.
func (s *State) Change(next Contents, types []string, c *Command, env machine.Env) (store.Batch, machine.Reply, error) {
	now := env.Now.UTC().Truncate(time.Microsecond)
	if now.Before(s.now) {
		now = s.now
	}
	contents, err := json.Marshal(next)
	if err != nil {
		return store.Batch{}, machine.Reply{}, fmt.Errorf("the catalogue: %w", err)
	}
	reply := machine.Reply{At: now}
	event := Changed{At: now, Types: types, Audit: s.Audit}
	batch := store.Batch{Stream: Stream, Expect: s.token, ID: store.ID(env.Seed)}
	if c != nil {
		event.Actor, event.Verb = c.Actor, c.Verb
		event.Audit = s.note(&batch, c, reply)
	}
	batch.Events = []store.Event{{Kind: kindChanged, Data: codec.Marshal(&event)}}
	batch.Snapshot = codec.Marshal(&snapshot{Format: format, Contents: contents, Audit: event.Audit, Now: now})
	return batch, reply, nil
}

// note puts what is kept of a command, and answers the end of the chain with it.
func (s *State) note(batch *store.Batch, c *Command, reply machine.Reply) machine.AuditHead {
	record := machine.AuditRecord{
		Number: s.Audit.Number + 1, Previous: s.Audit.Hash, At: reply.At, Actor: c.Actor, Verb: c.Verb, Command: c.ID, Request: c.Request, Reply: reply,
		First: s.version + 1, Last: s.version + 1,
	}
	data := codec.Marshal(&record)
	batch.Put = append(batch.Put, store.Record{Ref: machine.AuditRef(Group, record.Number), New: true, Data: data})
	if c.ID != "" {
		batch.Put = append(batch.Put, store.Record{Ref: CommandRef(c.ID), New: true, Data: codec.Marshal(&answer{Reply: reply})})
	}
	return machine.AuditHead{Number: record.Number, Hash: sha256.Sum256(data)}
}

// CommandRef names the record of a command on the catalogue.
func CommandRef(id string) store.Ref {
	return store.Ref{Kind: machine.KindCommand, Group: Group, ID: id}
}

// Answered is what a command that has acted before was answered.
func Answered(record *store.Record) (machine.Reply, error) {
	var was answer
	if err := codec.Unmarshal(record.Data, &was); err != nil {
		return machine.Reply{}, fmt.Errorf("command %s: %w", record.ID, err)
	}
	return was.Reply, nil
}
