package penstocktest

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/machine"
)

// RequireIn fails the test unless the execution is in the stage, and not only waiting at its entry.
func (x *Execution) RequireIn(stage string) {
	x.h.t.Helper()
	s := x.h.state()
	if found := s.Execution(x.id); found != nil && found.Inside() && s.Current(found).Stage == stage {
		return
	}
	x.h.t.Fatalf("penstocktest: the execution is not in stage %s; %s", stage, x.story())
}

// RequireWaitingUntil fails the test unless something that the execution waits for in or in front of a stage ends by itself at this time: a
// window that opens, an approval that expires, a further try, a transition that was disabled for too long.
func (x *Execution) RequireWaitingUntil(stage string, until time.Time) {
	x.h.t.Helper()
	for _, r := range x.h.state().Explain(x.id) {
		if r.Stage == stage && r.Until.Equal(until) {
			return
		}
	}
	x.h.t.Fatalf("penstocktest: the execution does not wait at %s until %s; %s", stage, until.Format(time.RFC3339), x.story())
}

// RequireSuperseded fails the test unless a newer execution has taken this one's place at an entry.
func (x *Execution) RequireSuperseded(by *Execution) {
	x.h.t.Helper()
	x.RequireStatus(penstock.StatusSuperseded)
	if _, summary := x.look(); !strings.Contains(summary, by.ID()) {
		x.h.t.Fatalf("penstocktest: the execution was superseded by another: %s", summary)
	}
}

// RequireStopped fails the test unless somebody has stopped the execution, with a reason that contains the text.
func (x *Execution) RequireStopped(reason string) {
	x.h.t.Helper()
	x.RequireStatus(penstock.StatusStopped)
	if _, summary := x.look(); !strings.Contains(summary, reason) {
		x.h.t.Fatalf("penstocktest: the execution was stopped, but not for %q: %s", reason, summary)
	}
}

// RequireTrigger fails the test unless this started the execution: one of penstock's Trigger constants, and its detail.
func (x *Execution) RequireTrigger(kind, detail string) {
	x.h.t.Helper()
	if got := x.whole().Trigger; got.Type != kind || got.Detail != detail {
		x.h.t.Fatalf("penstocktest: the execution was started by %s %q, not by %s %q", got.Type, got.Detail, kind, detail)
	}
}

// RequireRollbackTo fails the test unless the execution puts a stage back to another one.
func (x *Execution) RequireRollbackTo(target *Execution) {
	x.h.t.Helper()
	if r := x.whole().Rollback; r == nil || r.Target != target.id {
		x.h.t.Fatalf("penstocktest: the execution is no rollback to %s; %s", target.ID(), x.story())
	}
}

// RequireRevision fails the test unless the execution takes this revision: what its source action has found, or before that what its start asks for.
func (x *Execution) RequireRevision(source, revision string) {
	x.h.t.Helper()
	is := x.whole()
	got := is.Revisions[source].ID
	if got == "" {
		got = is.Overrides[source]
	}
	if got != revision {
		x.h.t.Fatalf("penstocktest: the execution takes revision %q of %s, not %q", got, source, revision)
	}
}

// RequireTries fails the test unless the latest run of an action, named as "Stage/Action", is this try of it, from 1.
func (x *Execution) RequireTries(action string, tries int) {
	x.h.t.Helper()
	if got := x.latest(action).Try; got != tries {
		x.h.t.Fatalf("penstocktest: %s is at try %d, not %d; %s", action, got, tries, x.story())
	}
}

// RequireFailure fails the test unless an action or rule, named as "Stage/Action", has failed in the end, for a reason of this code: TimedOut, Rejected,
// WorkerLost, JobFailed, ConfigurationError and what workers say.
func (x *Execution) RequireFailure(action, code string) {
	x.h.t.Helper()
	a := x.latest(action)
	if a.Status != machine.Failed || a.Failure == nil || a.Failure.Code != code {
		x.h.t.Fatalf("penstocktest: %s is %s and has not failed as %s; %s", action, a.Status, code, x.story())
	}
}

// latest is the newest execution of an action or a rule in this execution, going on or ended.
func (x *Execution) latest(action string) *machine.ActionExecution {
	x.h.t.Helper()
	is := func(r machine.ActionRecord) bool { return r.Stage+"/"+r.Name == action }
	live := x.h.state().Actions()
	if i := slices.IndexFunc(live, func(r machine.ActionRecord) bool { return r.Execution == x.id && is(r) }); i >= 0 {
		return live[i].Action
	}
	for _, r := range slices.Backward(x.work()) {
		if is(r) {
			return r.Action
		}
	}
	x.h.t.Fatalf("penstocktest: %s has not run in this execution; %s", action, x.story())
	return nil
}
