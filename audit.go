package penstock

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
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
	Limit    int    // entries; default 100, at most 1000
}

// AuditPage is part of an audit.
type AuditPage struct {
	Entries []AuditEntry
	Next    string // "" at the end
}

// Audit pages who had what done to a pipeline, also to one that was deleted. It fails with ErrPipelineNotFound where there never was one of that
// name.
func (e *Engine) Audit(ctx context.Context, q AuditQuery) (AuditPage, error) {
	const op = "audit"
	at, err := readAuditCursor(q.Cursor)
	if err != nil {
		return AuditPage{}, asError(op, q.Pipeline, err)
	}
	_, newest, err := e.auditEnd(ctx, op, q.Pipeline)
	if err != nil {
		return AuditPage{}, err
	}
	l := auditList{pipeline: q.Pipeline, limit: store.PageLimit(q.Limit), auditCursor: at}
	l.take(newest)
	for len(l.entries) < l.limit && l.next > 0 {
		page, err := e.config.State.List(ctx, store.Query{Kind: machine.KindAudit, Group: q.Pipeline, Cursor: l.page, Limit: 1 + l.limit/machine.AuditEntries})
		if err != nil {
			return AuditPage{}, asError(op, q.Pipeline, err)
		}
		for i := range page.Records {
			entries, err := machine.ReadAudit(&page.Records[i])
			if err != nil {
				return AuditPage{}, &Error{Code: ErrInternal, Op: op, Path: q.Pipeline, Err: err}
			}
			l.take(entries)
		}
		if len(l.entries) < l.limit {
			if l.page = page.Next; l.page == "" {
				l.next = 0
			}
		}
	}
	return AuditPage{Entries: l.entries, Next: l.auditCursor.String()}, nil
}

// auditCursor is where a list goes on.
type auditCursor struct {
	next uint64 // the greatest number that is still to come; 0: none
	page string // cursor of the store's page that it is in
}

// String is the cursor's text, empty at the end.
func (c auditCursor) String() string {
	if c.next == 0 {
		return ""
	}
	return strconv.FormatUint(c.next, 10) + "." + c.page
}

func readAuditCursor(text string) (c auditCursor, err error) {
	if text == "" {
		return auditCursor{next: math.MaxUint64}, nil
	}
	next, page, ok := strings.Cut(text, ".")
	c.page = page
	if c.next, err = strconv.ParseUint(next, 10, 64); err != nil || !ok || c.String() != text {
		return c, &store.Invalid{Problem: "a cursor is not one that the audit has answered", Cursor: true}
	}
	return c, nil
}

// auditList collects entries, newest first.
type auditList struct {
	pipeline string
	limit    int
	entries  []AuditEntry
	auditCursor
}

// take adds the newest of some entries, which are in their order: those that have not come before, as far as there is room. The newest of all are in
// the pipeline's state, and may be in a page too when that is read.
func (l *auditList) take(entries []machine.AuditEntry) {
	for i := len(entries) - 1; i >= 0 && len(l.entries) < l.limit; i-- {
		if is := &entries[i]; is.Number <= l.next {
			l.entries = append(l.entries, auditView(l.pipeline, is, is.Head().Hash))
			l.next = is.Number - 1
		}
	}
}

func auditView(pipeline string, is *machine.AuditEntry, hash [32]byte) AuditEntry {
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
	const op = "verify audit"
	end, newest, err := e.auditEnd(ctx, op, pipeline)
	if err != nil {
		return AuditHead{}, err
	}
	v := verification{pipeline: pipeline, newest: end.Number, expect: end.Number, previous: end.Hash, known: known, head: AuditHead{Pipeline: pipeline}}
	for i := len(newest) - 1; i >= 0; i-- {
		if err := v.entry(&newest[i]); err != nil {
			return AuditHead{}, err
		}
	}
	v.paged = v.expect
	q := store.Query{Kind: machine.KindAudit, Group: pipeline, Limit: store.MaxPage}
	for more := true; more; more = q.Cursor != "" {
		page, err := e.config.State.List(ctx, q)
		if err != nil {
			return AuditHead{}, asError(op, pipeline, err)
		}
		for i := range page.Records {
			if err := v.page(&page.Records[i]); err != nil {
				return AuditHead{}, err
			}
		}
		q.Cursor = page.Next
	}
	if end, newest, err = e.auditEnd(ctx, op, pipeline); err != nil {
		return AuditHead{}, err
	}
	if err := v.end(end.Number, end.Number-uint64(len(newest))); err != nil {
		return AuditHead{}, err
	}
	return v.head, nil
}

// auditEnd is the end of an audit as the state vouches for it, and what is behind the last page.
func (e *Engine) auditEnd(ctx context.Context, op, pipeline string) (end machine.AuditHead, newest []machine.AuditEntry, err error) {
	switch pipeline {
	case CatalogueAudit:
		s, err := e.readCatalogue(ctx, op)
		if err != nil {
			return end, nil, err
		}
		return s.Audit, nil, nil
	case WebhookAudit:
		s, err := e.readWebhooks(ctx, op)
		if err != nil {
			return end, nil, err
		}
		return s.Audit, nil, nil
	}
	s, err := e.restore(ctx, op, pipeline)
	if err != nil {
		return end, nil, err
	}
	return s.Audit, s.Noted, nil
}

// verification walks an audit from its end to its beginning.
type verification struct {
	pipeline string
	newest   uint64   // number of the last entry when the walk began
	paged    uint64   // and of the last one in a page
	beyond   uint64   // number of the last entry that was seen in a page
	expect   uint64   // number of the next entry
	previous [32]byte // its hash, as the one behind it says
	known    []AuditHead
	head     AuditHead
}

// page judges the next page. What left the state after the walk began is passed over.
func (v *verification) page(record *store.Record) error {
	entries, err := machine.ReadAudit(record)
	if err != nil {
		return v.broken(v.expect, "it cannot be read: %w", err)
	}
	last := entries[len(entries)-1].Number
	if record.ID != machine.AuditRef(v.pipeline, last).ID {
		return v.broken(v.expect, "entry %d stands in its place", last)
	}
	v.beyond = max(v.beyond, last)
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Number > v.paged {
			continue
		}
		if err := v.entry(&entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// entry judges the next one.
func (v *verification) entry(is *machine.AuditEntry) error {
	head := is.Head()
	switch {
	case is.Number != v.expect:
		return v.broken(v.expect, "entry %d stands in its place", is.Number)
	case head.Hash != v.previous:
		return v.broken(v.expect, "its hash is not what was written behind it")
	}
	here := AuditHead{Pipeline: v.pipeline, Number: is.Number, Hash: hex.EncodeToString(head.Hash[:])}
	for _, known := range v.known {
		if known.Pipeline == v.pipeline && known.Number == is.Number && known != here {
			return v.broken(v.expect, "its hash is not the one that was known")
		}
	}
	if is.Number == v.newest {
		v.head = here
	}
	v.expect, v.previous = is.Number-1, is.Previous
	return nil
}

// end judges that the walk came to the beginning and passed all that was known, and that no page has what never left the state.
func (v *verification) end(newest, paged uint64) error {
	switch {
	case v.expect != 0:
		return v.broken(v.expect, "it is missing")
	case v.beyond > paged:
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
