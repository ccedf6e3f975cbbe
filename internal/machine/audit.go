package machine

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// KindAudit are full pages of the audit: commands that have acted, chained by their hashes. What comes behind the last page is in the state.
// Group: pipeline; ID: the number of the page's last entry, twelve digits.
const KindAudit = "audit"

// How much of the audit the state keeps, and a page has, at most.
const (
	AuditEntries = 16
	auditBytes   = 4 << 10 // about; a larger entry is a page of its own
)

// AuditHead is the newest link of a stream's chain.
type AuditHead struct {
	Number uint64   `wire:"1"`
	Hash   [32]byte `wire:"2"`
}

// AuditEntry says who had what done (S15). Its hash is that of its stored form.
type AuditEntry struct {
	Number   uint64    `wire:"1"` // from 1, without a gap
	Previous [32]byte  `wire:"2"` // hash of the entry before it
	At       time.Time `wire:"3"`
	Actor    string    `wire:"4"`
	Verb     string    `wire:"5"`
	Command  string    `wire:"6"` // ID; empty where it had none
	Request  []byte    `wire:"7"` // JSON
	Reply    Reply     `wire:"8"`
	First    uint64    `wire:"9"`  // the events that it led to
	Last     uint64    `wire:"10"` // at once; more may follow from them
}

// Head is the end of a chain whose last entry it is.
func (e *AuditEntry) Head() AuditHead {
	return AuditHead{Number: e.Number, Hash: sha256.Sum256(codec.Marshal(e))}
}

// size is about how many bytes the entry takes.
func (e *AuditEntry) size() int { return 120 + len(e.Actor) + len(e.Command) + len(e.Request) }

// auditPage is a page as it is stored: the entries each in the form that its hash is of.
type auditPage struct {
	Entries [][]byte `wire:"1"`
}

// AuditPage is the record of a page. There has to be an entry.
func AuditPage(pipeline string, entries ...AuditEntry) store.Record {
	page := auditPage{Entries: make([][]byte, len(entries))}
	for i := range entries {
		page.Entries[i] = codec.Marshal(&entries[i])
	}
	return store.Record{Ref: AuditRef(pipeline, entries[len(entries)-1].Number), New: true, Data: codec.Marshal(&page)}
}

// AuditRef names the page that ends with an entry.
func AuditRef(pipeline string, last uint64) store.Ref {
	return store.Ref{Kind: KindAudit, Group: pipeline, ID: fmt.Sprintf("%012d", last)}
}

// ReadAudit reads a page, oldest entry first. It fails unless that is all that the record holds.
func ReadAudit(record *store.Record) ([]AuditEntry, error) {
	var page auditPage
	err := codec.Unmarshal(record.Data, &page)
	if err == nil && (len(page.Entries) == 0 || !bytes.Equal(codec.Marshal(&page), record.Data)) {
		err = errors.New("it is not as it was written")
	}
	out := make([]AuditEntry, len(page.Entries))
	for i := 0; i < len(out) && err == nil; i++ {
		err = codec.Unmarshal(page.Entries[i], &out[i])
		if err == nil && !bytes.Equal(codec.Marshal(&out[i]), page.Entries[i]) {
			err = errors.New("an entry is not as it was written")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("audit page %s: %w", record.ID, err)
	}
	return out, nil
}

// Note records a command that has just acted, in the same commit. It is decided right behind it.
type Note struct {
	Actor, Verb, Command string
	Request              []byte
	Reply                Reply
	Events               int // how many events the command led to
}

func (in *Note) decide(d *decision) error {
	e := &CommandNoted{
		At: d.now, Actor: in.Actor, Verb: in.Verb, Command: in.Command, Request: in.Request, Reply: in.Reply,
		First: d.Seq - uint64(in.Events) + 1, Last: d.Seq,
	}
	entry := e.Entry(d.Audit)
	e.Head, e.Alone = entry.Head(), entry.size() >= auditBytes
	if e.Paged = d.auditFull(entry.size()); e.Paged {
		d.out.Records = append(d.out.Records, AuditPage(d.Name, d.Noted...))
	}
	if e.Alone {
		d.out.Records = append(d.out.Records, AuditPage(d.Name, entry))
	}
	d.emit(e)
	return nil
}

// auditFull reports whether what of the audit is in the state is to leave for a page before more comes.
func (s *State) auditFull(more int) bool {
	for i := range s.Noted {
		more += s.Noted[i].size()
	}
	return len(s.Noted) > 0 && (len(s.Noted) >= AuditEntries || more >= auditBytes)
}

// CommandNoted says that a command has acted: the events before it are what it led to.
type CommandNoted struct {
	At      time.Time `wire:"1"`
	Actor   string    `wire:"2"`
	Verb    string    `wire:"3"`
	Command string    `wire:"4"`
	Head    AuditHead `wire:"5"` // of the chain, with this command
	Request []byte    `wire:"6"`
	Reply   Reply     `wire:"7"`
	First   uint64    `wire:"8"`
	Last    uint64    `wire:"9"`
	Paged   bool      `wire:"10"` // the entries before it have left the state for a page
	Alone   bool      `wire:"11"` // it has a page of its own, being large: a store that does not take it refuses the command
}

// Kind names the event.
func (*CommandNoted) Kind() string { return "command.noted" }

// When is the time it was decided at.
func (e *CommandNoted) When() time.Time { return e.At }

// Entry is the audit's, behind the one that ended the chain.
func (e *CommandNoted) Entry(before AuditHead) AuditEntry {
	return AuditEntry{
		Number: before.Number + 1, Previous: before.Hash, At: e.At, Actor: e.Actor, Verb: e.Verb, Command: e.Command,
		Request: e.Request, Reply: e.Reply, First: e.First, Last: e.Last,
	}
}

func (e *CommandNoted) apply(s *State) {
	if e.Paged {
		s.Noted = nil
	}
	if !e.Alone {
		s.Noted = append(s.Noted, e.Entry(s.Audit))
	}
	s.Audit = e.Head
}
