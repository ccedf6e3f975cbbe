package penstock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

// sequence is how many bytes of an ID are the sequence of its stream.
const sequence = 6

// FindActionExecution answers the action execution that has an ID, whichever execution it is of; pipeline "" stands for all. Engine.ActionExecution
// is quicker: here executions are looked through, newest first, until it is there. ErrNotFound: it never was.
func (e *Engine) FindActionExecution(ctx context.Context, pipeline, id string) (ActionExecution, error) {
	const op = "find action execution"
	wanted, err := machine.ParseID(id)
	if err != nil {
		return ActionExecution{}, notThere(op, pipeline, id)
	}
	if pipeline != "" {
		return e.findAction(ctx, op, pipeline, wanted)
	}
	for q := (PipelineQuery{}); ; {
		page, err := e.Pipelines(ctx, q)
		if err != nil {
			return ActionExecution{}, err
		}
		for _, p := range page.Pipelines {
			found, err := e.findAction(ctx, op, p.Name, wanted)
			if !errors.Is(err, ErrNotFound) {
				return found, err
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ActionExecution{}, notThere(op, "", id)
		}
	}
}

func notThere(op, pipeline, id string) error {
	return &Error{Code: ErrNotFound, Op: op, Path: pipeline, Err: fmt.Errorf("there is no action execution %s", id)}
}

func (e *Engine) findAction(ctx context.Context, op, pipeline string, id machine.ID) (ActionExecution, error) {
	for q := (ExecutionQuery{Pipeline: pipeline}); ; {
		executions, next, err := e.list(ctx, op, q, true)
		if err != nil {
			return ActionExecution{}, err
		}
		for _, f := range executions {
			if bytes.Compare(f.Execution.ID[:sequence], id[:sequence]) > 0 {
				continue // it began later
			}
			records, err := e.actions(ctx, op, pipeline, f)
			if err != nil {
				return ActionExecution{}, err
			}
			i := slices.IndexFunc(records, func(r machine.ActionRecord) bool { return r.Action.Gate == "" && r.Action.ID == id })
			if i >= 0 {
				out := []ActionExecution{actionView(&records[i])}
				return out[0], e.maskActions(ctx, op, out)
			}
		}
		if q.Cursor = next; next == "" {
			return ActionExecution{}, notThere(op, pipeline, id.String())
		}
	}
}
