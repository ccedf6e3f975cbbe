package machine

import "slices"

// verdict is what a gate's condition means for an execution.
type verdict int

const (
	free   verdict = iota // go on
	waits                 // rules are at it
	fails                 // the stage fails
	skips                 // the stage is left out
	undone                // the stage is left, and put back to its last success
)

// judge asks a gate before the execution goes on in its stage. The condition is evaluated where it has not been. A rollback enters without
// being asked: conditions before entry keep releases out, as transitions do.
func (d *decision) judge(x *Execution, run *StageRun, gate Gate) verdict {
	plan := d.PlanOf(x).Stages[x.Stage].gate(gate)
	if plan == nil || gate == BeforeEntry && x.Rollback != nil {
		return free
	}
	c := run.condition(gate)
	if c == nil {
		c = d.evaluate(x, run, plan)
	}
	switch {
	case c.held():
		return free
	case c.Status == InProgress:
		return waits
	case run.demands(BeforeEntry, resultSkip):
		return skips
	case run.demands(OnSuccess, resultRollback):
		return undone
	default:
		return fails
	}
}

// judged reports whether nothing stands between a stage that has failed and its end: its condition on failure has been evaluated, or there
// is none for this case. What was kept out by its entry has done nothing that could be undone, and no rollback answers a rollback.
func (d *decision) judged(x *Execution, run *StageRun) bool {
	plan := d.PlanOf(x).Stages[x.Stage].gate(OnFailure)
	if plan == nil || x.Halt != nil || run.keptOut() || x.Rollback != nil && plan.Result == resultRollback {
		return true
	}
	c := run.condition(OnFailure)
	if c == nil {
		c = d.evaluate(x, run, plan)
	}
	return c.Status != InProgress
}

// evaluate starts the rules of a condition, all at once; the first that fails on the spot ends it.
func (d *decision) evaluate(x *Execution, run *StageRun, plan *GatePlan) *ConditionRun {
	d.emit(&ConditionStarted{At: d.now, Execution: x.ID, Stage: run.Stage, Gate: plan.Gate, Result: plan.Result})
	c := run.condition(plan.Gate)
	for i := range plan.Rules {
		if !d.startRule(x, run, plan, i) {
			break
		}
	}
	d.conclude(x, run)
	return c
}

// startRule begins a rule execution: references resolve now, once. It answers false when the rule has failed on the spot.
func (d *decision) startRule(x *Execution, run *StageRun, plan *GatePlan, index int) bool {
	l := &plan.Rules[index]
	resolved, failure := x.resolve(l, d.limits.ResolvedConfig)
	e := &RuleStarted{
		At: d.now, ID: d.id(), Execution: x.ID, Stage: run.Stage, Gate: plan.Gate, Rule: l.Name, Leaf: index, Resolved: resolved,
	}
	if l.Type == deploymentWindow {
		e.Deadline = d.in(l.Timeout)
	}
	for _, in := range l.InputArtifacts {
		artifact, ok := x.Artifacts[in.Name]
		if !ok && failure == nil {
			failure = &Failure{Code: codeConfiguration, Message: "input artifact " + in.Name + " was not produced in this execution"}
		}
		e.Inputs = append(e.Inputs, artifact.bare())
	}
	d.emit(e)
	w, _ := d.find(e.ID)
	switch {
	case failure != nil:
		d.endAction(w, &ActionEnded{Status: Failed, Failure: failure})
	case l.Type == variableCheck:
		d.endAction(w, compare(l.configured(resolved)))
	case l.Type == deploymentWindow:
		d.lookOut(w)
	}
	return w.action.Status != Failed
}

// conclude ends the condition that is being evaluated, when its rules have said enough. The first rule that fails decides; the others are
// abandoned, for nobody needs them any more.
func (d *decision) conclude(x *Execution, run *StageRun) {
	c := run.judging()
	if c == nil {
		return
	}
	has := func(status Status) int {
		return slices.IndexFunc(c.Rules, func(a *ActionExecution) bool { return a.Status == status })
	}
	failed := has(Failed)
	if has(InProgress) >= 0 && (failed < 0 || x.Halt != nil) {
		return
	}
	d.abandonRules(x, run, c, "another rule of the condition has failed", "")
	e := &ConditionEnded{At: d.now, Execution: x.ID, Stage: run.Stage, Gate: c.Gate, Result: c.Result, Status: Succeeded}
	switch {
	case failed >= 0:
		a := c.Rules[failed]
		e.Status, e.Summary = Failed, cut("rule "+d.leafOf(run, a).Name+": "+a.Failure.Message, 2048)
		if unjudged(a.Failure.Code) {
			e.Status = Errored
		}
	case has(Abandoned) >= 0 && x.Halt != nil && x.Halt.Abandon:
		e.Status, e.Summary = Abandoned, "the execution was abandoned"
	case has(Abandoned) >= 0:
		e.Status, e.Summary = Cancelled, "the execution was stopped"
		if x.Halt != nil && x.Halt.Outdated {
			e.Summary = "the definition was updated"
		}
	}
	d.emit(e)
}

const codeConfiguration = "ConfigurationError"

// unjudged reports whether a failure says nothing about what a rule was to find out: the check itself could not be made.
func unjudged(code string) bool {
	switch code {
	case codeConfiguration, "PermissionError", "SystemUnavailable", "WorkerLost", "Panic", "TooLarge":
		return true
	default:
		return false
	}
}

// abandonRules ends what goes on of a condition's rules.
func (d *decision) abandonRules(x *Execution, run *StageRun, c *ConditionRun, summary, by string) {
	for _, a := range c.Rules {
		if a.live() {
			d.endAction(where{x, run, a}, &ActionEnded{Status: Abandoned, Summary: summary, By: by, Linger: d.linger(run, a)})
		}
	}
}

// endRule is endAction for a rule execution.
func (d *decision) endRule(w where, e *ActionEnded) {
	d.emit(&RuleEnded{
		At: e.At, ID: e.ID, Execution: e.Execution, Stage: e.Stage, Gate: w.action.Gate, Rule: e.Action, Status: e.Status, Summary: e.Summary,
		Failure: e.Failure, By: e.By, Linger: e.Linger,
	})
}

// skip leaves out a stage whose condition says so.
func (d *decision) skip(x *Execution, run *StageRun) {
	d.emit(&StageEnded{At: d.now, Execution: x.ID, Stage: run.Stage, Status: Skipped})
	d.arrive(x, x.Stage+1)
	d.admit(run.Stage)
}

// undo leaves a stage whose actions have succeeded but whose condition asks for its last success back.
func (d *decision) undo(x *Execution, run *StageRun) {
	summary := d.blame(run)
	d.emit(&StageEnded{At: d.now, Execution: x.ID, Stage: run.Stage, Status: Succeeded})
	d.end(x, Failed, summary)
	if !d.rollBack(x, run.Stage) {
		d.admit(run.Stage)
	}
}
