package machine

import (
	"bytes"
	"fmt"
	"slices"
)

// Check answers the first invariant (docs/design.md, "Invariants") that the state breaks; nil when none.
func (s *State) Check() error {
	for _, check := range []func() error{s.checkLocks, s.checkQueues, s.checkExecutions, s.checkOrder, s.checkActions, s.checkConditions} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func broken(invariant, format string, args ...any) error {
	return fmt.Errorf("invariant %s is broken: %s", invariant, fmt.Sprintf(format, args...))
}

// checkLocks: a stage holds one execution, which lives and is in it.
func (s *State) checkLocks() error {
	for _, st := range s.Stages {
		if st.Holder.IsZero() {
			continue
		}
		x := s.Execution(st.Holder)
		switch {
		case x == nil || !x.Inside():
			return broken("S2", "stage %s is held by %s, which is not inside a stage", st.Name, st.Holder)
		case st.Latest == nil || st.Latest.Execution != st.Holder:
			return broken("S2", "stage %s is held by %s but shows another run", st.Name, st.Holder)
		case s.Current(x) != st.Latest:
			return broken("S2", "stage %s is held by %s, which is elsewhere", st.Name, st.Holder)
		}
	}
	return nil
}

// checkQueues: who waits lives, waits there, in order, for a reason.
func (s *State) checkQueues() error {
	for _, st := range s.Stages {
		var last uint64
		for _, id := range st.Queue {
			x := s.Execution(id)
			if x == nil || !x.Live() || x.Inside() || s.PlanOf(x).Stages[x.Stage].Name != st.Name {
				return broken("S0", "%s is in the queue of stage %s but does not wait there", id, st.Name)
			}
			if x.Number <= last {
				return broken("S6", "the queue of stage %s is out of order", st.Name)
			}
			last = x.Number
		}
		if len(st.Queue) > 1 && s.PlanOf(s.Execution(st.Queue[0])).Mode == Superseded {
			return broken("S6", "stage %s has %d executions in its one slot", st.Name, len(st.Queue))
		}
		if len(st.Queue) > 0 && st.Closed == nil && st.Holder.IsZero() {
			return broken("L1", "stage %s is free and open, yet %s waits", st.Name, st.Queue[0])
		}
	}
	return nil
}

// checkExecutions: every live execution is somewhere, and something will move it on.
func (s *State) checkExecutions() error {
	for _, x := range s.Executions {
		if !x.Live() {
			continue
		}
		plan := s.PlanOf(x)
		if plan == nil {
			return broken("S12", "the definition %d of execution %s is gone", x.Version, x.ID)
		}
		stage := plan.Stages[x.Stage].Name
		st := s.StageNamed(stage)
		if !x.Inside() {
			if !slices.Contains(st.Queue, x.ID) {
				return broken("S0", "execution %s waits for stage %s but is not in its queue", x.ID, stage)
			}
			continue
		}
		run := s.Current(x)
		if run == nil || (plan.Mode != Parallel && st.Holder != x.ID) {
			return broken("S2", "execution %s is in stage %s without its lock", x.ID, stage)
		}
		if !run.busy() {
			return broken("S0", "nothing goes on in stage %s of execution %s", stage, x.ID)
		}
	}
	return nil
}

// checkOrder: among forward executions an older one is never behind a newer one.
func (s *State) checkOrder() error {
	behind := -1
	for _, x := range slices.Backward(s.Executions) {
		if !x.Live() || x.Rollback != nil || x.Version != s.Version && x.Halt != nil || s.PlanOf(x).Mode == Parallel {
			continue
		}
		at := 2 * s.Plan().Index(s.PlanOf(x).Stages[x.Stage].Name) // in the newest definition, which all of them go along
		if x.Inside() {
			at++
		}
		if at < behind {
			return broken("S6", "execution %s is behind a newer one", x.ID)
		}
		behind = at
	}
	return nil
}

// checkActions: what is in progress says what it waits for; claims are fenced.
func (s *State) checkActions() error {
	var fences []uint64
	for i, w := range s.actions {
		a := w.action
		if i > 0 && bytes.Compare(s.actions[i-1].action.ID[:], a.ID[:]) >= 0 {
			return broken("S4", "action execution %s is listed out of order", a.ID)
		}
		switch {
		case a.Status != InProgress || a.Phase == Ended:
			return broken("S5", "action execution %s has ended but is listed as in progress", a.ID)
		case !w.execution.Inside():
			return broken("S5", "action execution %s goes on in execution %s, which does not", a.ID, w.execution.ID)
		case a.Phase == Claimed && (a.Worker == "" || a.Fence == 0 || a.Fence > s.Fence):
			return broken("S3", "action execution %s has no claim of its own", a.ID)
		case a.Phase == Deciding && a.Token.IsZero():
			return broken("S9", "approval %s has no token of its own", a.ID)
		case (a.Phase == Pending || a.Phase == Backoff) && a.Until.IsZero():
			return broken("S0", "action execution %s waits for no time", a.ID)
		case a.Deadline.IsZero() && !a.untaken():
			return broken("S0", "action execution %s has no deadline", a.ID)
		case (a.Phase == Outside) != (a.Job != nil):
			return broken("S3", "action execution %s has a job without being at job workers, or none", a.ID)
		}
		if a.Job != nil {
			if err := s.checkJob(a); err != nil {
				return err
			}
		}
		if a.Phase == Claimed || a.Job != nil && a.Job.out() {
			fences = append(fences, a.Fence)
		}
	}
	slices.Sort(fences)
	if claims := len(fences); len(slices.Compact(fences)) != claims {
		return broken("S3", "two claims share a fence")
	}
	return nil
}

// untaken reports whether nobody has been at the action yet.
func (a *ActionExecution) untaken() bool {
	return a.Phase == Ready && a.Run == 0 || a.Phase == Outside && !a.Job.begun()
}

// checkJob: a job waits in a queue, or is handed out under a fence of its own; an unacknowledged one comes back by itself.
func (s *State) checkJob(a *ActionExecution) error {
	switch job := a.Job; {
	case job.ID.IsZero() || job.Queue == "":
		return broken("S0", "the job of action execution %s cannot be found", a.ID)
	case job.out() && (a.Fence == 0 || a.Fence > s.Fence):
		return broken("S3", "job %s is handed out without a nonce of its own", job.ID)
	case (job.Status == JobStatusDispatched) != !job.Until.IsZero():
		return broken("S0", "job %s is %s and comes back at %s", job.ID, job.Status, job.Until)
	}
	return nil
}
