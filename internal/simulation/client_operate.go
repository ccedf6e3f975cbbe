package simulation

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

// orderTooEarly asks something of a pipeline that was never defined.
func (w *world) orderTooEarly(p *pipeline) bool {
	stage, nobody := p.designs[0].Stages[0].Name, machine.ID{7}
	switch w.n(11) {
	case 0:
		return w.offer(p, "start", &machine.Start{})
	case 1:
		return w.offer(p, "tag", &machine.SetTags{Set: map[string]string{"team": "web"}})
	case 2:
		return w.offer(p, "revision", &machine.PutRevision{Stage: stage, Action: "S1", Revision: "r1", Change: "c"})
	case 3:
		return w.offer(p, "delete", &machine.Delete{})
	case 4:
		return w.offer(p, "stop", &machine.Stop{Execution: nobody, Abandon: w.chance(0.5)})
	case 5:
		return w.offer(p, "retry", &machine.Retry{Execution: nobody, Stage: stage, All: w.chance(0.5)})
	case 6:
		return w.offer(p, "override", &machine.Override{Execution: nobody, Stage: stage, Gate: machine.BeforeEntry})
	case 7:
		return w.offer(p, "rollback", &machine.RollBack{Stage: stage, Target: nobody})
	case 8:
		return w.offer(p, "rollback", &machine.RollBack{Stage: stage, Target: nobody, Hold: "broken"})
	case 9:
		return w.offer(p, "transition", &machine.SetTransition{Stage: stage, Enabled: w.chance(0.5), Reason: "freeze"})
	default:
		return w.offer(p, "approve", &machine.Approve{Stage: stage, Action: "S1", Token: nobody, Rejected: w.chance(0.5)})
	}
}

// orderRollback mostly names an execution that has ended, in a stage that it may have succeeded in.
func (w *world) orderRollback(p *pipeline) bool {
	if len(p.known) == 0 {
		return false
	}
	in := &machine.RollBack{Stage: w.someStage(p).Name, Target: pick(w, p.known[max(0, len(p.known)-6):])}
	var free []*machine.Stage
	for i, v := range p.shadow.View() {
		if i > 0 && v.Stage.Holder.IsZero() && v.Stage.Latest != nil {
			free = append(free, v.Stage)
		}
	}
	if len(free) > 0 && w.chance(0.8) {
		in.Stage = pick(w, free).Name
	}
	if w.chance(0.2) {
		in.Hold = "broken"
	}
	if len(p.passed) > 0 && w.chance(0.7) {
		*in = pick(w, p.passed)
		if st := p.shadow.StageNamed(in.Stage); !st.Holder.IsZero() && w.chance(0.7) {
			return false // it would be refused
		}
		if w.chance(0.2) {
			in.Hold = "broken"
		}
	} else if x := p.shadow.Execution(in.Target); x != nil && len(x.Passed) > 1 && w.chance(0.5) {
		in.Stage = pick(w, slices.Clone(x.Passed)[1:])
	}
	if st := p.leftover(); st != nil && w.chance(0.6) {
		in.Stage = st.Name
	}
	return w.offer(p, "rollback", in)
}

// leftover is a stage that an execution from before the update to PARALLEL holds, or nil.
func (p *pipeline) leftover() *machine.Stage {
	plan := p.shadow.Plan()
	if plan.Mode != machine.Parallel {
		return nil
	}
	for _, st := range p.shadow.Stages {
		if !st.Holder.IsZero() && plan.Index(st.Name) > 0 {
			return st
		}
	}
	return nil
}

// rollback is one that goes on, or nil.
func (p *pipeline) rollback() *machine.Execution {
	for _, x := range p.shadow.Executions {
		if x.Live() && x.Rollback != nil {
			return x
		}
	}
	return nil
}

// orderRevision announces one of few revisions, so that some come twice.
func (w *world) orderRevision(p *pipeline) bool {
	if w.oracle.Live(p.stream) >= w.profile.most {
		return false
	}
	d := w.ledger.Designs[string(p.shadow.Definitions[p.shadow.Version])]
	source := &d.Stages[0]
	in := &machine.PutRevision{Stage: source.Name, Action: pick(w, source.Actions).Name, Revision: pick(w, []string{"r1", "r2"}), Change: "c"}
	return w.offer(p, "revision", in)
}

func (w *world) orderDelete(p *pipeline) bool { return w.offer(p, "delete", &machine.Delete{}) }
