package simulation

import (
	"bytes"

	"github.com/penstock-dev/penstock/internal/machine"
)

// situation is what an input is about to meet, as far as rules ask, and the input: the name of a cell. Each state and input that it may answer
// is in areas.
func (p *pipeline) situation(in machine.Input) string {
	s := p.shadow
	plan := s.Plan()
	mode := ""
	if plan != nil {
		mode = plan.Mode
	}
	var area, state, input string
	if action, ref := aboutAction(in); action != "" {
		area, input = "work", action
		mode, state = p.work(ref, mode)
		if jobInput(in) {
			area = "job"
		}
		return mode + " " + area + ", " + state + ": " + input
	}
	input = commandName(p, in)
	switch {
	case plan == nil:
		return "no pipeline, never defined: " + input
	case s.Deleted:
		return "no pipeline, deleted: " + input
	}
	var x *machine.Execution
	switch in := in.(type) {
	case *machine.Stop:
		x = s.Execution(in.Execution)
		area, state = "execution", p.execution(x)
	case *machine.Retry:
		x = s.Execution(in.Execution)
		area, state = "stage run", p.run(x, in.Stage)
	case *machine.Override:
		x = s.Execution(in.Execution)
		area, state = "stage run", p.run(x, in.Stage)
	case *machine.RollBack:
		area, state = "rollback target", p.target(in)
	case *machine.SetTransition:
		area, state = "transition", p.transition(in.Stage)
	case *machine.Approve:
		area = "approval"
		x, state = p.approval(in.Token)
	default:
		area, state = "pipeline", p.busy()
	}
	if x != nil {
		mode = s.PlanOf(x).Mode
	}
	return mode + " " + area + ", " + state + ": " + input
}

// aboutAction is what a worker says, and of which action; "" for a command.
func aboutAction(in machine.Input) (string, machine.ID) {
	switch in := in.(type) {
	case *machine.End:
		return "end", in.Action
	case *machine.Progress:
		return "progress", in.Action
	case *machine.Gone:
		return "gone", in.Action
	case *machine.TakeJob:
		return "take", in.Action
	case *machine.AcknowledgeJob:
		return "acknowledge", in.Action
	case *machine.StoreJob:
		return "store", in.Action
	case *machine.EndJob:
		return "answer", in.Action
	}
	return "", machine.ID{}
}

func jobInput(in machine.Input) bool {
	switch in.(type) {
	case *machine.TakeJob, *machine.AcknowledgeJob, *machine.StoreJob, *machine.EndJob:
		return true
	}
	return false
}

// commandName tells apart what rules tell apart.
func commandName(p *pipeline, in machine.Input) string {
	either := func(is bool, name, other string) string {
		if is {
			return name
		}
		return other
	}
	switch in := in.(type) {
	case *machine.Start:
		return "start"
	case *machine.Define:
		return either(bytes.Equal(in.Definition, p.shadow.Definitions[p.shadow.Version]), "define the same", "define another")
	case *machine.SetTags:
		return "tag"
	case *machine.PutRevision:
		return "revision"
	case *machine.Delete:
		return "delete"
	case *machine.Stop:
		return either(in.Abandon, "abandon", "stop")
	case *machine.Retry:
		return either(in.All, "retry all", "retry")
	case *machine.Override:
		return "override"
	case *machine.RollBack:
		return either(in.Hold != "", "roll back and hold", "roll back")
	case *machine.SetTransition:
		return either(in.Enabled, "enable", "disable")
	case *machine.Approve:
		return either(in.Rejected, "reject", "approve")
	}
	return "?"
}

// busy is how much goes on in the pipeline.
func (p *pipeline) busy() string {
	live := 0
	for _, x := range p.shadow.Executions {
		if x.Live() {
			live++
		}
	}
	return [...]string{"at rest", "one execution", "several executions"}[min(live, 2)]
}

// execution is where an execution stands.
func (p *pipeline) execution(x *machine.Execution) string {
	switch {
	case x == nil:
		return "gone"
	case !x.Live():
		return string(x.Status)
	case x.Rollback != nil:
		return "rollback " + p.progress(x)
	}
	return p.progress(x)
}

