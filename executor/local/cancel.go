package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

var (
	errCancelled  = errors.New("executor/local: the work was cancelled")
	errSuperseded = errors.New("executor/local: a later run of the work has started")
	errClosing    = errors.New("executor/local: the executor is closing")
)

// Cancel implements executor.Executor. It ends the function's ctx and waits until the function has ended, until it has had
// Options.CancelGrace, or until ctx ends; in the latter cases the function is given up. Work that never started does not start
// later either, for as long as the executor remembers: its outcome is a Failure with Code "Cancelled".
func (e *Executor) Cancel(ctx context.Context, ref executor.Ref) error {
	if err := e.cancel(ref); err != nil {
		return err
	}
	for _, r := range e.live(ref) {
		select {
		case <-r.done:
			continue
		case <-r.lost:
		case <-ctx.Done():
			e.giveUp(r)
		}
		return fmt.Errorf("executor/local: %s run %d does not mind its ctx and still runs", ref.ID, r.number)
	}
	return nil
}

func (e *Executor) live(ref executor.Ref) []*run {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.works[ref.ID]; w != nil {
		return w.live(ref.Run)
	}
	return nil
}

// cancel ends the ctx of the work's runs up to ref.Run, and does not wait.
func (e *Executor) cancel(ref executor.Ref) error {
	live, err := e.doomed(ref)
	for _, r := range live {
		r.ctx.cancel(errCancelled)
	}
	return err
}

// doomed claims the work, remembers that ref.Run may not start any more, and has the grace begin for what runs.
func (e *Executor) doomed(ref executor.Ref) ([]*run, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.works[ref.ID]
	if w == nil {
		w = &work{id: ref.ID}
		e.works[ref.ID] = w
	}
	if err := w.claim(ref); err != nil {
		return nil, err
	}
	if len(w.runs) == 0 || w.newest() < ref.Run {
		w.runs = append(w.runs, neverStarted(w, ref.Run))
		w.forget(ref.Run)
		e.remember(w)
	}
	live := w.live(ref.Run)
	for _, r := range live {
		e.startGrace(r)
	}
	return live, nil
}

// startGrace has the run given up when it has not ended in time; e.mu is held.
func (e *Executor) startGrace(r *run) {
	if r.grace == nil {
		r.lost = make(chan struct{})
		r.grace = time.AfterFunc(e.grace, func() { e.giveUp(r) })
	}
}

// giveUp lets nothing more out of a run that does not end.
func (e *Executor) giveUp(r *run) {
	r.reports.shut()
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.ended || r.givenUp {
		return
	}
	r.givenUp = true
	e.stuck++
	close(r.lost)
}
