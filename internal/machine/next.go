package machine

import (
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

// Demand is what should be running, waiting or waking now. It is derived from the state alone, so after a crash asking again is all the
// recovery there is.
type Demand struct {
	Ready   []Work    // may be claimed now, oldest first
	Running []Work    // claimed: its worker should be at it
	Cancel  []Linger  // should not be running any more
	Wake    time.Time // when to look again; zero: nothing is timed
	Rest    bool      // nothing goes on here: no owner is needed
}

// Work is an action to run.
type Work struct {
	Action ID
	Type   string
	Worker string // who claimed it
	Run    int
	Fence  uint64

	Outlive bool
}

// Next derives the demand at a time. The state holds only what lives, so a full look costs no more than what goes on. The answer's lists
// are good until Next is asked again.
func (s *State) Next(now time.Time) (out Demand) {
	if s.Quarantine != nil {
		return Demand{Rest: true}
	}
	if now.Before(s.Now) {
		now = s.Now
	}
	wake := func(at time.Time) {
		if !at.IsZero() && (out.Wake.IsZero() || at.Before(out.Wake)) {
			out.Wake = at
		}
	}
	out.Ready, out.Running, out.Rest = s.ready[:0], s.running[:0], true
	for _, w := range s.actions {
		a := w.action
		leaf := s.leafOf(w.run, a)
		work := Work{Action: a.ID, Type: leaf.Type, Worker: a.Worker, Run: a.Run, Fence: a.Fence, Outlive: a.Outlive}
		wake(a.due(leaf))
		switch {
		case a.claimable(now):
			out.Ready = append(out.Ready, work)
			out.Rest = false
		case a.Phase == Claimed:
			out.Running = append(out.Running, work)
			out.Rest = false
		case a.Phase == Outside:
			wake(a.Job.Until)
		default:
			wake(a.Until)
		}
	}
	s.ready, s.running = out.Ready, out.Running
	for _, x := range s.Executions {
		if !x.Inside() {
			wake(x.Until)
			continue
		}
		for _, l := range s.Current(x).Lingering {
			out.Cancel = append(out.Cancel, l)
			wake(l.Until)
			out.Rest = false
		}
	}
	return out
}

// Task is what a worker needs to run a claimed action; false when the claim no longer stands.
func (s *State) Task(ref Ref) (*executor.Task, bool) {
	w, ok := s.find(ref.Action)
	if !ok || w.action.Phase != Claimed || w.action.Fence != ref.Fence {
		return nil, false
	}
	return s.task(w), true
}

func (s *State) task(w where) *executor.Task {
	a, x, leaf := w.action, w.execution, s.leafOf(w.run, w.action)
	task := &executor.Task{
		Ref:  executor.Ref{ID: a.ID.String(), Run: a.Run, Fence: a.Fence},
		Type: leaf.Type, Pipeline: s.Name, Execution: x.ID.String(), Stage: w.run.Stage, Action: leaf.Name,
		Resume: a.Resume, Try: a.Try, Lost: a.Lost, Rollback: x.Rollback != nil, Deadline: a.Deadline,
	}
	if a.Gate == "" {
		task.Revision, task.ObjectKey = x.Overrides[leaf.Name], x.Keys[leaf.Name]
	}
	leaf.fill(task, a.Resolved)
	task.Inputs = make([]executor.Artifact, 0, len(a.Inputs))
	for _, in := range a.Inputs {
		task.Inputs = append(task.Inputs, executor.Artifact{
			Name: in.Name, Digest: in.Digest, MediaType: in.MediaType, Size: in.Size, Inline: x.Artifacts[in.Name].Inline,
		})
	}
	task.Outputs = slices.Grow(task.Outputs, len(leaf.OutputArtifacts))
	for _, out := range leaf.OutputArtifacts {
		task.Outputs = append(task.Outputs, out.Name)
	}
	return task
}
