package machine

import (
	"maps"
	"slices"
	"time"
)

// ExecutionStarted is a new execution on its way to the first stage.
type ExecutionStarted struct {
	At        time.Time         `wire:"1"`
	ID        ID                `wire:"2"`
	Version   int               `wire:"3"`
	Trigger   Trigger           `wire:"4"`
	Variables map[string]string `wire:"5"`
	Overrides map[string]string `wire:"6"`
	By        string            `wire:"7"`
	Rollback  *Rollback         `wire:"8"`
	Stage     int               `wire:"9"`  // where it begins: 0, or the stage rolled back
	Basis     *Success          `wire:"30"` // what a rollback starts with; nil: the stage's last success
	Answers   ID                `wire:"31"` // the execution whose failure began a rollback; zero: somebody asked for it
	Keys      map[string]string `wire:"32"` // object keys to take instead of the configured ones, by source action
	Announced *Announcement     `wire:"33"` // what started it; its Execution is this one
}

// Kind names the event.
func (*ExecutionStarted) Kind() string { return "execution.started" }

// When is the time it was decided at.
func (e *ExecutionStarted) When() time.Time { return e.At }

func (e *ExecutionStarted) apply(s *State) {
	s.Started++
	x := &Execution{
		ID: e.ID, Number: s.Started, Version: e.Version, Status: InProgress, Trigger: e.Trigger,
		Variables: e.Variables, Overrides: e.Overrides, Keys: e.Keys, Started: e.At, Updated: e.At, Attempt: 1, Stage: e.Stage, Rollback: e.Rollback,
	}
	if e.Rollback != nil {
		good := e.Basis
		if good == nil {
			good = s.StageNamed(s.PlanOf(x).Stages[e.Stage].Name).Good
		}
		x.Variables, x.Revisions = good.Variables, maps.Clone(good.Revisions)
		x.Artifacts, x.Outputs = maps.Clone(good.Artifacts), maps.Clone(good.Outputs)
	}
	s.Executions = append(s.Executions, x)
	if e.Announced != nil {
		announced := *e.Announced
		announced.Execution = x.ID
		s.announce(announced)
	}
	if failed := s.Execution(e.Answers); failed != nil {
		failed.RolledBack = x.ID
	}
}

// ExecutionWaiting is an arrival at a stage that cannot be entered now.
type ExecutionWaiting struct {
	At    time.Time `wire:"1"`
	ID    ID        `wire:"2"`
	Stage string    `wire:"3"`
	Until time.Time `wire:"30"` // set: the transition is disabled, and the execution is lost then
}

// Kind names the event.
func (*ExecutionWaiting) Kind() string { return "execution.waiting" }

// When is the time it was decided at.
func (e *ExecutionWaiting) When() time.Time { return e.At }

func (e *ExecutionWaiting) apply(s *State) {
	x, st := s.Execution(e.ID), s.StageNamed(e.Stage)
	x.Stage, x.Waiting, x.Until, x.Updated = s.PlanOf(x).Index(e.Stage), e.At, e.Until, e.At
	st.Queue = append(slices.Clip(st.Queue), e.ID)
}

// ExecutionStopping is an accepted stop.
type ExecutionStopping struct {
	At      time.Time `wire:"1"`
	ID      ID        `wire:"2"`
	Abandon bool      `wire:"3"`
	Reason  string    `wire:"4"`
	By      string    `wire:"5"`
}

// Kind names the event.
func (*ExecutionStopping) Kind() string { return "execution.stopping" }

// When is the time it was decided at.
func (e *ExecutionStopping) When() time.Time { return e.At }

func (e *ExecutionStopping) apply(s *State) {
	x := s.Execution(e.ID)
	x.Status, x.Updated = Stopping, e.At
	x.Halt = &Halt{Abandon: e.Abandon, Reason: e.Reason, By: e.By, At: e.At}
}

// ExecutionOutdated says that the definition has changed under an execution: what runs ends, then it is Cancelled.
type ExecutionOutdated struct {
	At      time.Time `wire:"1"`
	ID      ID        `wire:"2"`
	Version int       `wire:"3"`  // the new one
	Abandon bool      `wire:"30"` // the pipeline was deleted: what runs is ended
	By      string    `wire:"31"` // who deleted it
}

// Kind names the event.
func (*ExecutionOutdated) Kind() string { return "execution.outdated" }

// When is the time it was decided at.
func (e *ExecutionOutdated) When() time.Time { return e.At }

func (e *ExecutionOutdated) apply(s *State) {
	x := s.Execution(e.ID)
	x.Updated, x.Halt = e.At, &Halt{Outdated: true, Abandon: e.Abandon, By: e.By, At: e.At}
	if e.Abandon {
		x.Halt.Reason = deleted
	}
}

// ExecutionEnded is how an execution ended.
type ExecutionEnded struct {
	At      time.Time `wire:"1"`
	ID      ID        `wire:"2"`
	Status  Status    `wire:"3"`
	Summary string    `wire:"4"`
	By      ID        `wire:"5"` // the execution that superseded it
}

// Kind names the event.
func (*ExecutionEnded) Kind() string { return "execution.ended" }

// When is the time it was decided at.
func (e *ExecutionEnded) When() time.Time { return e.At }

func (e *ExecutionEnded) apply(s *State) {
	x := s.Execution(e.ID)
	x.Status, x.Summary, x.Updated, x.Waiting, x.Until = e.Status, e.Summary, e.At, time.Time{}, time.Time{}
	for _, st := range s.Stages {
		st.leave(x.ID)
	}
	s.forget()
}

// HistoryPaged says that a full page of an execution's ended actions has left for a record.
type HistoryPaged struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
}

// Kind names the event.
func (*HistoryPaged) Kind() string { return "history.paged" }

// When is the time it was decided at.
func (e *HistoryPaged) When() time.Time { return e.At }

func (e *HistoryPaged) apply(s *State) {
	x := s.Execution(e.Execution)
	x.Past, x.weight = nil, 0
	x.Pages++
}

// leave takes an execution out of the stage's queue.
func (st *Stage) leave(id ID) {
	if i := slices.Index(st.Queue, id); i >= 0 {
		st.Queue = slices.Delete(slices.Clone(st.Queue), i, i+1)
	}
}
