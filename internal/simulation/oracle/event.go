package oracle

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// read judges one event and takes it in.
func (s *stream) read(event machine.Event) {
	defer func() { s.crowd = append(s.crowd, s.counted()) }()
	at := event.When()
	if at.Before(s.now) {
		s.Fail("S20", "time went back in %s: %s at %s after %s", s.name, event.Kind(), at, s.now)
	}
	s.now = at
	switch e := event.(type) {
	case *machine.PipelineDefined:
		s.defined(e)
	case *machine.PipelineDeleted:
		s.removed(e)
	case *machine.TransitionChanged:
		s.gated(e)
	case *machine.TagsChanged:
		s.tagged(e)
	case *machine.ExecutionStarted:
		s.executionStarted(e)
	case *machine.ExecutionWaiting:
		s.waiting(e)
	case *machine.ExecutionStopping:
		s.stopping(e)
	case *machine.ExecutionOutdated:
		s.outdated(e)
	case *machine.ExecutionEnded:
		s.ended(e)
	case *machine.StageEntered:
		s.entered(e)
	case *machine.StageFailed:
		s.stageFailed(e)
	case *machine.StageRetried:
		s.retried(e)
	case *machine.StageEnded:
		s.stageEnded(e)
	case *machine.CommandNoted:
		s.noted(e)
	default:
		s.readCondition(event)
	}
}

func (s *stream) readAction(event machine.Event) {
	switch e := event.(type) {
	case *machine.ActionStarted:
		s.actionStarted(e)
	case *machine.ActionClaimed:
		s.claimed(e)
	case *machine.ActionProgressed:
		if a := s.action(e.ID, e.Kind()); a != nil {
			s.accept(a, progressNonce(e), true)
			a.heard = e.At
		}
	case *machine.ActionPending:
		if a := s.action(e.ID, e.Kind()); a != nil {
			s.accept(a, e.Summary, false)
			a.phase, a.until, a.job = pending, e.Until, nil
		}
	case *machine.ActionRetrying:
		s.retrying(e)
	case *machine.WorkerLost:
		s.lost(e)
	case *machine.ActionEnded:
		s.actionEnded(e)
	case *machine.WorkGone:
		s.gone(e)
	case *machine.JobQueued:
		s.jobQueued(e)
	case *machine.JobTaken:
		s.jobTaken(e)
	case *machine.JobAcknowledged:
		s.jobAcknowledged(e)
	case *machine.JobReturned:
		s.jobReturned(e)
	case *machine.JobStored:
		s.jobStored(e)
	case *machine.OwnerChanged, *machine.StreamReleased:
	case *machine.StreamQuarantined:
		s.Fail("L7", "%s was quarantined: %s", s.name, e.Reason)
	default:
		s.Fail("S14", "the oracle does not know %s: teach it", event.Kind())
	}
}

func (s *stream) defined(e *machine.PipelineDefined) {
	s.acts(e.By, "define", e.Kind(), machine.ID{})
	design := s.ledger.Designs[string(e.Definition)]
	if design == nil || e.Version != s.version+1 {
		s.Fail("S12", "definition %d after %d of %s is known=%t", e.Version, s.version, s.name, design != nil)
		return
	}
	s.filed(e)
	if design.Finish {
		s.finishable(design)
	}
	maps.DeleteFunc(s.revisions, func(action string, _ announcement) bool {
		return !slices.ContainsFunc(design.Stages[0].Actions, func(a Action) bool { return a.Name == action })
	})
	s.version, s.deleted = e.Version, false
	s.designs[e.Version] = design
	for name, st := range s.stages {
		st.unknown = st.unknown || design.index(name) < 0
	}
}

// execution is one way through the pipeline.
type execution struct {
	id        machine.ID
	number    uint64
	version   int
	design    *Design
	status    machine.Status
	at        int       // index of the stage that it is in, waits for, or has passed; -1 before the first
	waiting   bool      // at the entry of at
	since     time.Time // waiting
	inside    bool
	halt      halt
	run       *run            // of stage at, once it entered
	passed    int             // stages that it succeeded in
	skipped   int             // and that it was kept out of without failing
	good      map[string]bool // those stages
	answer    machine.ID      // the rollback that its failure began
	rollback  bool
	artifacts map[string]machine.Artifact
	outputs   map[string]map[string]string
}

type halt int

const (
	goesOn halt = iota
	stopped
	abandoned
	outdated
	removed // with its pipeline
)

func (x *execution) live() bool {
	return x.status == machine.InProgress || x.status == machine.Stopping
}

func (s *stream) execution(id machine.ID, kind string) *execution {
	x := s.byID[id]
	if x == nil {
		s.Fail("S14", "%s of an execution that never started: %s", kind, id)
		return nil
	}
	if !x.live() && kind != "stage.retried" && kind != "condition.overridden" {
		s.Fail("S5", "%s of execution %s, which is %s", kind, id, x.status)
	}
	return x
}

