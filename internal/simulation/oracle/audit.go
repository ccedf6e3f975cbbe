package oracle

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// noted judges that a command is noted once, after it acted, behind the one before it: S15.
func (s *stream) noted(e *machine.CommandNoted) {
	c := s.ledger.Commands[e.Command]
	switch {
	case c == nil || c.Stream != s.name || c.Kind != e.Verb || c.effect == 0:
		s.Fail("S15", "command %s, %s, is noted and has not acted", e.Command, e.Verb)
		return
	case c.noted:
		s.Fail("S15", "command %s, %s, is noted twice", c.ID, c.Kind)
	case e.Head.Number != s.audit.Number+1:
		s.Fail("S15", "note %d of %s follows note %d", e.Head.Number, s.name, s.audit.Number)
	}
	c.noted, s.audit = true, e.Head
	if e.Paged {
		s.unpaged = nil
	}
	if !e.Alone {
		s.unpaged = append(s.unpaged, e)
	}
}

// chain judges the audit, which is what was noted: each entry holds the hash of the one before it, and the stream that of the last. What is in no
// page must be what the notes behind the last page tell.
func (s *stream) chain(ctx context.Context) {
	group := strings.TrimPrefix(s.name, "pipeline/")
	var head machine.AuditHead
	found := s.list(ctx, store.Query{Kind: machine.KindAudit, Group: group})
	for _, id := range slices.Sorted(maps.Keys(found)) {
		record := found[id]
		entries, err := machine.ReadAudit(&record)
		if err != nil || id != machine.AuditRef(group, entries[len(entries)-1].Number).ID {
			s.Fail("S15", "audit page %s of %s is not what its name says: %v", id, s.name, err)
			return
		}
		for i := range entries {
			head = s.link(&entries[i], head)
		}
	}
	for _, e := range s.unpaged {
		entry := e.Entry(head)
		head = s.link(&entry, head)
	}
	if head != s.audit {
		s.Fail("S15", "the audit of %s ends with entry %d and another hash than its %d notes", s.name, head.Number, s.audit.Number)
	}
	for _, c := range s.ledger.Commands {
		if c.Stream == s.name && c.noted != (c.effect != 0) {
			s.Fail("S15", "command %s, %s, acted=%t is noted=%t", c.ID, c.Kind, c.effect != 0, c.noted)
			return
		}
	}
}

// link judges one entry, and answers the end of the chain with it.
func (s *stream) link(is *machine.AuditEntry, before machine.AuditHead) machine.AuditHead {
	c := s.ledger.Commands[is.Command]
	switch {
	case is.Number != before.Number+1 || is.Previous != before.Hash:
		s.Fail("S15", "audit entry %d of %s does not follow", is.Number, s.name)
	case c == nil || c.effect == 0 || is.First > c.effect || is.Last < c.effect:
		s.Fail("S15", "audit entry %d of %s tells of events %d to %d by %s, which did not do them", is.Number, s.name, is.First, is.Last, is.Command)
	}
	return is.Head()
}
