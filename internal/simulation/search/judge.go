package search

import (
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
)

// judge asks of every event whether the promises allow it here. It shares nothing with the rules but the words: what it must remember, it keeps
// itself.
type judge struct {
	mode       string
	noted      map[string]bool // commands that have acted
	started    uint64
	holder     map[string]machine.ID
	entered    map[string]uint64 // by stage: the newest forward execution that entered
	queue      map[string][]machine.ID
	closed     map[string]bool
	fence      uint64
	executions map[machine.ID]*course // that live, or may be retried
	actions    map[machine.ID]*deed   // in progress
	forbid     func(machine.Event) bool
}

// course is an execution as the judge knows it.
type course struct {
	number            uint64
	rollback          bool
	stopping, abandon bool
	stopped           time.Time
	leaps             int // left when it was stopped
	ended             machine.Status
	failed            bool // the stage that it is in
}

// deed is an action execution as the judge knows it.
type deed struct {
	execution machine.ID
	run       int
	fence     uint64
	claimed   bool
	begun     bool // the run was dispatched
	once      bool // its type runs once only, whatever becomes of its worker
	lost      bool // its worker was
}

func newJudge(mode string) *judge {
	return &judge{
		mode: mode, noted: map[string]bool{}, holder: map[string]machine.ID{}, entered: map[string]uint64{}, queue: map[string][]machine.ID{},
		closed: map[string]bool{}, executions: map[machine.ID]*course{}, actions: map[machine.ID]*deed{},
	}
}

func (j *judge) event(w *world, e machine.Event) {
	if j.forbid != nil && j.forbid(e) {
		w.fail("forbidden", "%s", w.describe(e))
	}
	switch e := e.(type) {
	case *machine.CommandNoted:
		if j.noted[e.Command] {
			w.fail("S1", "command %s acts a second time", e.Command)
		}
		j.noted[e.Command] = true
		for _, o := range w.orders {
			o.acted = o.acted || o.id == e.Command
		}
	case *machine.TransitionChanged:
		j.closed[e.Stage] = !e.Enabled
	case *machine.StreamQuarantined:
		w.fail("L7", "the pipeline is set apart: %s", e.Reason)
	case *machine.ExecutionStarted:
		j.started++
		j.executions[e.ID] = &course{number: j.started, rollback: e.Rollback != nil}
	case *machine.ExecutionWaiting:
		if j.mode == machine.Superseded && len(j.queue[e.Stage]) > 0 {
			w.fail("S6", "two executions wait for %s, and none was superseded", e.Stage)
		}
		j.queue[e.Stage] = append(j.queue[e.Stage], e.ID)
	case *machine.ExecutionStopping:
		j.stopping(w, e)
	case *machine.ExecutionEnded:
		j.executionEnded(w, e)
	case *machine.StageEntered:
		j.stageEntered(w, e)
	case *machine.StageFailed:
		j.executions[e.Execution].failed = true
	case *machine.StageRetried:
		j.stageRetried(w, e)
	case *machine.StageEnded:
		j.stageEnded(w, e)
	default:
		j.deed(w, e)
	}
}

// lives: S5. What has ended stays as it is.
func (j *judge) lives(w *world, id machine.ID, what string) *course {
	x := j.executions[id]
	if x == nil || x.ended != "" {
		w.fail("S5", "%s of an execution that has ended or never was", what)
		return &course{}
	}
	return x
}

func (j *judge) stopping(w *world, e *machine.ExecutionStopping) {
	x := j.lives(w, e.ID, e.Kind())
	if x.abandon || x.stopping && !e.Abandon {
		w.fail("S8", "execution %d is stopped a second time", x.number)
	}
	x.stopping, x.abandon, x.stopped, x.leaps = true, x.abandon || e.Abandon, e.At, w.left.Leaps
}

