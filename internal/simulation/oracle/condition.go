package oracle

import (
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// condition is one evaluation of a gate.
type condition struct {
	plan   *Gate
	status machine.Status
	rules  []*action // in the order of start
}

func (c *condition) held() bool {
	return c.status == machine.Succeeded || c.status == machine.Overridden
}

func (c *condition) running() (n int) {
	for _, a := range c.rules {
		if a.live() {
			n++
		}
	}
	return n
}

func (r *run) judging() *condition {
	for _, name := range []machine.Gate{machine.BeforeEntry, machine.OnSuccess, machine.OnFailure} {
		if c := r.conditions[name]; c != nil && c.status == machine.InProgress {
			return c
		}
	}
	return nil
}

// free reports whether a gate is open: nothing is asked there, or the answer lets the execution on.
func (r *run) free(name machine.Gate) bool {
	if r.stage.gate(name) == nil || name == machine.BeforeEntry && r.execution.rollback {
		return true
	}
	c := r.conditions[name]
	return c != nil && c.held()
}

// engaged reports whether a condition has come to its result. Its polarity is that of the gate.
func (r *run) engaged(name machine.Gate, result string) bool {
	c := r.conditions[name]
	if c == nil || c.plan.Result != result {
		return false
	}
	if name == machine.OnFailure {
		return c.status == machine.Succeeded
	}
	return c.status == machine.Failed
}

// keptOut reports whether the stage was not let in.
func (r *run) keptOut() bool {
	c := r.conditions[machine.BeforeEntry]
	return c != nil && !c.held()
}

// refused reports whether a condition fails the stage.
func (r *run) refused() bool {
	for _, name := range []machine.Gate{machine.BeforeEntry, machine.OnSuccess} {
		c := r.conditions[name]
		if c != nil && (c.status == machine.Errored || r.engaged(name, "FAIL")) {
			return true
		}
	}
	return false
}

// asksOnFailure reports whether the condition on failure is to be evaluated when the stage has failed.
func (r *run) asksOnFailure() bool {
	g := r.stage.gate(machine.OnFailure)
	return g != nil && !r.keptOut() && !(r.execution.rollback && g.Result == "ROLLBACK")
}

// undoes reports whether the run, which has ended, asks for a rollback: S11.
func (r *run) undoes() bool {
	return r.stage.RollBack && r.status == machine.Failed && !r.keptOut() || r.engaged(machine.OnFailure, "ROLLBACK") || r.engaged(machine.OnSuccess, "ROLLBACK")
}

// reopen is what a retry does to what conditions have come to.
func (r *run) reopen(all bool) {
	delete(r.conditions, machine.OnSuccess)
	delete(r.conditions, machine.OnFailure)
	if all || r.keptOut() {
		delete(r.conditions, machine.BeforeEntry)
	}
}

func (s *stream) readCondition(event machine.Event) {
	switch e := event.(type) {
	case *machine.ConditionStarted:
		s.conditionStarted(e)
	case *machine.ConditionEnded:
		s.conditionEnded(e)
	case *machine.ConditionOverridden:
		s.overridden(e)
	case *machine.RuleStarted:
		s.ruleStarted(e)
	case *machine.RuleWaiting:
		s.ruleWaiting(e)
	case *machine.RuleEnded:
		s.ruleEnded(e)
	default:
		s.readAction(event)
	}
}

func (s *stream) conditionStarted(e *machine.ConditionStarted) {
	x := s.inside(e.Execution, e.Stage, e.Kind())
	if x == nil {
		return
	}
	plan := x.run.stage.gate(e.Gate)
	if plan == nil || plan.Result != e.Result {
		s.Fail("S12", "the %s condition of %s is not that of definition %d", e.Gate, e.Stage, x.version)
		return
	}
	if why := x.run.mayAsk(e.Gate); why != "" {
		s.Fail("C12", "the %s condition of %s in %s is evaluated though %s", e.Gate, e.Stage, x.id, why)
	}
	x.run.conditions[e.Gate] = &condition{plan: plan, status: machine.InProgress}
}

// mayAsk answers why a gate must not be asked now; "" when it may.
func (r *run) mayAsk(name machine.Gate) string {
	begun := slices.ContainsFunc(r.leaves, func(a *action) bool { return a != nil })
	switch {
	case r.execution.halt != goesOn:
		return "the execution was halted"
	case r.conditions[name] != nil || r.judging() != nil:
		return "it has been, or another one is"
	case r.running() > 0 || len(r.lingering) > 0:
		return "something of the stage goes on"
	case name == machine.BeforeEntry && (begun || r.execution.rollback || r.status != machine.InProgress):
		return "it has been entered"
	case name == machine.OnSuccess && (!r.stage.Tree.done(r) || !r.free(machine.BeforeEntry) || r.status != machine.InProgress):
		return "its actions have not succeeded"
	case name == machine.OnFailure && (r.status != machine.Failed || !r.asksOnFailure()):
		return "the stage has not failed by what it did"
	default:
		return ""
	}
}

func (s *stream) conditionEnded(e *machine.ConditionEnded) {
	x := s.inside(e.Execution, e.Stage, e.Kind())
	if x == nil {
		return
	}
	c := x.run.conditions[e.Gate]
	if c == nil || c.status != machine.InProgress || c.running() > 0 {
		s.Fail("C12", "the %s condition of %s in %s ended though it was not being evaluated, or a rule goes on", e.Gate, e.Stage, x.id)
		return
	}
	if why := c.mayEnd(x, e.Status); why != "" {
		s.Fail("C12", "the %s condition of %s in %s ended %s though %s", e.Gate, e.Stage, x.id, e.Status, why)
	}
	c.status = e.Status
}

func (c *condition) mayEnd(x *execution, status machine.Status) string {
	count := func(is func(a *action) bool) (n int) {
		for _, a := range c.rules {
			if is(a) {
				n++
			}
		}
		return n
	}
	no := count(func(a *action) bool { return a.status == machine.Failed && !unjudged(a.failure) })
	unknown := count(func(a *action) bool { return a.status == machine.Failed && unjudged(a.failure) })
	left := count(func(a *action) bool { return a.status == machine.Abandoned })
	switch {
	case status == machine.Succeeded && (len(c.rules) != len(c.plan.Rules) || no+unknown+left > 0):
		return "not all of its rules have succeeded"
	case status == machine.Failed && no == 0:
		return "no rule said no"
	case status == machine.Errored && unknown == 0:
		return "every rule was judged"
	case status == machine.Cancelled && (left == 0 || no+unknown > 0 || x.halt != stopped && x.halt != outdated):
		return "nobody stopped it"
	case status == machine.Abandoned && (left == 0 || x.halt != abandoned && x.halt != removed && c.plan.Name != machine.OnFailure):
		return "nobody abandoned it"
	}
	return ""
}

// unjudged are failures of rules that are no answer.
func unjudged(code string) bool {
	return code == "ConfigurationError" || code == "WorkerLost" || code == "TooLarge"
}

// overridden: whoever is overridden is the latest in the stage and has not been skipped; what has failed by it goes on.
func (s *stream) overridden(e *machine.ConditionOverridden) {
	s.acts(e.By, "override", e.Kind(), e.Execution)
	x := s.execution(e.Execution, e.Kind())
	if x == nil {
		return
	}
	s.comesBack(x, e.Kind(), e.Archived)
	if why := s.mayOverride(x, e); why != "" {
		s.Fail("C12", "the %s condition of %s in %s was overridden though %s", e.Gate, e.Stage, x.id, why)
		return
	}
	x.run.conditions[e.Gate].status = machine.Overridden
	if e.Gate == machine.OnFailure {
		return
	}
	delete(x.run.conditions, machine.OnFailure)
	x.status, x.inside, x.run.status = machine.InProgress, true, machine.InProgress
	if !x.design.parallel() {
		s.stage(e.Stage).occupant = x
	}
}

func (s *stream) mayOverride(x *execution, e *machine.ConditionOverridden) string {
	st := s.stage(e.Stage)
	if x.run == nil || x.run.stage.Name != e.Stage || x.waiting {
		return "it is not there"
	}
	c := x.run.conditions[e.Gate]
	switch {
	case c == nil || c.held() || c.status == machine.Cancelled || c.status == machine.Abandoned || c.running() > 0:
		return "there is nothing to override"
	case c.plan.Result == "SKIP":
		return "it decides whether the stage is skipped"
	case e.Gate == machine.OnFailure && c.status != machine.InProgress:
		return "it has ended"
	case x.halt != goesOn:
		return "the execution was stopped"
	case !x.live() && x.status != machine.Failed:
		s.Fail("S5", "%s was %s and is overridden", x.id, x.status)
	case x.version != s.version && (!x.design.parallel() || !x.live()):
		return "the definition is another one"
	case !x.live() && x.design.Mode != "SUPERSEDED" && s.counted() >= s.ledger.Limits.Executions:
		return "as many executions live as may"
	case !x.design.parallel() && (st.latest != x || st.occupant != nil && st.occupant != x):
		return "another execution has entered since"
	}
	return ""
}

// open reports whether a window is open at a time.
func (r *Rule) open(at time.Time) bool { return at.UTC().Minute()%r.Every == 0 }

// opens is when a window that is closed opens next.
func (r *Rule) opens(at time.Time) time.Time {
	for at = at.Truncate(time.Minute).Add(time.Minute); !r.open(at); at = at.Add(time.Minute) {
	}
	return at
}
