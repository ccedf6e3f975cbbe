package oracle

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Records judges the read model: what has ended has one record that says how, what goes on has none, and what acted is remembered.
func (o *Oracle) Records(ctx context.Context) {
	o.jobRecords(ctx)
	for _, name := range slices.Sorted(maps.Keys(o.streams)) {
		s, group := o.streams[name], strings.TrimPrefix(name, "pipeline/")
		executions := s.list(ctx, store.Query{Kind: machine.KindExecution, Group: group})
		s.actionRecords(s.history(executions, s.list(ctx, store.Query{Kind: machine.KindActions, Group: group})))
		s.executionRecords(executions)
		s.chain(ctx)
		s.pipelineRecords(ctx)
		commands := s.list(ctx, store.Query{Kind: machine.KindCommand, Group: group})
		for _, id := range slices.Sorted(maps.Keys(o.ledger.Commands)) {
			c := o.ledger.Commands[id]
			if _, there := commands[c.ID]; c.Stream == name && there != (c.effect != 0) {
				o.Fail("S1", "command %s, %s, acted=%t is remembered=%t", c.ID, c.Kind, c.effect != 0, there)
			}
		}
	}
}

func (s *stream) list(ctx context.Context, q store.Query) map[string]store.Record {
	out := map[string]store.Record{}
	for {
		page, err := s.store.List(ctx, q)
		if err != nil {
			s.Fail("store", "records cannot be listed: %v", err)
			return out
		}
		for _, r := range page.Records {
			out[r.ID] = r
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return out
		}
	}
}

func (s *stream) executionRecords(found map[string]store.Record) {
	for _, x := range s.executions {
		record, there := found[x.id.String()]
		delete(found, x.id.String())
		var is machine.ExecutionRecord
		switch err := codec.Unmarshal(record.Data, &is); {
		case there == x.live():
			s.Fail("record", "execution %s lives=%t and has a record=%t", x.id, x.live(), there)
		case there && (err != nil || is.Execution.Status != x.status || is.Execution.Number != x.number || len(is.Execution.Passed) != x.passed):
			s.Fail("record", "the record of execution %s says %s after %d stages, not %s after %d: %v",
				x.id, is.Execution.Status, len(is.Execution.Passed), x.status, x.passed, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		s.Fail("record", "there is a record of execution %s, which never was", id)
	}
}

// actionRecords judges the history that executions carry: each action that ended is in it once, none that goes on.
func (s *stream) actionRecords(found map[string]machine.ActionRecord) {
	for _, a := range s.started {
		id := a.id
		is, there := found[id.String()]
		delete(found, id.String())
		switch ended := !a.run.execution.live(); {
		case there && a.live():
			s.Fail("record", "action execution %s goes on and is listed as ended", id)
		case !there && ended && !a.live():
			s.Fail("record", "action execution %s has ended with its execution and is in no record", id)
		case there && (is.Action.Status != a.status || is.Name != a.plan.Name):
			s.Fail("record", "the record of action execution %s says %s of %s, not %s", id, is.Action.Status, is.Name, a.status)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		s.Fail("record", "there is a record of action execution %s, which never was", id)
	}
}

// history gathers the actions of all records.
func (s *stream) history(executions, pages map[string]store.Record) map[string]machine.ActionRecord {
	out := map[string]machine.ActionRecord{}
	keep := func(actions []machine.ActionRecord) {
		for _, r := range actions {
			if _, twice := out[r.Action.ID.String()]; twice {
				s.Fail("record", "action execution %s is recorded twice", r.Action.ID)
			}
			out[r.Action.ID.String()] = r
		}
	}
	for _, id := range slices.Sorted(maps.Keys(executions)) {
		record := executions[id]
		is, err := machine.ReadExecution(&record)
		if err != nil {
			s.Fail("record", "the record of execution %s cannot be read: %v", id, err)
			continue
		}
		keep(is.Past)
	}
	for _, id := range slices.Sorted(maps.Keys(pages)) {
		var page machine.ActionPage
		if err := codec.Unmarshal(pages[id].Data, &page); err != nil {
			s.Fail("record", "page %s of actions cannot be read: %v", id, err)
		}
		keep(page.Actions)
	}
	return out
}