func (j *judge) executionEnded(w *world, e *machine.ExecutionEnded) {
	x := j.lives(w, e.ID, e.Kind())
	if e.Status == machine.WasSuperseded {
		by := j.executions[e.By]
		if by == nil || by.number <= x.number {
			w.fail("S6", "execution %d is superseded by one that is not newer", x.number)
		}
	}
	for stage, holder := range j.holder {
		if holder == e.ID {
			w.fail("L4", "execution %d has ended and holds stage %s", x.number, stage)
		}
	}
	j.leave(e.ID)
	x.ended = e.Status
	if e.Status != machine.Failed && e.Status != machine.Stopped {
		delete(j.executions, e.ID)
	}
}

func (j *judge) leave(id machine.ID) {
	for _, stage := range []string{"One", "Two"} {
		j.queue[stage] = slices.DeleteFunc(j.queue[stage], func(other machine.ID) bool { return other == id })
	}
}

// stageEntered: S2, S6, S7.
func (j *judge) stageEntered(w *world, e *machine.StageEntered) {
	x := j.lives(w, e.Execution, e.Kind())
	x.failed = false
	if x.stopping {
		w.fail("S8", "execution %d enters %s though it is being stopped", x.number, e.Stage)
	}
	if j.mode == machine.Parallel {
		return
	}
	if holder := j.holder[e.Stage]; !holder.IsZero() {
		w.fail("S2", "execution %d enters %s, which execution %d holds", x.number, e.Stage, j.executions[holder].number)
	}
	if first := j.queue[e.Stage]; len(first) > 0 && first[0] != e.Execution && !x.rollback {
		w.fail("S6", "execution %d enters %s before execution %d, which was there first", x.number, e.Stage, j.executions[first[0]].number)
	}
	j.holder[e.Stage] = e.Execution
	j.leave(e.Execution)
	if x.rollback {
		return
	}
	if j.closed[e.Stage] {
		w.fail("S7", "execution %d enters %s through a disabled transition", x.number, e.Stage)
	}
	if x.number <= j.entered[e.Stage] {
		w.fail("S6", "execution %d enters %s after execution %d", x.number, e.Stage, j.entered[e.Stage])
	}
	j.entered[e.Stage] = x.number
}

// stageRetried: S2, S5, S10.
func (j *judge) stageRetried(w *world, e *machine.StageRetried) {
	x := j.executions[e.Execution]
	holder := j.holder[e.Stage]
	if x == nil {
		w.fail("S5", "an execution is retried that has ended for good")
		return
	}
	lives := x.ended == ""
	switch {
	case !lives && x.ended != machine.Failed && x.ended != machine.Stopped:
		w.fail("S5", "execution %d is %s and is retried", x.number, x.ended)
	case lives && (x.stopping || !x.failed):
		w.fail("S10", "execution %d goes on or is being stopped, and is retried", x.number)
	case j.mode != machine.Parallel && !x.rollback && j.entered[e.Stage] != x.number:
		w.fail("S10", "execution %d is retried in %s, which execution %d has entered since", x.number, e.Stage, j.entered[e.Stage])
	case !holder.IsZero() && holder != e.Execution:
		w.fail("S2", "execution %d is retried in %s, which execution %d holds", x.number, e.Stage, j.executions[holder].number)
	}
	x.ended, x.stopping, x.abandon, x.failed = "", false, false, false
	if j.mode != machine.Parallel {
		j.holder[e.Stage] = e.Execution
	}
}

// stageEnded: S8. The lock waits for what may still run, as long as its grace.
func (j *judge) stageEnded(w *world, e *machine.StageEnded) {
	x := j.lives(w, e.Execution, e.Kind())
	if j.mode != machine.Parallel && j.holder[e.Stage] != e.Execution {
		w.fail("S2", "execution %d leaves %s, which it does not hold", x.number, e.Stage)
	}
	if e.Status == machine.Succeeded && (x.stopping || x.failed) {
		w.fail("S8", "execution %d was stopped or has failed, and succeeds in %s", x.number, e.Stage)
	}
	for _, d := range j.actions {
		if d.execution == e.Execution {
			w.fail("S2", "execution %d leaves %s while an action of it goes on", x.number, e.Stage)
		}
	}
	for _, k := range w.works {
		if k.execution == e.Execution.String() && x.abandon && w.claims(k) && e.At.Before(x.stopped.Add(grace)) {
			w.fail("S8", "execution %d leaves %s while abandoned work of it runs", x.number, e.Stage)
		}
	}
	delete(j.holder, e.Stage)
}

