package machine

import (
	"maps"
	"slices"
	"time"
)

// StageEntered gives the stage's lock to an execution.
type StageEntered struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
}

// Kind names the event.
func (*StageEntered) Kind() string { return "stage.entered" }

// When is the time it was decided at.
func (e *StageEntered) When() time.Time { return e.At }

func (e *StageEntered) apply(s *State) {
	x, st := s.Execution(e.Execution), s.StageNamed(e.Stage)
	plan := s.PlanOf(x)
	x.Stage, x.Waiting, x.Until, x.Updated = plan.Index(e.Stage), time.Time{}, time.Time{}, e.At
	run := &StageRun{Execution: x.ID, Stage: e.Stage, Version: x.Version, Status: InProgress, Started: e.At, Rollback: x.Rollback != nil}
	if plan.Mode == Parallel {
		x.Run = run
		return
	}
	st.leave(x.ID)
	st.Holder, st.Latest = x.ID, run
	s.forget()
}

// StageFailed reports the failure as soon as it is certain; the lock is held until nothing runs any more.
type StageFailed struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
}

// Kind names the event.
func (*StageFailed) Kind() string { return "stage.failed" }

// When is the time it was decided at.
func (e *StageFailed) When() time.Time { return e.At }

func (e *StageFailed) apply(s *State) {
	x := s.Execution(e.Execution)
	s.Current(x).Status, x.Updated = Failed, e.At
}

// StageRetried runs actions of a failed or stopped stage again, under the same execution.
type StageRetried struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
	All       bool      `wire:"4"` // the whole tree; else what failed or was abandoned, and what has not run
	By        string    `wire:"5"`
	Auto      bool      `wire:"30"`  // by the stage's own definition
	Archived  []byte    `wire:"120"` // the record of an execution that had left the state; it comes back with this
}

// Kind names the event.
func (*StageRetried) Kind() string { return "stage.retried" }

// When is the time it was decided at.
func (e *StageRetried) When() time.Time { return e.At }

func (e *StageRetried) apply(s *State) {
	s.restore(e.Archived)
	x := s.Execution(e.Execution)
	plan := s.PlanOf(x)
	x.Status, x.Halt, x.Summary, x.Stage, x.Updated = InProgress, nil, "", plan.Index(e.Stage), e.At
	x.Attempt++
	run := s.Current(x)
	run.Status, run.Ended, run.Retried = InProgress, time.Time{}, e.At
	if run.LatestAuto = e.Auto; e.Auto {
		run.AutoRetries++
	} else {
		run.Retries++
	}
	run.reopen(e.All)
	run.Actions = slices.DeleteFunc(slices.Clone(run.Actions), func(a *ActionExecution) bool {
		return e.All || a.Status == Failed || a.Status == Abandoned
	})
	if plan.Mode != Parallel {
		s.StageNamed(e.Stage).Holder = x.ID
	}
}

// StageEnded frees the stage's lock.
type StageEnded struct {
	At        time.Time `wire:"1"`
	Execution ID        `wire:"2"`
	Stage     string    `wire:"3"`
	Status    Status    `wire:"4"`
}

// Kind names the event.
func (*StageEnded) Kind() string { return "stage.ended" }

// When is the time it was decided at.
func (e *StageEnded) When() time.Time { return e.At }

func (e *StageEnded) apply(s *State) {
	x, st := s.Execution(e.Execution), s.StageNamed(e.Stage)
	run := s.Current(x)
	run.Status, run.Ended, x.Updated = e.Status, e.At, e.At
	if st != nil && st.Holder == x.ID {
		st.Holder = ID{}
	}
	if e.Status != Succeeded || run.demands(OnSuccess, resultRollback) {
		return
	}
	x.Passed = append(slices.Clip(x.Passed), e.Stage)
	if plan := s.PlanOf(x); st != nil && x.Rollback == nil && plan.Mode != Parallel && plan.Stages[x.Stage].rollsBack() {
		st.Good = &Success{
			Execution: x.ID, Version: x.Version, Variables: x.Variables,
			Revisions: maps.Clone(x.Revisions), Artifacts: maps.Clone(x.Artifacts), Outputs: maps.Clone(x.Outputs),
		}
	}
}