func (s *stream) executionStarted(e *machine.ExecutionStarted) {
	x := &execution{
		id: e.ID, number: uint64(len(s.executions)) + 1, version: e.Version, design: s.designs[e.Version], status: machine.InProgress, at: -1,
		artifacts: map[string]machine.Artifact{}, outputs: map[string]map[string]string{}, good: map[string]bool{},
	}
	if s.byID[e.ID] != nil || e.Version != s.version || s.deleted {
		s.Fail("S12", "execution %s started twice, or under definition %d of %d", e.ID, e.Version, s.version)
		return
	}
	if e.Rollback == nil && x.design.Mode != "SUPERSEDED" && s.counted() >= s.ledger.Limits.Executions {
		s.Fail("S19", "execution %s starts though %d go on", x.id, s.counted())
	}
	s.executions = append(s.executions, x)
	s.byID[e.ID] = x
	switch {
	case e.Rollback != nil && e.Answers.IsZero():
		s.putBack(x, e)
	case e.Rollback != nil:
		s.rolledBack(x, e)
	case e.Trigger.Type == "CreatePipeline":
		s.acts(e.By, "define", e.Kind(), e.ID)
	case e.Announced != nil:
		s.announced(e)
	default:
		s.acts(e.By, "start", e.Kind(), e.ID)
	}
}

func (s *stream) waiting(e *machine.ExecutionWaiting) {
	x := s.execution(e.ID, e.Kind())
	if x == nil || !s.arrives(x, e.Stage) {
		return
	}
	st := s.stage(e.Stage)
	if x.design.Mode == "SUPERSEDED" && len(st.queue) > 0 {
		s.Fail("S6", "%s waits for %s behind %s, which it should have superseded", x.id, e.Stage, st.queue[0].id)
	}
	x.at, x.waiting, x.since = x.at+1, true, e.At
	st.queue = append(st.queue, x)
}

// arrives reports whether the stage is the next one of the execution.
func (s *stream) arrives(x *execution, name string) bool {
	next := x.at + 1
	if x.waiting {
		next = x.at
	}
	switch {
	case x.halt != goesOn:
		s.Fail("S8", "%s arrives at %s though it was halted", x.id, name)
	case x.inside || next >= len(x.design.Stages) || x.design.Stages[next].Name != name:
		s.Fail("S6", "%s arrives at %s, which is not its next stage", x.id, name)
	case !x.rollback && x.passed+x.skipped != next:
		s.Fail("S6", "%s arrives at %s without having succeeded before", x.id, name)
	default:
		return true
	}
	return false
}

func (s *stream) stopping(e *machine.ExecutionStopping) {
	s.acts(e.By, "stop", e.Kind(), e.ID)
	s.leftOpen(e)
	x := s.execution(e.ID, e.Kind())
	if x == nil {
		return
	}
	if x.halt == abandoned || (x.halt == stopped && !e.Abandon) {
		s.Fail("S8", "%s was stopped twice", x.id)
	}
	x.status, x.halt = machine.Stopping, stopped
	if e.Abandon {
		x.halt = abandoned
	}
}

func (s *stream) outdated(e *machine.ExecutionOutdated) {
	x := s.execution(e.ID, e.Kind())
	if x == nil {
		return
	}
	if e.Abandon {
		s.removes(x)
		return
	}
	if x.version >= s.version || x.design.parallel() || x.halt != goesOn || s.designs[s.version].Finish {
		s.Fail("S12", "%s of definition %d was outdated by %d", x.id, x.version, s.version)
	}
	x.halt = outdated
}

func (s *stream) ended(e *machine.ExecutionEnded) {
	x := s.execution(e.ID, e.Kind())
	if x == nil {
		return
	}
	if why := s.mayEnd(x, e); why != "" {
		s.Fail("S5", "%s ended %s though %s", x.id, e.Status, why)
	}
	if x.waiting {
		st := s.stage(x.design.Stages[x.at].Name)
		st.queue = slices.DeleteFunc(st.queue, func(other *execution) bool { return other == x })
	}
	x.status, x.waiting = e.Status, false
}

func (s *stream) mayEnd(x *execution, e *machine.ExecutionEnded) string {
	switch by := s.byID[e.By]; {
	case x.inside:
		return "it holds a stage"
	case e.Status == machine.Succeeded && x.passed+x.skipped < len(x.design.Stages) && !(x.rollback && x.passed == 1):
		return "it has not passed all stages"
	case e.Status == machine.Stopped && x.halt != stopped && x.halt != abandoned:
		return "nobody stopped it"
	case e.Status == machine.Cancelled && x.version >= s.version && !s.outwaited(x, e.At) && !s.deleted && x.halt != removed:
		return "its definition is the newest"
	case e.Status == machine.Cancelled && x.halt != outdated && x.halt != removed && !s.deleted && s.designs[s.version].Finish && !s.outwaited(x, e.At):
		return "the newest definition lets it finish"
	case e.Status == machine.Failed && (x.run == nil || x.run.status != machine.Failed && !x.run.engaged(machine.OnSuccess, "ROLLBACK")):
		return "no stage failed"
	case e.Status == machine.WasSuperseded && (!x.waiting || by == nil || !by.live() || by.number <= x.number || x.design.Mode != "SUPERSEDED"):
		s.Fail("S6", "%s was superseded by %s, which is not newer, or it was not waiting", x.id, e.By)
	}
	return ""
}

// lives counts executions that go on.
func (s *stream) lives() (out []*execution) {
	for _, x := range s.executions {
		if x.live() {
			out = append(out, x)
		}
	}
	return out
}

// Live counts the executions of a stream that go on.
func (o *Oracle) Live(name string) int { return len(o.stream(name).lives()) }
