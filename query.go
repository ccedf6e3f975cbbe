package penstock

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
)

// fold reads a pipeline's stream from the store: questions see what is durable and nothing else.
func (e *Engine) fold(ctx context.Context, op, pipeline string) (*machine.State, error) {
	s, err := e.restore(ctx, op, pipeline)
	if err == nil && s.Deleted {
		return nil, &Error{Code: ErrPipelineNotFound, Op: op, Path: pipeline, Err: errors.New("it was deleted")}
	}
	return s, err
}

// restore is fold for what is still to be told of a deleted pipeline.
func (e *Engine) restore(ctx context.Context, op, pipeline string) (*machine.State, error) {
	s, _, err := e.restoreAt(ctx, op, pipeline)
	return s, err
}

// restoreAt is restore with the number of the newest event.
func (e *Engine) restoreAt(ctx context.Context, op, pipeline string) (*machine.State, uint64, error) {
	found, err := e.config.State.Load(ctx, replica.PipelineStream(pipeline))
	if err != nil {
		return nil, 0, asError(op, pipeline, err)
	}
	if len(found) == 0 {
		return nil, 0, &Error{Code: ErrPipelineNotFound, Op: op, Path: pipeline, Err: errors.New("there is no such pipeline")}
	}
	s, err := machine.Restore(pipeline, found[0].Snapshot, found[0].Events, nil)
	if err != nil {
		return nil, 0, &Error{Code: ErrQuarantined, Op: op, Path: pipeline, Err: err}
	}
	return s, found[0].Version, nil
}

// State answers what a pipeline shows now.
func (e *Engine) State(ctx context.Context, pipeline string) (PipelineState, error) {
	var out PipelineState
	if err := e.lookAt(ctx, "state", pipeline, func(s *machine.State) { out = stateView(s) }); err != nil {
		return PipelineState{}, err
	}
	var all [][]ActionExecution
	for i := range out.Stages {
		all = append(all, out.Stages[i].Actions)
	}
	if err := e.maskActions(ctx, "state", all...); err != nil {
		return PipelineState{}, err
	}
	return out, nil
}

// Explain answers what an execution waits for. It is empty when the execution has ended.
func (e *Engine) Explain(ctx context.Context, pipeline, execution string) ([]Reason, error) {
	id, err := parseExecution(execution)
	if err != nil {
		return nil, err
	}
	s, err := e.restore(ctx, "explain", pipeline)
	if err != nil {
		return nil, err
	}
	if s.Execution(id) == nil {
		_, err = e.Execution(ctx, pipeline, execution)
		return nil, err
	}
	reasons := s.Explain(id)
	e.explainServing(s, reasons)
	return reasonViews(reasons), nil
}

// explainServing adds whether this engine could be the worker that an action waits for.
func (e *Engine) explainServing(s *machine.State, reasons []machine.Reason) {
	served, actions := e.workers.types(), s.Actions()
	for i := range reasons {
		at := slices.IndexFunc(actions, func(r machine.ActionRecord) bool { return r.Action.ID == reasons[i].ID })
		if reasons[i].Kind != string(WaitsForWorker) || at < 0 {
			continue
		}
		if _, ok := served[actions[at].Type]; !ok {
			reasons[i].Text += "; this engine does not serve it"
		}
	}
}

// Execution answers one execution.
func (e *Engine) Execution(ctx context.Context, pipeline, execution string) (Execution, error) {
	found, err := e.look(ctx, "execution", pipeline, execution, false)
	if err != nil {
		return Execution{}, err
	}
	return found.view(pipeline), nil
}

// LogQuery asks for the output of one run of an action.
type LogQuery struct {
	ActionExecution string
	Run             int   // from 1
	Offset          int64 // in bytes; negative counts from the end
	Limit           int   // bytes; default 64 KiB
}

// LogPage is part of a log.
type LogPage struct {
	Data   []byte
	Offset int64 // of Data
	Size   int64 // of the whole log so far
}

// Log reads output. A run that has said nothing has an empty log.
func (e *Engine) Log(ctx context.Context, q LogQuery) (LogPage, error) {
	if q.Limit <= 0 {
		q.Limit = 64 << 10
	}
	if q.Offset < 0 {
		_, size, err := e.config.Logs.Read(ctx, q.ActionExecution, q.Run, 0, 0)
		if err != nil {
			return LogPage{}, asError("log", q.ActionExecution, err)
		}
		q.Offset = max(size+q.Offset, 0)
	}
	data, size, err := e.config.Logs.Read(ctx, q.ActionExecution, q.Run, q.Offset, q.Limit)
	if err != nil {
		return LogPage{}, asError("log", q.ActionExecution, err)
	}
	return LogPage{Data: data, Offset: q.Offset, Size: size}, nil
}

// Wait waits until an execution has ended, and answers it.
func (e *Engine) Wait(ctx context.Context, pipeline, execution string) (Execution, error) {
	id, err := parseExecution(execution)
	if err != nil {
		return Execution{}, err
	}
	for first := true; ; first = false {
		if x, ended, err := e.hear(ctx, pipeline, id, first); ended || err != nil {
			return x, err
		}
	}
}

// hear answers an execution that has ended, or that there may be news of it. Only the first time it need not look at the store, if the end is still to come.
func (e *Engine) hear(ctx context.Context, pipeline string, id machine.ID, first bool) (x Execution, ended bool, err error) {
	news := e.watchers.watch(id.String())
	defer e.watchers.leave(news)
	if !first || !e.driving(ctx, pipeline, id) {
		if x, err = e.Execution(ctx, pipeline, id.String()); err != nil || x.Status.Ended() {
			return x, true, err
		}
	}
	if err := e.await(ctx, news.come); err != nil {
		return Execution{}, false, asError("wait", pipeline, err)
	}
	record := news.told()
	if record == nil {
		return x, false, nil
	}
	found, err := ofRecord("wait", pipeline, record, false)
	if err != nil {
		return Execution{}, false, err
	}
	return found.view(pipeline), true, nil
}

// driving reports whether this engine has the execution under way in memory, so that it will hear of its end.
func (e *Engine) driving(ctx context.Context, pipeline string, execution machine.ID) bool {
	answer := make(chan bool, 1)
	e.tell(func(r *replica.Replica) { answer <- r.Driving(replica.PipelineStream(pipeline), execution) })
	select {
	case found := <-answer:
		return found
	case <-ctx.Done():
		return false
	}
}

// await waits for news of a stream: from this engine at once, from others at the latest after the poll interval.
func (e *Engine) await(ctx context.Context, changed <-chan struct{}) error {
	timer := time.NewTimer(e.config.PollInterval)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
