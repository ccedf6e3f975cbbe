package oracle

import (
	"context"
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
}

// chain judges the records: each holds the hash of the one before it, and the stream that of the last.
func (s *stream) chain(ctx context.Context) {
	group := strings.TrimPrefix(s.name, "pipeline/")
	found := s.list(ctx, store.Query{Kind: machine.KindAudit, Group: group})
	var head machine.AuditHead
	for head.Number < s.audit.Number {
		record, there := found[machine.AuditRef(group, head.Number+1).ID]
		is, hash, err := machine.ReadAudit(&record)
		c := s.ledger.Commands[is.Command]
		switch {
		case !there || err != nil || is.Number != head.Number+1 || is.Previous != head.Hash:
			s.Fail("S15", "audit record %d of %s is there=%t and does not follow: %v", head.Number+1, s.name, there, err)
			return
		case c == nil || c.effect == 0 || is.First > c.effect || is.Last < c.effect:
			s.Fail("S15", "audit record %d of %s tells of events %d to %d by %s, which did not do them", is.Number, s.name, is.First, is.Last, is.Command)
		}
		head = machine.AuditHead{Number: is.Number, Hash: hash}
	}
	if head != s.audit || len(found) != int(s.audit.Number) {
		s.Fail("S15", "%s has %d audit records that end in another hash than its %d notes", s.name, len(found), s.audit.Number)
	}
	for _, c := range s.ledger.Commands {
		if c.Stream == s.name && c.noted != (c.effect != 0) {
			s.Fail("S15", "command %s, %s, acted=%t is noted=%t", c.ID, c.Kind, c.effect != 0, c.noted)
			return
		}
	}
}
