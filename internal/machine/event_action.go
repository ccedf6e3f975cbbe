package machine

import "time"

// ActionStarted is a new action execution: it waits for a worker, or for a decision when it is an approval.
type ActionStarted struct {
	At        time.Time         `wire:"1"`
	ID        ID                `wire:"2"`
	Execution ID                `wire:"3"`
	Stage     string            `wire:"4"`
	Action    string            `wire:"5"`
	Leaf      int               `wire:"6"`
	Deadline  time.Time         `wire:"7"` // zero: its timeout begins when somebody takes it
	Token     ID                `wire:"8"` // set: an approval
	Resolved  map[string]string `wire:"9"`
	Inputs    []Artifact        `wire:"10"`
}

// Kind names the event.
func (*ActionStarted) Kind() string { return "action.started" }

// When is the time it was decided at.
func (e *ActionStarted) When() time.Time { return e.At }

func (e *ActionStarted) apply(s *State) {
	x := s.Execution(e.Execution)
	run := s.Current(x)
	a := &ActionExecution{
		ID: e.ID, Leaf: e.Leaf, Status: InProgress, Phase: Ready, Try: 1, Deadline: e.Deadline, Token: e.Token,
		Started: e.At, Changed: e.At, Resolved: e.Resolved, Inputs: e.Inputs,
	}
	if !e.Token.IsZero() {
		a.Phase = Deciding
	}
	run.Actions = append(run.Actions, a)
	s.track(where{x, run, a})
}

// ActionClaimed gives a run of the action to a worker. The fence is higher than every one before it in the stream.
type ActionClaimed struct {
	At      time.Time `wire:"1"`
	ID      ID        `wire:"2"`
	Run     int       `wire:"3"`
	Fence   uint64    `wire:"4"`
	Worker  string    `wire:"5"`
	Outlive bool      `wire:"6"` // the work outlives its engine
	Rerun   bool      `wire:"7"` // a lost run may start anew

	Deadline time.Time `wire:"70"` // the first time: its timeout begins
}

// Kind names the event.
func (*ActionClaimed) Kind() string { return "action.claimed" }

// When is the time it was decided at.
func (e *ActionClaimed) When() time.Time { return e.At }

func (e *ActionClaimed) apply(s *State) {
	a := s.working(e.ID)
	s.Fence = e.Fence
	a.Phase, a.Run, a.Fence, a.Worker, a.Outlive, a.Rerun = Claimed, e.Run, e.Fence, e.Worker, e.Outlive, e.Rerun
	a.Until, a.Attach, a.Changed = time.Time{}, false, e.At
	a.begin(e.Deadline)
}

// begin sets the deadline of what has none yet.
func (a *ActionExecution) begin(deadline time.Time) {
	if a.Deadline.IsZero() {
		a.Deadline = deadline
	}
}

// ActionProgressed is what a run said before it ended.
type ActionProgressed struct {
	At          time.Time `wire:"1"`
	ID          ID        `wire:"2"`
	Percent     int       `wire:"3"`
	Summary     string    `wire:"4"`
	ExternalID  string    `wire:"5"`
	ExternalURL string    `wire:"6"`
}

// Kind names the event.
func (*ActionProgressed) Kind() string { return "action.progressed" }

// When is the time it was decided at.
func (e *ActionProgressed) When() time.Time { return e.At }

func (e *ActionProgressed) apply(s *State) {
	a := s.working(e.ID)
	a.Changed, a.Percent = e.At, e.Percent
	if e.Summary != "" {
		a.Summary = e.Summary
	}
	if e.ExternalID != "" {
		a.ExternalID, a.ExternalURL = e.ExternalID, e.ExternalURL
	}
}

// ActionPending frees the worker: the action is to be entered again.
type ActionPending struct {
	At      time.Time `wire:"1"`
	ID      ID        `wire:"2"`
	Until   time.Time `wire:"3"`
	Resume  string    `wire:"4"`
	Summary string    `wire:"5"`
}

// Kind names the event.
func (*ActionPending) Kind() string { return "action.pending" }

// When is the time it was decided at.
func (e *ActionPending) When() time.Time { return e.At }

func (e *ActionPending) apply(s *State) {
	a := s.working(e.ID)
	a.Phase, a.Until, a.Resume, a.Worker, a.Changed, a.Job = Pending, e.Until, e.Resume, "", e.At, nil
	if e.Summary != "" {
		a.Summary = e.Summary
	}
}

// ActionRetrying ends a try; the next one begins at Until.
type ActionRetrying struct {
	At      time.Time `wire:"1"`
	ID      ID        `wire:"2"`
	Try     int       `wire:"3"` // the next one
	Until   time.Time `wire:"4"`
	Failure *Failure  `wire:"5"` // of the try that ended
}

// Kind names the event.
func (*ActionRetrying) Kind() string { return "action.retrying" }

