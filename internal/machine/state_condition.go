package machine

import (
	"slices"
	"time"
)

// Gate is one of the three places in a stage where a condition stands (spec A2, C12).
type Gate string

// The gates.
const (
	BeforeEntry Gate = "beforeEntry" // before the stage's first action, with the lock held
	OnSuccess   Gate = "onSuccess"   // when all its actions have succeeded
	OnFailure   Gate = "onFailure"   // when it has failed and nothing of it runs any more
)

// resultSkip is what a condition before entry says to leave the stage out.
const resultSkip = "SKIP"

// ConditionRun is one evaluation of a condition in a run of its stage.
type ConditionRun struct {
	Gate    Gate               `wire:"1"`
	Result  string             `wire:"2"` // that it would engage: FAIL, SKIP, ROLLBACK, RETRY
	Status  Status             `wire:"3"` // InProgress, Succeeded, Failed, Errored, Cancelled, Abandoned or Overridden
	Started time.Time          `wire:"4"`
	Changed time.Time          `wire:"5"`
	Summary string             `wire:"6"` // why it did not succeed
	By      string             `wire:"7"` // who overrode it
	Rules   []*ActionExecution `wire:"8"` // rule executions, in the order in which they started
}

// held reports whether the condition lets the execution on, by itself or by somebody's word.
func (c *ConditionRun) held() bool { return c.Status == Succeeded || c.Status == Overridden }

// condition is the latest evaluation at a gate; nil when there is none.
func (r *StageRun) condition(gate Gate) *ConditionRun {
	for _, c := range r.Conditions {
		if c.Gate == gate {
			return c
		}
	}
	return nil
}

// judging is the condition that is being evaluated; nil when none is.
func (r *StageRun) judging() *ConditionRun {
	for _, c := range r.Conditions {
		if c.Status == InProgress {
			return c
		}
	}
	return nil
}

// work lists the latest executions of the run's actions and of its conditions' rules.
func (r *StageRun) work() []*ActionExecution {
	if len(r.Conditions) == 0 {
		return r.Actions
	}
	out := slices.Clone(r.Actions)
	for _, c := range r.Conditions {
		out = append(out, c.Rules...)
	}
	return out
}

// drop forgets what a gate's condition came to.
func (r *StageRun) drop(gates ...Gate) {
	r.Conditions = slices.DeleteFunc(slices.Clone(r.Conditions), func(c *ConditionRun) bool { return slices.Contains(gates, c.Gate) })
}

// reopen has a retry evaluate conditions anew: all of them where the whole stage runs again, else all but an entry that was free.
func (r *StageRun) reopen(all bool) {
	r.drop(OnSuccess, OnFailure)
	if all || r.keptOut() {
		r.drop(BeforeEntry)
	}
}

// keptOut reports whether the condition before entry does not let the run begin, so that it has done nothing.
func (r *StageRun) keptOut() bool {
	entry := r.condition(BeforeEntry)
	return entry != nil && !entry.held()
}

// engaged reports whether a condition has come to what it has a result for: before entry and on success it did not hold, on failure it did.
func (c *ConditionRun) engaged() bool {
	if c.Gate == OnFailure {
		return c.Status == Succeeded
	}
	return c.Status == Failed
}

// demands reports whether a condition asks for a result.
func (r *StageRun) demands(gate Gate, result string) bool {
	c := r.condition(gate)
	return c != nil && c.Result == result && c.engaged()
}

// refusal is the condition that fails the stage: one that did not hold and does nothing else about it, or could not be judged; nil when none
// does.
func (r *StageRun) refusal() *ConditionRun {
	for _, c := range r.Conditions {
		leaves := c.Gate == BeforeEntry && r.demands(BeforeEntry, resultSkip) || c.Gate == OnSuccess && r.demands(OnSuccess, resultRollback)
		if c.Gate != OnFailure && !c.held() && c.Status != InProgress && !leaves {
			return c
		}
	}
	return nil
}

// ConditionView is an evaluation of a condition with its rules' latest executions.
type ConditionView struct {
	*ConditionRun
	Rules []ActionRecord
}

// conditions are a run's as they are shown.
func (s *State) conditions(x *Execution, run *StageRun) (out []ConditionView) {
	for _, gate := range []Gate{BeforeEntry, OnSuccess, OnFailure} {
		c := run.condition(gate)
		if c == nil {
			continue
		}
		v := ConditionView{ConditionRun: c}
		for _, a := range c.Rules {
			v.Rules = append(v.Rules, s.view(x, run, a))
		}
		out = append(out, v)
	}
	return out
}

// checkConditions: at most one condition of a run is being evaluated, and a rule of it is at work.
func (s *State) checkConditions() error {
	for _, x := range s.Executions {
		run := s.Current(x)
		if run == nil {
			continue
		}
		judging := 0
		for _, c := range run.Conditions {
			if c.Status != InProgress {
				continue
			}
			if judging++; judging > 1 || !x.Inside() || !slices.ContainsFunc(c.Rules, (*ActionExecution).live) {
				return broken("S0", "nothing will end the %s condition of stage %s in execution %s", c.Gate, run.Stage, x.ID)
			}
		}
	}
	return nil
}
