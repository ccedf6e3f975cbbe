package penstock

import (
	"context"

	"github.com/penstock-dev/penstock/internal/machine"
)

// RollbackStage puts a stage back to an earlier execution: a new execution runs that stage alone, with the revisions, artifacts and variables
// of the target (spec C11). The target must have succeeded in the stage under the newest definition, and must not be a rollback itself:
// Engine.Executions lists them by SucceededIn. It is refused with ErrNotRollbackable, also where the stage is the source, is held by an
// execution, or the pipeline is InParallel; and with ErrOutdated where the definition has changed since. Disabled transitions do not stop it.
type RollbackStage struct {
	ID       string
	Pipeline string
	Stage    string
	Target   string // the execution to go back to
	Hold     string // reason: disables the transition into Stage in the same commit, so that nobody undoes it; needs VerbDisable too. At most 300 characters
}

func (c RollbackStage) access() Access {
	return Access{Verb: VerbRollback, Pipeline: c.Pipeline, Stage: c.Stage, Execution: c.Target}
}

func (c RollbackStage) also() (Access, bool) {
	return Access{Verb: VerbDisable, Pipeline: c.Pipeline, Stage: c.Stage}, c.Hold != ""
}

func (c RollbackStage) order(_ *Engine, actor string) (order, error) {
	target, err := parseExecution(c.Target)
	return order{c.ID, &machine.RollBack{Stage: c.Stage, Target: target, Hold: c.Hold, By: actor}, c}, err
}

// Rollback puts a stage back to an earlier execution that succeeded in it, and answers the execution that does so.
func (e *Engine) Rollback(ctx context.Context, pipeline, stage, target string) (execution string, err error) {
	reply, err := e.Do(ctx, RollbackStage{Pipeline: pipeline, Stage: stage, Target: target})
	return reply.Execution, err
}
