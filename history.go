package penstock

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// found is an execution, in its pipeline's state while it lives, in its record when it has ended.
type found struct {
	machine.ExecutionHead
	live []machine.ActionRecord // in progress
}

func (f *found) view(pipeline string) Execution {
	out := executionView(pipeline, nil, &f.Execution)
	out.Mode, out.Stage = ExecutionMode(f.Mode), f.Stage
	return out
}

// look finds an execution, with its actions if they are asked for.
func (e *Engine) look(ctx context.Context, op, pipeline, execution string, actions bool) (*found, error) {
	id, err := parseExecution(execution)
	if err != nil {
		return nil, err
	}
	for range 2 { // it may end, or be retried, between the two looks
		records, err := e.config.State.Get(ctx, machine.ExecutionRef(pipeline, id))
		if err != nil {
			return nil, asError(op, pipeline, err)
		}
		if records[0] != nil {
			return ofRecord(op, pipeline, records[0], actions)
		}
		s, err := e.restore(ctx, op, pipeline)
		if err != nil {
			return nil, err
		}
		if x := s.Execution(id); x != nil {
			return ofState(s, x), nil
		}
	}
	return nil, &Error{Code: ErrExecutionNotFound, Op: op, Path: pipeline, Err: fmt.Errorf("there is no execution %s", execution)}
}

func ofRecord(op, pipeline string, record *store.Record, actions bool) (*found, error) {
	f := &found{}
	var err error
	if actions {
		var whole *machine.ExecutionRecord
		if whole, err = machine.ReadExecution(record); err == nil {
			f.ExecutionHead = machine.ExecutionHead{Execution: whole.Execution, Mode: whole.Mode, Stage: whole.Stage}
		}
	} else {
		err = codec.Unmarshal(record.Data, &f.ExecutionHead)
	}
	if err != nil {
		return nil, &Error{Code: ErrInternal, Op: op, Path: pipeline, Err: err}
	}
	return f, nil
}

func ofState(s *machine.State, x *machine.Execution) *found {
	plan := s.PlanOf(x)
	f := &found{ExecutionHead: machine.ExecutionHead{
		Execution: *x, Mode: plan.Mode, Stage: plan.Stages[min(x.Stage, len(plan.Stages)-1)].Name,
	}}
	for _, r := range s.Actions() {
		if r.Execution == x.ID {
			f.live = append(f.live, r)
		}
	}
	return f
}

// actions are all action executions and rule executions of an execution, newest first.
func (e *Engine) actions(ctx context.Context, op, pipeline string, f *found) ([]machine.ActionRecord, error) {
	out := append(f.Execution.History(), f.live...)
	refs := make([]store.Ref, f.Execution.Pages)
	for i := range refs {
		refs[i] = machine.ActionPageRef(pipeline, f.Execution.ID, i)
	}
	records, err := e.config.State.Get(ctx, refs...)
	if err != nil {
		return nil, asError(op, pipeline, err)
	}
	for _, record := range records {
		if record == nil {
			continue // pruned
		}
		page, err := f.Execution.Page(record)
		if err != nil {
			return nil, &Error{Code: ErrInternal, Op: op, Path: pipeline, Err: err}
		}
		out = append(out, page...)
	}
	slices.SortFunc(out, func(a, b machine.ActionRecord) int {
		return strings.Compare(b.Action.ID.String(), a.Action.ID.String())
	})
	return out, nil
}

// ExecutionQuery asks for a pipeline's executions, newest first.
type ExecutionQuery struct {
	Pipeline string
	// SucceededIn lists only executions that succeeded in this stage under the newest definition: what a rollback may go back to.
	SucceededIn string
	Cursor      string // ExecutionPage.Next; "" starts
	Limit       int    // default 100, at most 1000
}

// ExecutionPage is part of a list.
type ExecutionPage struct {
	Executions []Execution
	Next       string // "": this was the last page
}

// Executions lists executions, newest first. Those in progress come on the first page, before Limit counts. With SucceededIn a page may hold
// fewer than Limit though more follow.
func (e *Engine) Executions(ctx context.Context, q ExecutionQuery) (ExecutionPage, error) {
	listed, next, err := e.list(ctx, "executions", q, false)
	if err != nil {
		return ExecutionPage{}, err
	}
	page := ExecutionPage{Next: next}
	for _, f := range listed {
		page.Executions = append(page.Executions, f.view(q.Pipeline))
	}
	return page, nil
}