// progress is how an execution goes on.
func (p *pipeline) progress(x *machine.Execution) string {
	switch {
	case x.Halt != nil && x.Halt.Outdated && x.Halt.Abandon:
		return "removed"
	case x.Halt != nil && x.Halt.Outdated:
		return "outdated"
	case x.Halt != nil && x.Halt.Abandon:
		return "abandoned"
	case x.Halt != nil:
		return "stopping"
	case !x.Inside():
		return "waiting"
	case p.shadow.Current(x).Status == machine.Failed:
		return "failing"
	}
	return "working"
}

// run is where an execution stands in a stage that is named with it.
func (p *pipeline) run(x *machine.Execution, stage string) string {
	st := p.shadow.StageNamed(stage)
	if st == nil || p.shadow.Plan().Index(stage) < 0 {
		return "no such stage"
	}
	if x == nil {
		return "execution gone"
	}
	run := p.shadow.Current(x)
	switch {
	case run == nil || run.Stage != stage:
		if st.Latest != nil && st.Latest.Execution != x.ID {
			return "somebody entered later"
		}
		return "elsewhere"
	case !x.Live():
		return string(run.Status)
	}
	state := p.progress(x)
	for _, c := range run.Conditions {
		if c.Status == machine.InProgress && (state == "working" || state == "failing") {
			return state + ", being judged"
		}
	}
	return state
}

// target is what a rollback asks for.
func (p *pipeline) target(in *machine.RollBack) string {
	i := p.shadow.Plan().Index(in.Stage)
	switch {
	case i < 0:
		return "no such stage"
	case i == 0:
		return "the source stage"
	}
	state := "target gone"
	if x := p.shadow.Execution(in.Target); x != nil {
		state = "target never passed"
		for _, stage := range x.Passed {
			if stage == in.Stage {
				state = "target passed"
			}
		}
	}
	if !p.shadow.StageNamed(in.Stage).Holder.IsZero() {
		return state + ", stage held"
	}
	return state + ", stage free"
}

// transition is the gate in front of a stage, and what is behind and before it.
func (p *pipeline) transition(stage string) string {
	st := p.shadow.StageNamed(stage)
	if st == nil || p.shadow.Plan().Index(stage) < 0 {
		return "no such stage"
	}
	state := "open"
	if st.Closed != nil {
		state = "closed"
	}
	if st.Holder.IsZero() {
		state += ", free"
	} else {
		state += ", held"
	}
	if len(st.Queue) > 0 {
		state += ", awaited"
	}
	return state
}

// approval is where an approval with a token stands, and whose it is.
func (p *pipeline) approval(token machine.ID) (*machine.Execution, string) {
	for _, a := range p.shadow.Actions() {
		if a.Action.Token == token && a.Action.Phase == machine.Deciding {
			x := p.shadow.Execution(a.Execution)
			return x, "asked for, " + p.progress(x)
		}
	}
	return nil, "over"
}

// work is where an action stands, and in which mode.
func (p *pipeline) work(id machine.ID, mode string) (of, state string) {
	for _, a := range p.shadow.Actions() {
		if a.Action.ID == id {
			x := p.shadow.Execution(a.Execution)
			return p.shadow.PlanOf(x).Mode, phase(a.Action) + ", " + p.progress(x)
		}
	}
	for _, x := range p.shadow.Executions {
		if run := p.shadow.Current(x); run != nil {
			for _, l := range run.Lingering {
				if l.Action == id {
					return p.shadow.PlanOf(x).Mode, "lingering, " + p.progress(x)
				}
			}
		}
	}
	return mode, "over"
}

func phase(a *machine.ActionExecution) string {
	switch a.Phase {
	case machine.Ready:
		if a.Attach {
			return "ready to attach"
		}
		return "ready"
	case machine.Claimed:
		return "claimed"
	case machine.Pending:
		return "pending"
	case machine.Backoff:
		return "between tries"
	case machine.Deciding:
		return "approval"
	case machine.Opening:
		return "before its window"
	case machine.Outside:
		return "job " + string(a.Job.Status)
	}
	return "?"
}
