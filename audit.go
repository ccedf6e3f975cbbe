package penstock

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// CatalogueAudit stands for the catalogue of action types where a pipeline's audit is asked for: what was created, changed and deleted.
const CatalogueAudit = declare.Group

// WebhookAudit stands for the webhooks where a pipeline's audit is asked for: what was put, registered, tagged and deleted.
const WebhookAudit = declare.WebhookGroup

// AuditEntry is a command that acted. It was committed together with what it did.
type AuditEntry struct {
	Pipeline  string
	Number    uint64 // from 1, without a gap
	At        time.Time
	Actor     string
	Verb      Verb
	Command   string          // its ID, where it had one
	Request   json.RawMessage // the command; of ApplyPipeline the version and digest of the definition
	Execution string          // that was started, stopped, retried or decided on
	First     uint64          // the events that it led to at once, by Event.Version
	Last      uint64
	Hash      string // SHA-256 of this entry with the hash of the one before it, in hexadecimal
}

// AuditQuery asks for a pipeline's audit, newest first.
type AuditQuery struct {
	Pipeline string
	Cursor   string // AuditPage.Next; "" for the newest
	Limit    int    // default 100, at most 1000
}

// AuditPage is part of an audit.
type AuditPage struct {
	Entries []AuditEntry
	Next    string // "" at the end
}

// Audit pages who had what done to a pipeline.
func (e *Engine) Audit(ctx context.Context, q AuditQuery) (AuditPage, error) {
	page, err := e.config.State.List(ctx, store.Query{Kind: machine.KindAudit, Group: q.Pipeline, Cursor: q.Cursor, Limit: q.Limit})
	if err != nil {
		return AuditPage{}, asError("audit", q.Pipeline, err)
	}
	out := AuditPage{Next: page.Next}
	for i := range page.Records {
		is, hash, err := machine.ReadAudit(&page.Records[i])
		if err != nil {
			return AuditPage{}, &Error{Code: ErrInternal, Op: "audit", Path: q.Pipeline, Err: err}
		}
		out.Entries = append(out.Entries, auditView(q.Pipeline, is, hash))
	}
	return out, nil
}

func auditView(pipeline string, is machine.AuditRecord, hash [32]byte) AuditEntry {
	return AuditEntry{
		Pipeline: pipeline, Number: is.Number, At: is.At, Actor: is.Actor, Verb: Verb(is.Verb), Command: is.Command, Request: is.Request,
		Execution: is.Reply.Execution.String(), First: is.First, Last: is.Last, Hash: hex.EncodeToString(hash[:]),
	}
}

// AuditHead is the end of a pipeline's audit at some time. Kept where the store's administrator cannot reach it, it proves later that nothing
// up to it was changed.
type AuditHead struct {
	Pipeline string
	Number   uint64
	Hash     string // of entry Number; empty when there is none
}

// VerifyAudit reads a pipeline's audit whole and answers its end. It fails with ErrAuditBroken, saying where, when an entry was edited,
// removed, added or moved: each holds the hash of the one before it, and the pipeline's own state that of the last. Whoever can rewrite
// the whole store can rewrite the whole audit: only heads that were known before find that.
func (e *Engine) VerifyAudit(ctx context.Context, pipeline string, known ...AuditHead) (AuditHead, error) {
	end, err := e.auditHead(ctx, pipeline)
	if err != nil {
		return AuditHead{}, err
	}
	v := verification{pipeline: pipeline, newest: end.Number, expect: end.Number, previous: end.Hash, known: known, head: AuditHead{Pipeline: pipeline}}
	q := store.Query{Kind: machine.KindAudit, Group: pipeline, Limit: store.MaxPage}
	for more := true; more; more = q.Cursor != "" {
		page, err := e.config.State.List(ctx, q)
		if err != nil {
			return AuditHead{}, asError("verify audit", pipeline, err)
		}
		for i := range page.Records {
			if err := v.record(&page.Records[i]); err != nil {
				return AuditHead{}, err
			}
		}
		q.Cursor = page.Next
	}
	if end, err = e.auditHead(ctx, pipeline); err != nil {
		return AuditHead{}, err
	}
	if err := v.end(end.Number); err != nil {
		return AuditHead{}, err
	}
	return v.head, nil
}

// auditHead is the end of an audit as the state vouches for it.
func (e *Engine) auditHead(ctx context.Context, pipeline string) (machine.AuditHead, error) {
	if pipeline == CatalogueAudit {
		s, err := e.readCatalogue(ctx, "verify audit")
		if err != nil {
			return machine.AuditHead{}, err
		}
		return s.Audit, nil
	}
	if pipeline == WebhookAudit {
		s, err := e.readWebhooks(ctx, "verify audit")
		if err != nil {
			return machine.AuditHead{}, err
		}
		return s.Audit, nil
	}
	s, err := e.restore(ctx, "verify audit", pipeline)
	if err != nil {
		return machine.AuditHead{}, err
	}
	return s.Audit, nil
}

// verification walks an audit from its end to its beginning.
type verification struct {
	pipeline string
	newest   uint64   // number of the last record when the walk began
	beyond   uint64   // number of the last record that was seen
	expect   uint64   // number of the next record
	previous [32]byte // its hash, as the one behind it says
	known    []AuditHead
	head     AuditHead
}

// record judges the next one. What was added after the walk began is passed over.
func (v *verification) record(record *store.Record) error {
	is, hash, err := machine.ReadAudit(record)
	v.beyond = max(v.beyond, is.Number)
	switch {
	case err == nil && is.Number > v.newest && record.ID == machine.AuditRef(v.pipeline, is.Number).ID:
		return nil
	case err != nil:
		return v.broken(v.expect, "it cannot be read: %w", err)
	case is.Number != v.expect || record.ID != machine.AuditRef(v.pipeline, v.expect).ID:
		return v.broken(v.expect, "entry %d stands in its place", is.Number)
	case hash != v.previous:
		return v.broken(v.expect, "its hash is not what was written behind it")
	}
	here := AuditHead{Pipeline: v.pipeline, Number: is.Number, Hash: hex.EncodeToString(hash[:])}
	for _, head := range v.known {
		if head.Pipeline == v.pipeline && head.Number == is.Number && head != here {
			return v.broken(v.expect, "its hash is not the one that was known")
		}
	}
	if is.Number == v.newest {
		v.head = here
	}
	v.expect, v.previous = is.Number-1, is.Previous
	return nil
}

// end judges that the walk came to the beginning and passed all that was known, and that what lay beyond its start was noted too.
func (v *verification) end(newest uint64) error {
	switch {
	case v.expect != 0:
		return v.broken(v.expect, "it is missing")
	case v.beyond > newest:
		return v.broken(v.beyond, "it was never noted")
	}
	for _, head := range v.known {
		if head.Pipeline == v.pipeline && head.Number > newest {
			return v.broken(head.Number, "it was known and is missing")
		}
	}
	return nil
}

func (v *verification) broken(number uint64, format string, args ...any) error {
	return &Error{
		Code: ErrAuditBroken, Op: "verify audit", Path: v.pipeline, Err: fmt.Errorf("entry %d: "+format, append([]any{number}, args...)...),
		Hint: "compare the store with a backup; the entries before it may be sound",
	}
}
