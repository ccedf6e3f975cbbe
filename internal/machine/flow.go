package machine

import (
	"cmp"
	"strings"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// arrive brings an execution to the entry of a stage, or to its end when there is none left.
func (d *decision) arrive(x *Execution, stage int) {
	plan := d.PlanOf(x)
	if stage == len(plan.Stages) || (x.Rollback != nil && stage > x.Stage) {
		d.end(x, Succeeded, "")
		return
	}
	name := plan.Stages[stage].Name
	if plan.Mode == Parallel { // its stages may be in no newer definition
		d.enter(x, name)
		return
	}
	st := d.StageNamed(name)
	if st.Closed == nil && st.Holder.IsZero() {
		d.enter(x, name)
		return
	}
	if plan.Mode == Superseded {
		for len(st.Queue) > 0 {
			d.supersede(d.Execution(st.Queue[0]), x)
		}
	}
	e := &ExecutionWaiting{At: d.now, ID: x.ID, Stage: st.Name}
	if st.Closed != nil {
		e.Until = d.in(d.limits.DisabledWait)
	}
	d.emit(e)
}

func (d *decision) supersede(old, by *Execution) {
	e := &ExecutionEnded{At: d.now, ID: old.ID, Status: WasSuperseded, Summary: "superseded by " + by.ID.String(), By: by.ID}
	d.finish(old, e)
}

// enter takes the lock and starts the stage's first actions.
func (d *decision) enter(x *Execution, stage string) {
	d.emit(&StageEntered{At: d.now, Execution: x.ID, Stage: stage})
	d.progress(x)
}

// admit lets the first of those that wait enter, when the gate is open and the lock is free.
func (d *decision) admit(stage string) {
	st := d.StageNamed(stage)
	if st == nil || st.Closed != nil || !st.Holder.IsZero() || len(st.Queue) == 0 {
		return
	}
	d.enter(d.Execution(st.Queue[0]), stage)
}

// progress moves an execution on inside its stage: it reports a failure at once, starts what may start, and leaves the stage when nothing
// runs any more.
func (d *decision) progress(x *Execution) {
	run := d.Current(x)
	plan := &d.PlanOf(x).Stages[x.Stage]
	for {
		d.conclude(x, run)
		if run.Status == InProgress && (run.broken() || run.refusal() != nil) && x.Halt == nil {
			d.fail(x, run)
		}
		if run.Status == Failed || x.Halt != nil {
			if !run.busy() && d.judged(x, run) {
				d.close(x, run)
			}
			return
		}
		switch d.judge(x, run, BeforeEntry) {
		case fails:
			d.fail(x, run)
			continue
		case skips:
			if !run.busy() {
				d.skip(x, run)
			}
			return
		case waits:
			return
		}
		var startable []int
		done := plan.Tree.walk(run.byLeaf(len(plan.Leaves)), func(leaf int) { startable = append(startable, leaf) })
		if done && !run.busy() {
			switch d.judge(x, run, OnSuccess) {
			case free:
				d.pass(x, run)
			case undone:
				d.undo(x, run)
			case fails:
				d.fail(x, run)
				continue
			}
			return
		}
		if !d.start(x, run, startable) {
			return
		}
	}
}

// fail reports that a stage has failed; nothing new starts in it.
func (d *decision) fail(x *Execution, run *StageRun) {
	d.emit(&StageFailed{At: d.now, Execution: x.ID, Stage: run.Stage})
	d.quiesce(x)
}

// start starts leaves; it reports whether one of them failed on the spot.
func (d *decision) start(x *Execution, run *StageRun, leaves []int) (failed bool) {
	plan := d.PlanOf(x)
	for _, leaf := range leaves {
		if plan.Mode == Parallel && run.running() >= d.limits.ParallelActions {
			return false
		}
		if !d.startAction(x, run, leaf) {
			return true
		}
	}
	return false
}

// running counts the run's actions in progress.
func (r *StageRun) running() (n int) {
	for _, a := range r.Actions {
		if a.live() {
			n++
		}
	}
	return n
}

// startAction begins an action execution: references resolve now, once. It answers false when that fails, and the action with it.
func (d *decision) startAction(x *Execution, run *StageRun, leaf int) bool {
	l := &d.PlanOf(x).Stages[x.Stage].Leaves[leaf]
	resolved, failure := x.resolve(l, d.limits.ResolvedConfig)
	e := &ActionStarted{
		At: d.now, ID: d.id(), Execution: x.ID, Stage: run.Stage, Action: l.Name, Leaf: leaf,
		Resolved: resolved,
	}
	if l.Approval {
		e.Token, e.Deadline = d.id(), d.in(l.Timeout)
	}
	for _, in := range l.InputArtifacts {
		artifact, ok := x.Artifacts[in.Name]
		if !ok && failure == nil {
			failure = &Failure{Code: "ConfigurationError", Message: "input artifact " + in.Name + " was not produced in this execution"}
		}
		e.Inputs = append(e.Inputs, artifact.bare())
	}
	d.emit(e)
	if failure != nil {
		w, _ := d.find(e.ID)
		d.endAction(w, &ActionEnded{Status: Failed, Failure: failure})
	}
	return failure == nil
}

// quiesce ends what has not begun to run: after a failure or a stop nothing new starts. What runs goes on, with its re-entries.
func (d *decision) quiesce(x *Execution) {
	abandon := x.Halt != nil && x.Halt.Abandon
	run := d.Current(x)
	for _, a := range run.work() {
		if !a.live() {
			continue
		}
		e := &ActionEnded{Status: Abandoned}
		switch {
		case abandon:
			e.By, e.Summary, e.Linger = x.Halt.By, x.Halt.Reason, d.linger(run, a)
		case x.Halt != nil && x.Halt.Outdated && a.Phase == Deciding:
			e.Summary = "the definition was updated before a decision was made"
		case a.Phase == Backoff:
			e.Status, e.Failure = Failed, a.Failure
		case a.Phase == Ready && a.Run > 0 && !a.Attach:
			e.Status, e.Failure = Failed, &Failure{Code: "WorkerLost", Message: "its worker was lost, and it was not started anew"}
		case a.Phase == Outside && !a.Job.begun() && a.Failure != nil:
			e.Status, e.Failure = Failed, a.Failure
		case a.Phase == Outside && !a.Job.begun():
		case a.Phase == Ready && a.Run == 0, a.Phase == Opening:
		default:
			continue
		}
		d.endAction(where{x, run, a}, e)
	}
}

// linger describes the work of an action that ends while it may still run; nil when it does not.
func (d *decision) linger(run *StageRun, a *ActionExecution) *Linger {
	atJob := a.Phase == Outside && a.Job.Status == JobStatusInProgress
	if a.Phase != Claimed && !a.Attach && !atJob {
		return nil
	}
	return &Linger{
		Action: a.ID, Run: a.Run, Fence: a.Fence, Worker: a.Worker, Outlive: a.Outlive, Type: d.leafOf(run, a).Type, Until: d.in(d.limits.AbandonGrace),
	}
}

// endAction completes the event from the state and emits it. A full page of ended actions leaves for a record.
func (d *decision) endAction(w where, e *ActionEnded) {
	e.At, e.ID, e.Execution, e.Stage = d.now, w.action.ID, w.execution.ID, w.run.Stage
	e.Action = d.leafOf(w.run, w.action).Name
	if job := w.action.Job; job != nil && job.Status == JobStatusQueued {
		defer d.file(w, *job, false)
	}
	if w.action.Gate != "" {
		d.endRule(w, e)
	} else {
		d.emit(e)
	}
	if x := w.execution; x.pageFull() {
		page := store.Record{Ref: ActionPageRef(d.Name, x.ID, x.Pages), Data: codec.Marshal(&ActionPage{Actions: x.Past})}
		d.emit(&HistoryPaged{At: d.now, Execution: x.ID})
		d.out.Records = append(d.out.Records, page)
	}
}

// pass leaves a stage that succeeded and goes on to the next one.
func (d *decision) pass(x *Execution, run *StageRun) {
	d.emit(&StageEnded{At: d.now, Execution: x.ID, Stage: run.Stage, Status: Succeeded})
	d.arrive(x, x.Stage+1)
	d.admit(run.Stage)
}

// close leaves a stage that failed, was stopped or is outdated, and ends the execution with it, unless the stage is retried by itself.
func (d *decision) close(x *Execution, run *StageRun) {
	if x.Halt == nil && d.autoRetry(x) {
		return
	}
	status, summary := Failed, d.blame(run)
	switch {
	case x.Halt == nil:
	case x.Halt.Outdated:
		status, summary = Cancelled, cmp.Or(x.Halt.Reason, "the definition was updated before the execution could be completed")
	default:
		status, summary = Stopped, x.Halt.Reason
	}
	d.emit(&StageEnded{At: d.now, Execution: x.ID, Stage: run.Stage, Status: status})
	d.end(x, status, summary)
	if status == Failed && d.rollBack(x, run.Stage) {
		return
	}
	d.admit(run.Stage)
}

// blame names the conditions and actions that failed.
func (d *decision) blame(run *StageRun) string {
	var parts []string
	for _, c := range run.Conditions {
		if c.Gate != OnFailure && !c.held() {
			parts = append(parts, run.Stage+" "+string(c.Gate)+": "+c.Summary)
		}
	}
	for _, a := range run.Actions {
		if a.Status != Failed {
			continue
		}
		part := run.Stage + "/" + d.leafOf(run, a).Name
		if a.Failure != nil {
			part += ": " + a.Failure.Message
		}
		parts = append(parts, part)
	}
	return cut(strings.Join(parts, "; "), 2048)
}

// cut shortens text to a number of bytes without splitting a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// end ends an execution.
func (d *decision) end(x *Execution, status Status, summary string) {
	d.finish(x, &ExecutionEnded{At: d.now, ID: x.ID, Status: status, Summary: summary})
}

func (d *decision) finish(x *Execution, e *ExecutionEnded) {
	plan := d.PlanOf(x) // the event may drop it
	d.emit(e)
	d.out.Records = append(d.out.Records, d.executionRecord(plan, x))
}
