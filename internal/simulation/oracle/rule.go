package oracle

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

// goesOn reports whether something new may begin where the action or rule is.
func (a *action) goesOn() bool {
	onFailure := a.gate != nil && a.gate.plan.Name == machine.OnFailure
	return a.run.execution.halt == goesOn && (a.run.status == machine.InProgress || onFailure)
}

// ruleStarted: S12, S13 as for actions; no rule begins after one has failed.
func (s *stream) ruleStarted(e *machine.RuleStarted) {
	x := s.inside(e.Execution, e.Stage, e.Kind())
	if x == nil {
		return
	}
	c := x.run.conditions[e.Gate]
	if c == nil || c.status != machine.InProgress || e.Leaf != len(c.rules) || e.Leaf >= len(c.plan.Rules) || s.actions[e.ID] != nil {
		s.Fail("C12", "rule %s of %s in %s starts though its condition is not being evaluated, or out of its turn", e.Rule, e.Stage, x.id)
		return
	}
	plan := &c.plan.Rules[e.Leaf]
	window := plan.Every > 0
	if plan.Name != e.Rule || window && !e.Deadline.Equal(e.At.Add(plan.Timeout)) || !window && !e.Deadline.IsZero() {
		s.Fail("S12", "rule %s of %s in %s is not that of definition %d", e.Rule, e.Stage, x.id, x.version)
	}
	if x.halt != goesOn || slices.ContainsFunc(c.rules, func(a *action) bool { return a.status == machine.Failed }) {
		s.Fail("S8", "rule %s of %s in %s starts though the execution was halted, or a rule has failed", e.Rule, e.Stage, x.id)
	}
	a := &action{
		id: e.ID, leaf: e.Leaf, plan: &plan.Action, rule: plan, gate: c, run: x.run, phase: ready, deadline: e.Deadline, inputs: e.Inputs,
		resolved: e.Resolved, try: 1,
	}
	key := "Key"
	if plan.Compare != "" {
		key = "Variable"
	}
	s.bound(x, a, e.Inputs, e.Resolved[key])
	c.rules = append(c.rules, a)
	s.actions[e.ID] = a
	s.started = append(s.started, a)
	s.live = append(s.live, a)
}

func (s *stream) ruleWaiting(e *machine.RuleWaiting) {
	a := s.action(e.ID, e.Kind())
	if a == nil || a.rule == nil {
		s.Fail("S14", "%s of %s, which is no rule", e.Kind(), e.ID)
		return
	}
	opens := a.rule.opens(e.At)
	late := !opens.Before(a.deadline)
	if a.rule.Every == 0 || a.rule.open(e.At) || late != e.Until.IsZero() || !late && !e.Until.Equal(opens) {
		s.Fail("C12", "rule execution %s waits until %s at %s; its window opens at %s", e.ID, e.Until, e.At, opens)
	}
	a.phase, a.until = opening, e.Until
}

func (s *stream) ruleEnded(e *machine.RuleEnded) {
	a := s.action(e.ID, e.Kind())
	if a == nil || !a.live() {
		return
	}
	if a.rule == nil || e.Execution != a.run.execution.id || e.Stage != a.run.stage.Name || e.Rule != a.plan.Name || e.Gate != a.gate.plan.Name {
		s.Fail("S12", "rule execution %s ended as %s of %s in %s, which it is not", a.id, e.Rule, e.Stage, e.Execution)
		return
	}
	switch e.Status {
	case machine.Abandoned:
		s.ruleAbandoned(a, e)
	case machine.Succeeded:
		s.ruleSucceeded(a, e)
	default:
		s.ruleFailed(a, e)
		a.failure = e.Failure.Code
	}
	a.phase, a.status, a.succeeded = over, e.Status, e.Status == machine.Succeeded
	s.live = slices.DeleteFunc(s.live, func(other *action) bool { return other == a })
}

// asEnd is the rule's end as that of an action.
func asEnd(e *machine.RuleEnded) *machine.ActionEnded {
	return &machine.ActionEnded{At: e.At, ID: e.ID, Status: e.Status, Summary: e.Summary, Failure: e.Failure, Linger: e.Linger}
}

// ruleAbandoned: another rule has failed, somebody has overridden the condition or another one, or the execution is halted.
func (s *stream) ruleAbandoned(a *action, e *machine.RuleEnded) {
	x := a.run.execution
	failed := slices.ContainsFunc(a.gate.rules, func(other *action) bool { return other.status == machine.Failed })
	by := s.ledger.Commands[e.By]
	unstarted := a.phase == opening || a.phase == ready && a.number == 0
	switch {
	case x.halt == abandoned, x.halt == removed, x.halt == goesOn && failed, by != nil && by.Kind == "override":
		s.lingers(a, asEnd(e))
	case x.halt != goesOn && unstarted:
	default:
		s.Fail("S8", "rule execution %s was abandoned for no reason", a.id)
	}
}

func (s *stream) ruleSucceeded(a *action, e *machine.RuleEnded) {
	switch {
	case a.rule.Compare != "":
		if (a.resolved["Variable"] == a.rule.Value) != (a.rule.Compare == "EQ") {
			s.Fail("C12", "rule execution %s holds though %q is not %s %q", a.id, a.resolved["Variable"], a.rule.Compare, a.rule.Value)
		}
	case a.rule.Every > 0:
		if !a.rule.open(e.At) || !e.At.Before(a.deadline) {
			s.Fail("C12", "rule execution %s succeeds at %s, when its window is closed", a.id, e.At)
		}
	default:
		if r := s.accept(a, e.Summary, false); r != nil && (r.Outcome.Failure != nil || r.Outcome.Pending != nil) {
			s.Fail("S4", "rule execution %s succeeded by report %s, which says something else", a.id, e.Summary)
		}
	}
}

func (s *stream) ruleFailed(a *action, e *machine.RuleEnded) {
	if e.Failure.Code != "ConditionNotMet" {
		s.actionFailed(a, asEnd(e))
		return
	}
	if a.rule.Compare == "" || (a.resolved["Variable"] == a.rule.Value) == (a.rule.Compare == "EQ") {
		s.Fail("C12", "rule execution %s does not hold though %q is %s %q", a.id, a.resolved["Variable"], a.rule.Compare, a.rule.Value)
	}
}
