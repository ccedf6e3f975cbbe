package oracle

import (
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
)

// Head is what a commit made of its stream's head.
type Head struct {
	Owner string
	Wake  time.Time
	By    string // who committed
}

// Wakes judges S0 and L1 in the state that a commit made: for whatever goes on, something durable will wake somebody.
func (o *Oracle) Wakes(name string, head Head) {
	s := o.stream(name)
	for _, a := range s.live {
		s.wakesAction(a, head)
	}
	for _, x := range s.executions {
		if x.live() {
			s.wakesExecution(x, head)
		}
	}
}

// late reports whether nothing wakes the stream by a time, or now where that has passed.
func (s *stream) late(head Head, due time.Time) bool {
	if due.Before(s.now) {
		due = s.now
	}
	return head.Wake.IsZero() || head.Wake.Truncate(time.Microsecond).After(due)
}

func (s *stream) wakesAction(a *action, head Head) {
	if !a.deadline.IsZero() && s.late(head, a.deadline) {
		s.Fail("S0", "action execution %s times out at %s, but nothing wakes its stream before %s", a.id, a.deadline, head.Wake)
	}
	if a.silent() && s.late(head, a.heard.Add(a.plan.Silence)) {
		s.Fail("S0", "action execution %s has been silent since %s, and nothing wakes its stream in time: %s", a.id, a.heard, head.Wake)
	}
	if a.phase == ready && head.By != head.Owner && (head.Wake.IsZero() || head.Wake.After(s.ledger.Now)) {
		s.Fail("S20", "action execution %s is ready, but %s, who does not drive the stream, leaves it to be noticed at %s", a.id, head.By, head.Wake)
	}
	someone := head.Owner != "" || !head.Wake.IsZero()
	switch a.phase {
	case claimedPhase:
		if a.worker != head.Owner {
			s.Fail("S0", "action execution %s is claimed by %q, but the stream is driven by %q: nobody would notice its end", a.id, a.worker, head.Owner)
		}
	case outside:
		if a.job.state == dispatchedJob && s.late(head, a.job.until) {
			s.Fail("S0", "job %s comes back at %s, but nothing wakes its stream before %s", a.job.id, a.job.until, head.Wake)
		}
	case ready:
		if !someone {
			s.Fail("S0", "action execution %s is ready, but nobody will look", a.id)
		}
	case opening:
		if !a.until.IsZero() && s.late(head, a.until) || !someone {
			s.Fail("S0", "the window of rule execution %s opens at %s, but nothing wakes its stream before %s", a.id, a.until, head.Wake)
		}
	case pending, backoff:
		if a.until.After(s.now) && s.late(head, a.until) || !someone {
			s.Fail("S0", "action execution %s waits until %s, but nothing wakes its stream before %s", a.id, a.until, head.Wake)
		}
	}
}

func (s *stream) wakesExecution(x *execution, head Head) {
	name := x.design.Stages[max(x.at, 0)].Name
	st := s.stage(name)
	switch {
	case x.waiting && !st.closed && st.occupant == nil && !st.unknown:
		s.Fail("L1", "%s waits for %s, which is open and free", x.id, name)
	case x.waiting && st.closed && !st.unknown && s.late(head, s.patience(x)):
		s.Fail("S0", "%s waits at the disabled transition to %s until %s, but nothing wakes its stream before %s", x.id, name, s.patience(x), head.Wake)
	case !x.waiting && !x.inside:
		s.Fail("S0", "%s is nowhere", x.id)
	case x.version < s.version && !x.design.parallel() && x.halt == goesOn && !s.designs[s.version].Finish:
		s.Fail("S12", "%s goes on under definition %d of %d", x.id, x.version, s.version)
	case s.deleted && x.halt != removed && x.halt != abandoned:
		s.Fail("S12", "%s goes on though its pipeline was deleted", x.id)
	case (x.halt == abandoned || x.halt == removed) && x.inside && x.run.running() > 0:
		s.Fail("S8", "%s was abandoned, yet actions of it go on", x.id)
	case x.inside && x.run.running() == 0 && len(x.run.lingering) == 0:
		s.Fail("S0", "%s is in %s, where nothing goes on", x.id, name)
	}
	if x.inside {
		for _, l := range x.run.lingering {
			if s.late(head, l.since.Add(s.ledger.Limits.AbandonGrace)) {
				s.Fail("S0", "lingering work of %s holds %s, but nothing wakes its stream before %s", x.id, name, head.Wake)
			}
		}
	}
}

// Dispatched judges what a replica lets run: a claim that is in the feed, of its own, with what the action was started with.
func (o *Oracle) Dispatched(name, worker string, task *executor.Task, ref machine.Ref) {
	s := o.stream(name)
	c, known := s.claims[ref.Fence]
	if !known || c.action != ref.Action || c.run != ref.Run || c.worker != worker {
		o.Fail("S3", "%s dispatched run %d of %s with fence %d, which is no claim of its own", worker, ref.Run, ref.Action, ref.Fence)
		return
	}
	a := s.actions[ref.Action]
	if task.Type != a.plan.Type || task.Action != a.plan.Name || task.Stage != a.run.stage.Name || task.Execution != a.run.execution.id.String() {
		o.Fail("S12", "%s dispatched %s/%s of %s as %s", worker, task.Stage, task.Action, task.Execution, task.Type)
	}
	if len(task.Inputs) != len(a.inputs) || len(task.Outputs) != len(a.plan.Outputs) {
		o.Fail("S13", "%s dispatched %s/%s with other artifacts than it was started with", worker, task.Stage, task.Action)
		return
	}
	for i, in := range task.Inputs {
		if in.Name != a.inputs[i].Name || in.Digest != a.inputs[i].Digest {
			o.Fail("S13", "%s dispatched %s/%s with artifact %s %s", worker, task.Stage, task.Action, in.Name, in.Digest)
		}
	}
}

// Stands reports whether a claim is the current one.
func (o *Oracle) Stands(name string, ref machine.Ref) bool {
	a := o.stream(name).actions[ref.Action]
	return a != nil && a.phase == claimedPhase && a.fence == ref.Fence
}