// When is the time it was decided at.
func (e *ActionRetrying) When() time.Time { return e.At }

func (e *ActionRetrying) apply(s *State) {
	a := s.working(e.ID)
	a.Phase, a.Try, a.Until, a.Failure, a.Changed = Backoff, e.Try, e.Until, e.Failure, e.At
	a.Lost, a.Resume, a.Worker, a.Percent, a.Job, a.Stored = 0, "", "", 0, nil, nil
}

// WorkerLost takes a claim back: the worker is known to be gone, or its engine is and the work lives on.
type WorkerLost struct {
	At     time.Time `wire:"1"`
	ID     ID        `wire:"2"`
	Worker string    `wire:"3"`
	Attach bool      `wire:"4"` // the work lives on: the same run is claimed again
}

// Kind names the event.
func (*WorkerLost) Kind() string { return "worker.lost" }

// When is the time it was decided at.
func (e *WorkerLost) When() time.Time { return e.At }

func (e *WorkerLost) apply(s *State) {
	a := s.working(e.ID)
	a.Phase, a.Worker, a.Attach, a.Changed = Ready, "", e.Attach, e.At
	if !e.Attach {
		a.Lost++
	}
}

// ActionEnded is the one outcome of an action execution.
type ActionEnded struct {
	At        time.Time         `wire:"1"`
	ID        ID                `wire:"2"`
	Execution ID                `wire:"3"`
	Stage     string            `wire:"4"`
	Action    string            `wire:"5"`
	Status    Status            `wire:"6"`
	Outputs   []Artifact        `wire:"7"`
	Variables map[string]string `wire:"8"`
	Revision  *Revision         `wire:"9"`
	Summary   string            `wire:"10"`
	Failure   *Failure          `wire:"11"`
	By        string            `wire:"12"` // who decided it
	Linger    *Linger           `wire:"13"` // work that may still run
}

// Kind names the event.
func (*ActionEnded) Kind() string { return "action.ended" }

// When is the time it was decided at.
func (e *ActionEnded) When() time.Time { return e.At }

func (e *ActionEnded) apply(s *State) {
	w, _ := s.find(e.ID)
	a, x := w.action, w.execution
	s.untrack(e.ID)
	a.Status, a.Phase, a.Changed, a.Until, a.Job, a.Stored = e.Status, Ended, e.At, time.Time{}, nil, nil
	a.Variables, a.Revision, a.Failure, a.By = e.Variables, e.Revision, e.Failure, e.By
	a.Outputs = make([]Artifact, len(e.Outputs))
	for i, artifact := range e.Outputs {
		a.Outputs[i] = artifact.bare()
	}
	if e.Summary != "" {
		a.Summary = e.Summary
	}
	past := s.view(x, w.run, a)
	past.Config = nil
	if x.Past == nil {
		x.Past = make([]ActionRecord, 0, s.PlanOf(x).leaves())
	}
	x.remember(past)
	if e.Linger != nil {
		w.run.Lingering = append(w.run.Lingering, *e.Linger)
	}
	if e.Status == Succeeded {
		x.keep(&s.PlanOf(x).Stages[x.Stage].Leaves[a.Leaf], e)
	}
}

// keep binds what a succeeded action put out to the execution's names.
func (x *Execution) keep(leaf *Leaf, e *ActionEnded) {
	for _, artifact := range e.Outputs {
		put(&x.Artifacts, artifact.Name, artifact)
	}
	if leaf.Namespace != "" {
		put(&x.Outputs, leaf.Namespace, e.Variables)
	}
	if e.Revision != nil {
		put(&x.Revisions, e.Action, *e.Revision)
	}
}

func put[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = value
}

// WorkGone says that lingering work no longer holds the lock: it is known to have ended, or its grace is over.
type WorkGone struct {
	At     time.Time `wire:"1"`
	Action ID        `wire:"2"`
	Fence  uint64    `wire:"3"`
	Known  bool      `wire:"4"` // false: the grace is over and it may still run
}

// Kind names the event.
func (*WorkGone) Kind() string { return "work.gone" }

// When is the time it was decided at.
func (e *WorkGone) When() time.Time { return e.At }

func (e *WorkGone) apply(s *State) {
	if _, run, i := s.lingering(e.Action, e.Fence); run != nil {
		run.Lingering = append(run.Lingering[:i:i], run.Lingering[i+1:]...)
	}
}

// lingering finds work that may still run though its action has ended.
func (s *State) lingering(action ID, fence uint64) (x *Execution, run *StageRun, index int) {
	for _, x := range s.Executions {
		if !x.Inside() {
			continue
		}
		run := s.Current(x)
		for i, l := range run.Lingering {
			if l.Action == action && l.Fence == fence {
				return x, run, i
			}
		}
	}
	return nil, nil, 0
}