func (e *Engine) list(ctx context.Context, op string, q ExecutionQuery, actions bool) (out []*found, next string, err error) {
	s, err := e.fold(ctx, op, q.Pipeline)
	if err != nil {
		return nil, "", err
	}
	records, err := e.config.State.List(ctx, store.Query{Kind: machine.KindExecution, Group: q.Pipeline, Cursor: q.Cursor, Limit: q.Limit})
	if err != nil {
		return nil, "", asError(op, q.Pipeline, err)
	}
	for _, x := range slices.Backward(s.Executions) {
		if x.Live() && q.Cursor == "" && q.wants(s, x) {
			out = append(out, ofState(s, x))
		}
	}
	for i := range records.Records {
		f, err := ofRecord(op, q.Pipeline, &records.Records[i], actions)
		if err != nil {
			return nil, "", err
		}
		x := s.Execution(f.Execution.ID)
		told := x != nil && x.Live() && q.Cursor == "" // it has ended since the state was read
		if !told && q.wants(s, &f.Execution) {
			out = append(out, f)
		}
	}
	return out, records.Next, nil
}

// wants reports whether an execution is asked for.
func (q ExecutionQuery) wants(s *machine.State, x *machine.Execution) bool {
	return q.SucceededIn == "" || x.Version == s.Version && x.Rollback == nil && slices.Contains(x.Passed, q.SucceededIn)
}

// ActionExecutionQuery asks for action executions, newest first.
type ActionExecutionQuery struct {
	Pipeline  string
	Execution string // "": of all executions, one execution after the other, the newest first
	Cursor    string // ActionExecutionPage.Next; "" starts
	Limit     int    // without Execution: executions a page; default 100, at most 1000. An execution comes whole
	Latest    bool   // of each action in an execution only the newest; default all, one for each retry of its stage that ran it
}

// ActionExecutionPage is part of a list.
type ActionExecutionPage struct {
	Actions []ActionExecution
	Next    string // "": this was the last page
}

// ActionExecutions lists action executions, newest first.
func (e *Engine) ActionExecutions(ctx context.Context, q ActionExecutionQuery) (page ActionExecutionPage, err error) {
	page.Next, err = e.eachWork(ctx, "action executions", q, func(r *machine.ActionRecord) {
		if r.Action.Gate == "" {
			page.Actions = append(page.Actions, actionView(r))
		}
	})
	if err != nil {
		return page, err
	}
	return page, e.maskActions(ctx, "action executions", page.Actions)
}

// eachWork visits what a query asks for: action executions and rule executions, newest first.
func (e *Engine) eachWork(ctx context.Context, op string, q ActionExecutionQuery, visit func(r *machine.ActionRecord)) (next string, err error) {
	var executions []*found
	if q.Execution != "" {
		f, err := e.look(ctx, op, q.Pipeline, q.Execution, true)
		if err != nil {
			return "", err
		}
		executions = []*found{f}
	} else {
		executions, next, err = e.list(ctx, op, ExecutionQuery{Pipeline: q.Pipeline, Cursor: q.Cursor, Limit: q.Limit}, true)
		if err != nil {
			return "", err
		}
	}
	for _, f := range executions {
		records, err := e.actions(ctx, op, q.Pipeline, f)
		if err != nil {
			return "", err
		}
		newest := map[string]bool{}
		for i := range records {
			r := &records[i]
			name := r.Stage + "/" + string(r.Action.Gate) + "/" + r.Name // which may not hold a slash
			if !q.Latest || !newest[name] {
				visit(r)
			}
			newest[name] = true
		}
	}
	return next, nil
}

// ActionExecution answers one action execution.
func (e *Engine) ActionExecution(ctx context.Context, pipeline, execution, id string) (ActionExecution, error) {
	const op = "action execution"
	f, err := e.look(ctx, op, pipeline, execution, true)
	if err != nil {
		return ActionExecution{}, err
	}
	records, err := e.actions(ctx, op, pipeline, f)
	if err != nil {
		return ActionExecution{}, err
	}
	i := slices.IndexFunc(records, func(r machine.ActionRecord) bool { return r.Action.Gate == "" && r.Action.ID.String() == id })
	if i < 0 {
		return ActionExecution{}, &Error{Code: ErrNotFound, Op: op, Path: pipeline, Err: fmt.Errorf("execution %s has no action execution %s", execution, id)}
	}
	out := []ActionExecution{actionView(&records[i])}
	return out[0], e.maskActions(ctx, op, out)
}
