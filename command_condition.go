package penstock

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock/internal/machine"
)

// OverrideCondition has an execution go on as if a condition had held, while it is evaluated or after it has failed the stage (spec C12). Rules
// that are at work are abandoned. Of GateOnFailure it says that nothing follows; the service's own API has only the other two. A condition that
// may skip its stage cannot be overridden.
type OverrideCondition struct {
	ID        string
	Pipeline  string
	Stage     string
	Execution string // the latest one in the stage
	Gate      Gate
}

func (c OverrideCondition) access() Access {
	return Access{Verb: VerbOverride, Pipeline: c.Pipeline, Stage: c.Stage, Execution: c.Execution}
}

func (c OverrideCondition) order(_ *Engine, actor string) (order, error) {
	switch c.Gate {
	case GateBeforeEntry, GateOnSuccess, GateOnFailure:
	default:
		return order{}, &Error{Code: ErrInvalid, Op: string(VerbOverride), Path: c.access().path(), Err: fmt.Errorf("%q is no gate", c.Gate)}
	}
	x, err := parseExecution(c.Execution)
	return order{c.ID, &machine.Override{Execution: x, Stage: c.Stage, Gate: machine.Gate(c.Gate), By: actor}, c}, err
}

// OverrideCondition has an execution go on as if a condition of a stage had held.
func (e *Engine) OverrideCondition(ctx context.Context, pipeline, stage, execution string, gate Gate) error {
	_, err := e.Do(ctx, OverrideCondition{Pipeline: pipeline, Stage: stage, Execution: execution, Gate: gate})
	return err
}
