package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock-dev/penstock/executor"
)

// Execute implements executor.Executor. With no free slot it answers ErrFull at once, after Close ErrClosed.
func (e *Executor) Execute(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
	if ctx.Err() != nil {
		return executor.Outcome{}, unfinished(ctx, task.Ref)
	}
	r, starts, err := e.attach(&task)
	if err != nil {
		return executor.Outcome{}, err
	}
	seat := r.reports.join(to)
	defer r.reports.leave(seat)
	if starts {
		e.start(r)
	}
	select {
	case <-r.done:
		return r.outcome, nil
	case <-ctx.Done():
		return e.interrupted(ctx, r, task.Ref)
	}
}

// attach finds the run, or takes a slot and makes it.
func (e *Executor) attach(task *executor.Task) (r *run, starts bool, err error) {
	ref := task.Ref
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.idle != nil {
		return nil, false, ErrClosed
	}
	w := e.works[ref.ID]
	if w != nil {
		if err := w.claim(ref); err != nil {
			return nil, false, err
		}
		if r := w.find(ref.Run); r != nil {
			return r, false, nil
		}
		if newest := w.newest(); newest > ref.Run {
			return nil, false, fmt.Errorf("executor/local: %s run %d: run %d has started: %w", ref.ID, ref.Run, newest, executor.ErrFenced)
		}
	}
	if _, served := e.types[task.Type]; !served {
		return nil, false, fmt.Errorf("executor/local: action type %q is not served here", task.Type)
	}
	if e.free == 0 {
		return nil, false, ErrFull
	}
	if w == nil {
		w = &work{id: ref.ID, fence: ref.Fence}
		w.runs = w.one[:0] // nearly always enough
		e.works[ref.ID] = w
	}
	r = &run{work: w, number: ref.Run, task: task, ctx: workContext{deadline: task.Deadline}, done: make(chan struct{})}
	w.runs = append(w.runs, r)
	w.forget(r.number)
	e.free--
	e.offered = max(e.offered-1, 0)
	e.announceFree()
	return r, true, nil
}

// start lets a run go that attach has made. Earlier runs of the work that are still here were lost to the engine, so they are
// given up now and cannot speak for the work any more.
func (e *Executor) start(r *run) {
	for _, earlier := range e.earlier(r) {
		earlier.ctx.cancel(errSuperseded)
		e.giveUp(earlier)
	}
	go e.run(r)
}

func (e *Executor) earlier(r *run) []*run {
	e.mu.Lock()
	defer e.mu.Unlock()
	live := r.work.live(r.number - 1)
	for _, earlier := range live {
		e.startGrace(earlier)
	}
	return live
}

// interrupted answers for an Execute whose ctx has ended.
func (e *Executor) interrupted(ctx context.Context, r *run, ref executor.Ref) (executor.Outcome, error) {
	if !errors.Is(context.Cause(ctx), executor.ErrDetach) {
		if err := e.cancel(ref); err != nil {
			return executor.Outcome{}, err
		}
		select {
		case <-r.done:
		case <-r.lost:
		}
	}
	select {
	case <-r.done:
		return r.outcome, nil
	default:
		return executor.Outcome{}, unfinished(ctx, ref)
	}
}

// unfinished is an error that is both ctx's error and its cause.
func unfinished(ctx context.Context, ref executor.Ref) error {
	return fmt.Errorf("executor/local: no outcome yet of %s run %d: %w (%w)", ref.ID, ref.Run, context.Cause(ctx), ctx.Err())
}
