package oracle

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// run is an execution's way through a stage.
type run struct {
	execution *execution
	stage     *Stage
	status    machine.Status
	leaves    []*action // latest of each that has started
	lingering []*linger

	conditions map[machine.Gate]*condition // the latest evaluation at each gate
	retried    bool                        // by itself
}

// linger is work whose action has ended while it may go on.
type linger struct {
	claim Claim
	run   int
	since time.Time
}

func (r *run) running() (n int) {
	for _, a := range r.leaves {
		if a != nil && a.live() {
			n++
		}
	}
	if c := r.judging(); c != nil {
		n += c.running()
	}
	return n
}

func (r *run) broken() bool {
	return slices.ContainsFunc(r.leaves, func(a *action) bool { return a != nil && !a.live() && !a.succeeded })
}

func (s *stream) entered(e *machine.StageEntered) {
	x := s.execution(e.Execution, e.Kind())
	if x == nil || !s.arrives(x, e.Stage) {
		return
	}
	st := s.stage(e.Stage)
	if !x.waiting {
		x.at++
	}
	if !x.design.parallel() {
		s.mayEnter(x, st, e.Stage)
		st.occupant, st.latest = x, x
		if !x.rollback {
			st.entered = x.number
		}
		st.queue = slices.DeleteFunc(st.queue, func(other *execution) bool { return other == x })
	}
	x.waiting, x.inside = false, true
	plan := &x.design.Stages[x.at]
	x.run = &run{execution: x, stage: plan, status: machine.InProgress, leaves: make([]*action, len(plan.Actions)), conditions: map[machine.Gate]*condition{}}
}

// mayEnter: S2, S6, S7, S12.
func (s *stream) mayEnter(x *execution, st *stage, name string) {
	if st.occupant != nil {
		s.Fail("S2", "%s enters %s, which %s holds", x.id, name, st.occupant.id)
	}
	if x.version < s.version && !s.designs[s.version].Finish {
		s.Fail("S12", "%s enters %s under definition %d of %d", x.id, name, x.version, s.version)
	}
	if x.rollback {
		return
	}
	if x.version < s.version && !s.designs[s.version].Finish {
		s.Fail("S12", "%s enters %s under definition %d of %d", x.id, name, x.version, s.version)
	}
	if st.closed && !st.unknown {
		s.Fail("S7", "%s enters %s through a disabled transition", x.id, name)
	}
	if x.number <= st.entered {
		s.Fail("S6", "execution %d enters %s after execution %d", x.number, name, st.entered)
	}
	if len(st.queue) > 0 && st.queue[0] != x {
		s.Fail("S6", "execution %d enters %s before execution %d, which was there first", x.number, name, st.queue[0].number)
	}
	for _, other := range s.executions {
		behind := other.live() && !other.rollback && other.halt == goesOn && s.behind(other, x)
		if other.number < x.number && behind {
			s.Fail("S6", "execution %d enters %s and leaves execution %d behind", x.number, name, other.number)
		}
	}
}

func (s *stream) inside(id machine.ID, name, kind string) *execution {
	x := s.execution(id, kind)
	if x == nil {
		return nil
	}
	if !x.inside || x.run.stage.Name != name {
		s.Fail("S2", "%s of %s in %s, where it is not", kind, id, name)
		return nil
	}
	return x
}

func (s *stream) stageFailed(e *machine.StageFailed) {
	x := s.inside(e.Execution, e.Stage, e.Kind())
	if x == nil {
		return
	}
	if !x.run.broken() && !x.run.refused() {
		s.Fail("S5", "stage %s of %s failed, but no condition and none of its actions", e.Stage, x.id)
	}
	x.run.status = machine.Failed
}

// retried: S10.
func (s *stream) retried(e *machine.StageRetried) {
	if !e.Auto {
		s.acts(e.By, "retry", e.Kind(), e.Execution)
	}
	x := s.execution(e.Execution, e.Kind())
	if x == nil {
		return
	}
	s.comesBack(x, e.Kind(), e.Archived)
	if e.Auto {
		if why := s.retriesItself(x, e); why != "" {
			s.Fail("S10", "stage %s of %s was retried by itself though %s", e.Stage, x.id, why)
			return
		}
		x.run.retried = true
	} else if why := s.mayRetry(x, e); why != "" {
		s.Fail("S10", "stage %s of %s was retried though %s", e.Stage, x.id, why)
		return
	}
	x.status, x.halt, x.inside, x.run.status = machine.InProgress, goesOn, true, machine.InProgress
	x.run.reopen(e.All)
	for i, a := range x.run.leaves {
		if a != nil && (e.All || (!a.live() && !a.succeeded)) {
			x.run.leaves[i] = nil
		}
	}
	if !x.design.parallel() {
		s.stage(e.Stage).occupant = x
	}
}

