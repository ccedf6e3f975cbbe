package machine

import "time"

// ConditionStarted says that a condition is being evaluated.
type ConditionStarted struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
	Gate      Gate      `wire:"4"`
	Result    string    `wire:"5"` // that it would engage
}

// Kind names the event.
func (*ConditionStarted) Kind() string { return "condition.started" }

// When is the time it was decided at.
func (e *ConditionStarted) When() time.Time { return e.At }

func (e *ConditionStarted) apply(s *State) {
	x := s.Execution(e.Execution)
	run := s.Current(x)
	x.Updated = e.At
	run.Conditions = append(run.Conditions, &ConditionRun{Gate: e.Gate, Result: e.Result, Status: InProgress, Started: e.At, Changed: e.At})
}

// ConditionEnded is what a condition came to.
type ConditionEnded struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
	Gate      Gate      `wire:"4"`
	Result    string    `wire:"5"`
	Status    Status    `wire:"6"`
	Summary   string    `wire:"7"`
}

// Kind names the event.
func (*ConditionEnded) Kind() string { return "condition.ended" }

// When is the time it was decided at.
func (e *ConditionEnded) When() time.Time { return e.At }

func (e *ConditionEnded) apply(s *State) {
	x := s.Execution(e.Execution)
	c := s.Current(x).condition(e.Gate)
	c.Status, c.Summary, c.Changed, x.Updated = e.Status, e.Summary, e.At, e.At
}

// ConditionOverridden is somebody's word that a condition does not count. It reopens an execution that has failed by it.
type ConditionOverridden struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
	Gate      Gate      `wire:"4"`
	By        string    `wire:"5"`
	Archived  []byte    `wire:"120"` // the record of an execution that had left the state; it comes back with this
}

// Kind names the event.
func (*ConditionOverridden) Kind() string { return "condition.overridden" }

// When is the time it was decided at.
func (e *ConditionOverridden) When() time.Time { return e.At }

func (e *ConditionOverridden) apply(s *State) {
	s.restore(e.Archived)
	x := s.Execution(e.Execution)
	run := s.Current(x)
	c := run.condition(e.Gate)
	c.Status, c.By, c.Changed, x.Updated = Overridden, e.By, e.At, e.At
	if e.Gate == OnFailure {
		return
	}
	run.drop(OnFailure)
	run.Status, run.Ended = InProgress, time.Time{}
	plan := s.PlanOf(x)
	x.Status, x.Summary, x.Stage = InProgress, "", plan.Index(e.Stage)
	if plan.Mode != Parallel {
		s.StageNamed(e.Stage).Holder = x.ID
	}
}

// RuleStarted is a new rule execution: it waits for a worker, unless the machine decides its type. From here on it is claimed, reported on
// and lost by the same events as an action execution.
type RuleStarted struct {
	At        time.Time         `wire:"1"`
	ID        ID                `wire:"2"`
	Execution ID                `wire:"3"`
	Stage     string            `wire:"4"`
	Gate      Gate              `wire:"5"`
	Rule      string            `wire:"6"`
	Leaf      int               `wire:"7"` // index in the condition
	Deadline  time.Time         `wire:"8"` // zero: its timeout begins when somebody takes it
	Resolved  map[string]string `wire:"9"`
	Inputs    []Artifact        `wire:"10"`
}

// Kind names the event.
func (*RuleStarted) Kind() string { return "rule.started" }

// When is the time it was decided at.
func (e *RuleStarted) When() time.Time { return e.At }

func (e *RuleStarted) apply(s *State) {
	x := s.Execution(e.Execution)
	run := s.Current(x)
	a := &ActionExecution{
		ID: e.ID, Gate: e.Gate, Leaf: e.Leaf, Status: InProgress, Phase: Ready, Try: 1, Deadline: e.Deadline,
		Started: e.At, Changed: e.At, Resolved: e.Resolved, Inputs: e.Inputs,
	}
	c := run.condition(e.Gate)
	c.Rules = append(c.Rules, a)
	s.track(where{x, run, a})
}

// RuleWaiting says that a deployment window is not open.
type RuleWaiting struct {
	At    time.Time `wire:"1"`
	ID    ID        `wire:"2"`
	Until time.Time `wire:"3"` // when it opens; zero: not before the deadline
}

// Kind names the event.
func (*RuleWaiting) Kind() string { return "rule.waiting" }

// When is the time it was decided at.
func (e *RuleWaiting) When() time.Time { return e.At }

func (e *RuleWaiting) apply(s *State) {
	a := s.working(e.ID)
	a.Phase, a.Until, a.Changed = Opening, e.Until, e.At
}

// RuleEnded is the one outcome of a rule execution.
type RuleEnded struct {
	At        time.Time `wire:"1"`
	ID        ID        `wire:"2"`
	Execution ID        `wire:"3"`
	Stage     string    `wire:"4"`
	Gate      Gate      `wire:"5"`
	Rule      string    `wire:"6"`
	Status    Status    `wire:"7"` // Succeeded, Failed or Abandoned
	Summary   string    `wire:"8"`
	Failure   *Failure  `wire:"9"`
	By        string    `wire:"10"` // who overrode the condition or stopped the execution
	Linger    *Linger   `wire:"11"` // work that may still run
}

// Kind names the event.
func (*RuleEnded) Kind() string { return "rule.ended" }

// When is the time it was decided at.
func (e *RuleEnded) When() time.Time { return e.At }

func (e *RuleEnded) apply(s *State) {
	w, _ := s.find(e.ID)
	a := w.action
	s.untrack(e.ID)
	a.Status, a.Phase, a.Changed, a.Until = e.Status, Ended, e.At, time.Time{}
	a.Failure, a.By = e.Failure, e.By
	if e.Summary != "" {
		a.Summary = e.Summary
	}
	past := s.view(w.execution, w.run, a)
	past.Config = nil
	w.execution.remember(past)
	if e.Linger != nil {
		w.run.Lingering = append(w.run.Lingering, *e.Linger)
	}
}
