package machine

import (
	"fmt"

	"github.com/penstock-dev/penstock/internal/definition"
)

// finishes reports whether an update with this definition lets live executions go on under theirs.
func (p *Plan) finishes() bool {
	return p.Penstock != nil && p.Penstock.Update == definition.UpdateFinishes
}

// finishable refuses an update that is to let live executions finish and cannot. Stages are locked by name, over all versions, so the stages
// that an execution is in and has ahead must be in the new definition too, in the same order: then nobody can meet it coming the other way.
func (d *decision) finishable(plan *Plan) error {
	if !plan.finishes() {
		return nil
	}
	for _, x := range d.Executions {
		old := d.PlanOf(x)
		if !x.Live() || x.Halt != nil || old.Mode == Parallel {
			continue
		}
		if plan.Mode != old.Mode {
			return refuseUpdate(x, fmt.Sprintf("the mode cannot change from %s to %s:", old.Mode, plan.Mode))
		}
		at := -1
		for _, stage := range old.ahead(x) {
			next := plan.Index(stage)
			switch {
			case next < 0:
				return refuseUpdate(x, "stage "+stage+" cannot be removed while")
			case next < at:
				return refuseUpdate(x, "stage "+stage+" cannot be moved while")
			}
			at = next
		}
	}
	return nil
}

// ahead names the stage that the execution is in or waits for, and those behind it.
func (p *Plan) ahead(x *Execution) (names []string) {
	stages := p.Stages[x.Stage:]
	if x.Rollback != nil {
		stages = stages[:1]
	}
	for i := range stages {
		names = append(names, stages[i].Name)
	}
	return names
}

func refuseUpdate(x *Execution, what string) error {
	return refuse(CodeFailedPrecondition, what+" execution "+x.ID.String()+" goes on and is to finish",
		"wait until it has ended, stop it, or let the update cancel it")
}