func (s *stream) mayRetry(x *execution, e *machine.StageRetried) string {
	st := s.stage(e.Stage)
	switch {
	case x.run == nil || x.run.stage.Name != e.Stage:
		return "it is not there"
	case x.status == machine.Succeeded || x.status == machine.WasSuperseded || x.status == machine.Cancelled:
		s.Fail("S5", "%s was %s and is retried", x.id, x.status)
	case x.live() && (x.halt != goesOn || x.run.status != machine.Failed):
		return "it goes on or is being stopped"
	case x.version != s.version:
		return "the definition is another one"
	case !x.live() && !x.rollback && x.design.Mode != "SUPERSEDED" && s.counted() >= s.ledger.Limits.Executions:
		return "as many executions live as may"
	case !x.design.parallel() && st.latest != x:
		return "another execution has entered since"
	case !x.design.parallel() && st.occupant != nil && st.occupant != x:
		s.Fail("S2", "%s is retried in %s, which %s holds", x.id, e.Stage, st.occupant.id)
	case x.run.judging() != nil:
		return "its condition is being evaluated"
	case len(x.run.lingering) > 0 || (e.All && x.run.running() > 0):
		return "something of it may still run"
	}
	return ""
}

func (s *stream) stageEnded(e *machine.StageEnded) {
	x := s.inside(e.Execution, e.Stage, e.Kind())
	if x == nil {
		return
	}
	if x.run.running() > 0 {
		s.Fail("S2", "stage %s of %s ended while its actions go on", e.Stage, x.id)
	}
	if len(x.run.lingering) > 0 {
		s.Fail("S8", "the lock of stage %s was freed while abandoned work of %s may still run", e.Stage, x.id)
	}
	if why := x.mayLeave(e.Status); why != "" {
		s.Fail("S5", "stage %s of %s ended %s though %s", e.Stage, x.id, e.Status, why)
	}
	x.inside, x.run.status = false, e.Status
	st := s.stage(e.Stage)
	if st.occupant == x {
		st.occupant = nil
	}
	if e.Status == machine.Skipped {
		x.skipped++
	}
	if e.Status != machine.Succeeded || x.run.engaged(machine.OnSuccess, "ROLLBACK") {
		return
	}
	x.passed++
	x.good[e.Stage] = true
	if !x.rollback && !x.design.parallel() && x.at > 0 {
		st.good = &good{execution: x, version: x.version, artifacts: maps.Clone(x.artifacts), outputs: maps.Clone(x.outputs)}
	}
}

func (x *execution) mayLeave(status machine.Status) string {
	switch {
	case status == machine.Succeeded && (x.halt != goesOn || !x.run.stage.Tree.done(x.run)):
		return "it was halted, or not all of it succeeded"
	case status == machine.Succeeded && !x.run.free(machine.OnSuccess) && !x.run.engaged(machine.OnSuccess, "ROLLBACK"):
		return "its condition on success does not hold"
	case status == machine.Skipped && (x.halt != goesOn || !x.run.engaged(machine.BeforeEntry, "SKIP")):
		return "no condition says so"
	case status == machine.Stopped && x.halt != stopped && x.halt != abandoned:
		return "nobody stopped it"
	case status == machine.Cancelled && x.halt != outdated && x.halt != removed:
		return "it was not outdated"
	case status == machine.Failed && (x.halt != goesOn || !x.run.broken() && !x.run.refused()):
		return "nothing of it failed"
	case status == machine.Failed && x.run.asksOnFailure() && (x.run.conditions[machine.OnFailure] == nil || x.run.judging() != nil):
		return "its condition on failure has not been evaluated"
	case status == machine.Failed && !x.run.retried && (x.run.stage.Retry != "" && !x.run.keptOut() || x.run.engaged(machine.OnFailure, "RETRY")):
		return "it was to be retried by itself"
	}
	return ""
}
