package simulation

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

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
	if x := p.shadow.Execution(in.Target); x != nil && len(x.Passed) > 1 && w.chance(0.5) {
		in.Stage = pick(w, slices.Clone(x.Passed)[1:])
	}
	return w.offer(p, "rollback", in)
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