// deed judges what happens to an action.
func (j *judge) deed(w *world, e machine.Event) {
	switch e := e.(type) {
	case *machine.ActionStarted:
		x := j.lives(w, e.Execution, e.Kind())
		if x.stopping || x.failed {
			w.fail("S8", "%s/%s of execution %d starts though it is stopped or has failed", e.Stage, e.Action, x.number)
		}
		j.actions[e.ID] = &deed{execution: e.Execution, once: e.Stage == "Two"}
	case *machine.ActionClaimed:
		j.claimed(w, e)
	case *machine.WorkerLost:
		if d := j.open(w, e.ID, e.Kind()); d != nil {
			d.claimed, d.lost = false, true
		}
	case *machine.ActionEnded:
		j.actionEnded(w, e)
	}
}

// open: S5, for actions.
func (j *judge) open(w *world, id machine.ID, what string) *deed {
	d := j.actions[id]
	if d == nil {
		w.fail("S5", "%s of an action that has ended or never was", what)
		return nil
	}
	return d
}

// claimed: S3, S8.
func (j *judge) claimed(w *world, e *machine.ActionClaimed) {
	d := j.open(w, e.ID, e.Kind())
	if d == nil {
		return
	}
	x := j.executions[d.execution]
	switch {
	case d.claimed:
		w.fail("S3", "an action of execution %d is claimed twice", x.number)
	case d.once && d.lost:
		w.fail("S4", "an action of execution %d that may run once only is run again", x.number)
	case e.Fence <= j.fence:
		w.fail("S3", "fence %d comes after fence %d", e.Fence, j.fence)
	case e.Run != d.run+1:
		w.fail("S3", "run %d comes after run %d", e.Run, d.run)
	case x.stopping || x.failed:
		w.fail("S8", "an action of execution %d is claimed though it is stopped or has failed", x.number)
	}
	j.fence, d.fence, d.run, d.claimed, d.begun = e.Fence, e.Fence, e.Run, true, false
}

// dispatched: S3. What begins is claimed, by who begins it, and begins once.
func (j *judge) dispatched(w *world, n *node, to replica.Dispatch) {
	d := j.actions[to.Ref.Action]
	switch {
	case d == nil || !d.claimed || d.fence != to.Ref.Fence || d.run != to.Ref.Run:
		w.fail("S3", "run %d of %s/%s begins at %s and is not claimed", to.Ref.Run, to.Task.Stage, to.Task.Action, n.name)
	case d.begun:
		w.fail("S3", "run %d of %s/%s is started twice", to.Ref.Run, to.Task.Stage, to.Task.Action)
	default:
		d.begun = true
	}
}

// actionEnded: S4. What a run says carries its fence in the summary.
func (j *judge) actionEnded(w *world, e *machine.ActionEnded) {
	d := j.open(w, e.ID, e.Kind())
	if d == nil {
		return
	}
	if x := j.executions[d.execution]; x.abandon && e.Status != machine.Abandoned {
		w.fail("S8", "an action of execution %d ends %s though it was abandoned", x.number, e.Status)
	}
	if told := e.Summary; told != "" && e.Status != machine.Abandoned && (!d.claimed || told != fenceText(d.fence)) {
		w.fail("S4", "an action that is held by fence %d (claimed=%t) takes the report of %s", d.fence, d.claimed, told)
	}
	if e.Status == machine.Succeeded && e.Summary == "" {
		w.fail("S4", "an action succeeds though nobody said so")
	}
	delete(j.actions, e.ID)
}

func fenceText(fence uint64) string { return fmt.Sprintf("fence %d", fence) }
