package machine

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// KindAudit are the records of commands that have acted, chained by their hashes. Group: pipeline; ID: the number, twelve digits.
const KindAudit = "audit"

// AuditHead is the newest link of a stream's chain.
type AuditHead struct {
	Number uint64   `wire:"1"`
	Hash   [32]byte `wire:"2"`
}

// AuditRecord says who had what done (S15). Its hash is that of its stored bytes.
type AuditRecord struct {
	Number   uint64    `wire:"1"` // from 1, without a gap
	Previous [32]byte  `wire:"2"` // hash of the record before it
	At       time.Time `wire:"3"`
	Actor    string    `wire:"4"`
	Verb     string    `wire:"5"`
	Command  string    `wire:"6"` // ID; empty where it had none
	Request  []byte    `wire:"7"` // JSON
	Reply    Reply     `wire:"8"`
	First    uint64    `wire:"9"`  // the events that it led to
	Last     uint64    `wire:"10"` // at once; more may follow from them
}

// AuditRef names a record of the chain.
func AuditRef(pipeline string, number uint64) store.Ref {
	return store.Ref{Kind: KindAudit, Group: pipeline, ID: fmt.Sprintf("%012d", number)}
}

// ReadAudit reads a record of the chain, and its hash.
func ReadAudit(record *store.Record) (out AuditRecord, hash [32]byte, err error) {
	if err = codec.Unmarshal(record.Data, &out); err != nil {
		return out, hash, fmt.Errorf("audit record %s: %w", record.ID, err)
	}
	return out, sha256.Sum256(record.Data), nil
}

// Note records a command that has just acted, in the same commit. It is decided right behind it.
type Note struct {
	Actor, Verb, Command string
	Request              []byte
	Reply                Reply
	Events               int // how many events the command led to
}

func (in *Note) decide(d *decision) error {
	record := AuditRecord{
		Number: d.Audit.Number + 1, Previous: d.Audit.Hash, At: d.now, Actor: in.Actor, Verb: in.Verb, Command: in.Command,
		Request: in.Request, Reply: in.Reply, First: d.Seq - uint64(in.Events) + 1, Last: d.Seq,
	}
	data := codec.Marshal(&record)
	d.out.Records = append(d.out.Records, store.Record{Ref: AuditRef(d.Name, record.Number), New: true, Data: data})
	d.emit(&CommandNoted{
		At: d.now, Actor: in.Actor, Verb: in.Verb, Command: in.Command, Head: AuditHead{Number: record.Number, Hash: sha256.Sum256(data)},
	})
	return nil
}

// CommandNoted says that a command has acted: the events before it are what it led to.
type CommandNoted struct {
	At      time.Time `wire:"1"`
	Actor   string    `wire:"2"`
	Verb    string    `wire:"3"`
	Command string    `wire:"4"`
	Head    AuditHead `wire:"5"` // of the chain, with this command
}

// Kind names the event.
func (*CommandNoted) Kind() string { return "command.noted" }

// When is the time it was decided at.
func (e *CommandNoted) When() time.Time { return e.At }

func (e *CommandNoted) apply(s *State) { s.Audit = e.Head }
