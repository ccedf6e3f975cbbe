package oracle

import (
	"maps"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// gated notes a gate. A command that does more than that acts with what it does next.
func (s *stream) gated(e *machine.TransitionChanged) {
	st := s.stage(e.Stage)
	st.closed, st.unknown, st.since = !e.Enabled, false, e.At
	if c := s.ledger.Commands[e.By]; c != nil && !e.Enabled && c.effect == 0 {
		switch in := c.Input.(type) {
		case *machine.RollBack:
			if in.Hold == e.Reason && in.Stage == e.Stage {
				return
			}
		case *machine.Stop:
			if in.Reason == e.Reason && in.Disable == e.Stage {
				return
			}
		}
	}
	s.acts(e.By, "transition", e.Kind(), machine.ID{})
}

// patience is when an execution that waits at a disabled transition is lost.
func (s *stream) patience(x *execution) time.Time {
	from := x.since
	if st := s.stage(x.design.Stages[x.at].Name); st.since.After(from) {
		from = st.since
	}
	return from.Add(s.ledger.Limits.DisabledWait)
}

// outwaited reports whether the execution has waited too long at a disabled transition.
func (s *stream) outwaited(x *execution, at time.Time) bool {
	return x.waiting && s.stage(x.design.Stages[x.at].Name).closed && !at.Before(s.patience(x))
}

// putBack: S11. Somebody asked for it, and the target succeeded there.
func (s *stream) putBack(x *execution, e *machine.ExecutionStarted) {
	x.rollback, x.at = true, e.Stage-1
	s.acts(e.By, "rollback", e.Kind(), e.ID)
	c, target := s.ledger.Commands[e.By], s.byID[e.Rollback.Target]
	if c == nil {
		return
	}
	name := x.design.Stages[e.Stage].Name
	switch in := c.Input.(*machine.RollBack); {
	case in.Target != e.Rollback.Target || in.Stage != name || e.Trigger.Type != "ManualRollback" || e.Trigger.Detail != e.By:
		s.Fail("S11", "rollback %s of %s to %s is not what command %s asked for", x.id, name, e.Rollback.Target, c.ID)
	case x.design.parallel() || e.Stage == 0:
		s.Fail("S11", "rollback %s of %s, which knows none", x.id, name)
	case target == nil || target.rollback || target.version != e.Version || !target.good[name]:
		s.Fail("S11", "rollback %s of %s to %s, which never succeeded there under this definition", x.id, name, e.Rollback.Target)
	default:
		x.artifacts, x.outputs = maps.Clone(target.artifacts), maps.Clone(target.outputs)
	}
}

// rolledBack: S11. What it was triggered by has just failed there.
func (s *stream) rolledBack(x *execution, e *machine.ExecutionStarted) {
	x.rollback, x.at = true, e.Stage-1
	st := s.stage(x.design.Stages[e.Stage].Name)
	good, failed := st.good, st.latest
	switch {
	case x.design.parallel() || e.Stage == 0 || failed == nil || !failed.run.undoes():
		s.Fail("S11", "rollback %s where none was asked for", x.id)
	case good == nil || good.execution.id != e.Rollback.Target || good.version != e.Version:
		s.Fail("S11", "rollback %s to %s, which is not the stage's last success under this definition", x.id, e.Rollback.Target)
	case failed == nil || failed.status != machine.Failed || failed.rollback || e.Trigger.Detail != failed.id.String() || e.Answers != failed.id:
		s.Fail("S11", "rollback %s answers %s, which is not a forward execution that failed there", x.id, e.Trigger.Detail)
	default:
		failed.answer = x.id
		x.artifacts, x.outputs = maps.Clone(good.artifacts), maps.Clone(good.outputs)
	}
}

// retriesItself: S10. The design says so, it happens once, and nothing of the stage goes on.
func (s *stream) retriesItself(x *execution, e *machine.StageRetried) string {
	switch {
	case !x.live() || !x.inside || x.run.stage.Name != e.Stage || x.halt != goesOn:
		return "it is not there, or does not go on"
	case x.run.status != machine.Failed:
		return "it has not failed"
	case x.run.retried:
		return "that has happened before"
	case x.run.keptOut() || x.run.stage.Retry == "" && !x.run.engaged(machine.OnFailure, "RETRY") || (x.run.stage.Retry == "ALL_ACTIONS") != e.All:
		return "nobody asked for that"
	case x.run.running() > 0 || len(x.run.lingering) > 0:
		return "something of it may still run"
	}
	return ""
}

// leftOpen: S7. A stop that was to close a gate as well has done so.
func (s *stream) leftOpen(e *machine.ExecutionStopping) {
	c := s.ledger.Commands[e.By]
	if c == nil {
		return
	}
	if in, ok := c.Input.(*machine.Stop); ok && in.Disable != "" && !s.stage(in.Disable).closed {
		s.Fail("S7", "command %s stopped %s and left the transition to %s open", c.ID, e.ID, in.Disable)
	}
}

// finishable: S12. Whoever goes on when a definition comes that lets it finish finds its stages in it, in their order, and the mode is the same.
func (s *stream) finishable(next *Design) {
	for _, x := range s.lives() {
		if x.halt != goesOn || x.design.parallel() {
			continue
		}
		ahead, at := x.design.Stages[max(x.at, 0):], -1
		if x.rollback {
			ahead = ahead[:1]
		}
		for i := range ahead {
			found := next.index(ahead[i].Name)
			if found <= at || next.Mode != x.design.Mode {
				s.Fail("S12", "a definition came that lets %s finish, though it has %s differently or not at all", x.id, ahead[i].Name)
				return
			}
			at = found
		}
	}
}

// behind reports whether an execution is behind another one, which may be of a newer definition: by the stages' names then.
func (s *stream) behind(other, x *execution) bool {
	at := other.at
	switch {
	case other.design.parallel() || x.design.parallel():
		return false
	case other.version != x.version && at >= 0:
		at = x.design.index(other.design.Stages[at].Name)
	}
	return at < x.at || at == x.at && other.waiting
}

// announcement is a revision of a source action that somebody told of.
type announcement struct {
	revision, change string
	execution        machine.ID
}

// announced: S1. What is announced starts an execution with it, unless it was the last.
func (s *stream) announced(e *machine.ExecutionStarted) {
	s.acts(e.By, "revision", e.Kind(), e.ID)
	c := s.ledger.Commands[e.By]
	if c == nil {
		return
	}
	in, ok := c.Input.(*machine.PutRevision)
	is := announcement{revision: e.Announced.Revision, change: e.Announced.Change, execution: e.ID}
	last := s.revisions[e.Announced.Action]
	switch {
	case !ok || e.Announced.Action != in.Action || is.revision != in.Revision || is.change != in.Change || e.Overrides[in.Action] != in.Revision:
		s.Fail("S1", "execution %s starts with a revision that command %s did not announce", e.ID, e.By)
	case last.revision == is.revision && last.change == is.change:
		s.Fail("S1", "revision %s of %s was announced to start %s, and started %s before", is.revision, in.Action, e.ID, last.execution)
	}
	s.revisions[e.Announced.Action] = is
}

// removed: what a pipeline was is history.
func (s *stream) removed(e *machine.PipelineDeleted) {
	s.acts(e.By, "delete", e.Kind(), machine.ID{})
	s.deleted, s.buried = true, s.version
	clear(s.revisions)
	for _, st := range s.stages {
		st.closed, st.good = false, nil
	}
}

// removes: S12. What goes on is ended with its pipeline.
func (s *stream) removes(x *execution) {
	if !s.deleted || !x.inside || x.halt == abandoned || x.halt == removed {
		s.Fail("S12", "%s was ended as if its pipeline were deleted", x.id)
	}
	x.halt = removed
}

// counted is how many executions count towards the limit: not what a deleted pipeline left to end.
func (s *stream) counted() (n int) {
	for _, x := range s.lives() {
		if x.version > s.buried {
			n++
		}
	}
	return n
}
