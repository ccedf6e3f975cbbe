package declare

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// kept is a stream that each commit writes whole.
type kept struct {
	stream string
	group  string // of its records
	kind   string // of its events
	what   string // as errors call it
}

// head is where such a stream stood when it was read.
type head struct {
	Audit machine.AuditHead // of the chain of commands

	token   store.ID
	version uint64    // of the last event
	now     time.Time // of the last change
}

// Version is the number of the newest event that was read.
func (h head) Version() uint64 { return h.version }

// snapshot is the stored form of such a stream.
type snapshot struct {
	Format   int               `wire:"1"`
	Contents []byte            `wire:"2"` // JSON
	Audit    machine.AuditHead `wire:"3"`
	Now      time.Time         `wire:"4"`
}

// format is raised when a snapshot's meaning changes in a way that tolerant decoding cannot bridge.
const format = 1

// restore reads what a store has of a stream.
func (k kept) restore(found *store.Stream) (h head, contents []byte, err error) {
	var in snapshot
	if err := codec.Unmarshal(found.Snapshot, &in); err != nil {
		return h, nil, fmt.Errorf("%s: %w", k.what, err)
	}
	if in.Format != format {
		return h, nil, fmt.Errorf("%s has format %d, this release reads %d", k.what, in.Format, format)
	}
	return head{Audit: in.Audit, token: found.Token, version: found.Version, now: in.Now}, in.Contents, nil
}

// change is the batch that gives a stream other contents. c is nil where no command is behind it.
func (k kept) change(h head, contents []byte, names []string, c *Command, env machine.Env) (store.Batch, machine.Reply) {
	now := env.Now.UTC().Truncate(time.Microsecond)
	if now.Before(h.now) {
		now = h.now
	}
	reply := machine.Reply{At: now}
	event := Changed{At: now, Types: names, Audit: h.Audit}
	batch := store.Batch{Stream: k.stream, Expect: h.token, ID: store.ID(env.Seed)}
	if c != nil {
		event.Actor, event.Verb = c.Actor, c.Verb
		event.Audit = k.note(h, &batch, c, reply)
	}
	batch.Events = []store.Event{{Kind: k.kind, Data: codec.Marshal(&event)}}
	batch.Snapshot = codec.Marshal(&snapshot{Format: format, Contents: contents, Audit: event.Audit, Now: now})
	return batch, reply
}

// note puts what is kept of a command, a page of the audit for each, and answers the end of the chain with it.
func (k kept) note(h head, batch *store.Batch, c *Command, reply machine.Reply) machine.AuditHead {
	entry := machine.AuditEntry{
		Number: h.Audit.Number + 1, Previous: h.Audit.Hash, At: reply.At, Actor: c.Actor, Verb: c.Verb, Command: c.ID, Request: c.Request, Reply: reply,
		First: h.version + 1, Last: h.version + 1,
	}
	batch.Put = append(batch.Put, machine.AuditPage(k.group, entry))
	if c.ID != "" {
		batch.Put = append(batch.Put, store.Record{Ref: CommandRef(k.group, c.ID), New: true, Data: codec.Marshal(&answer{Reply: reply})})
	}
	return entry.Head()
}
