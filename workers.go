package penstock

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
)

// errDrained is the cause with which Run ends actions that did not end by themselves.
var errDrained = errors.New("penstock: the engine was shut down")

// workers runs claimed actions on the executors and reports how they end.
type workers struct {
	engine *Engine
	pools  []*pool

	mu      sync.Mutex
	running map[*running]bool
	byType  map[string]*pool
	idle    chan struct{} // closed when the last one has ended, while draining

	cancels sync.WaitGroup
	life
}

// life is what the work of one Run lives under; a drain ends it.
type life struct {
	here      context.Context // of work that ends with this process
	elsewhere context.Context // of work that outlives it
	asking    context.Context // of the asking for work's end
	abandon   context.CancelCauseFunc
	detach    context.CancelCauseFunc
	stopAsk   context.CancelFunc
}

func newLife() (l life) {
	l.here, l.abandon = context.WithCancelCause(context.Background())
	l.elsewhere, l.detach = context.WithCancelCause(context.Background())
	l.asking, l.stopAsk = context.WithCancel(context.Background())
	return l
}

// pool is one executor.
type pool struct {
	executor executor.Executor
	capacity int // the most free slots it ever had: its size
	busy     int // dispatched and not ended
}

// running is a run that is being waited for.
type running struct {
	dispatch replica.Dispatch
	pool     *pool
	ctx      context.Context
	reporter reporter
}

func newWorkers(e *Engine, executors []executor.Executor) *workers {
	w := &workers{engine: e, running: map[*running]bool{}, byType: map[string]*pool{}}
	for _, ex := range executors {
		w.pools = append(w.pools, &pool{executor: ex})
	}
	w.types()
	w.life = newLife()
	return w
}

// types is what the executors serve, for the replica. Of several executors that serve a type the first is asked.
func (w *workers) types() map[string]replica.Served {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]replica.Served{}
	for i, p := range w.pools {
		types, _ := p.executor.Types()
		for _, t := range types {
			p.capacity = max(p.capacity, t.Free+p.busy)
			if _, taken := out[t.Name]; !taken {
				out[t.Name] = replica.Served{Pool: i, Outlive: t.Outlive, Rerun: t.Rerun}
				w.byType[t.Name] = p
			}
		}
	}
	w.engine.config.Actions.offerJobs(out)
	w.engine.catalogue.offerJobs(out)
	return out
}

// free counts the slots that may be claimed now. What was dispatched counts from that moment, though its executor may not know it yet.
func (w *workers) free() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]int, len(w.pools))
	for i, p := range w.pools {
		types, _ := p.executor.Types()
		if len(types) > 0 {
			out[i] = min(types[0].Free, p.capacity-p.busy)
		}
	}
	return out
}

// dispatch starts or attaches to a claimed run.
func (w *workers) dispatch(d replica.Dispatch) {
	w.mu.Lock()
	p := w.byType[d.Task.Type]
	p.busy++
	r := &running{dispatch: d, pool: p, ctx: w.here, reporter: reporter{engine: w.engine, dispatch: d}}
	if d.Outlive {
		r.ctx = w.elsewhere
	}
	w.running[r] = true
	w.mu.Unlock()
	go w.run(r)
}

// run waits for the outcome of a run and reports it.
func (w *workers) run(r *running) {
	ctx, finish := w.engine.telemetry.action(r.ctx, r.dispatch.Task)
	outcome, err := w.execute(ctx, r)
	finish(outcome, err)
	said := r.reporter.close()
	w.release(r)
	defer w.forget(r) // a drain ends behind what is offered here
	if err != nil {   // shut down: the run is lost, or goes on without us
		return
	}
	if said != nil && outcome.Pending != nil { // it goes on; otherwise the outcome says more
		w.engine.offer(r.dispatch.Stream, said)
	}
	w.engine.offer(r.dispatch.Stream, &machine.End{Ref: r.dispatch.Ref, Outcome: outcome})
}

// execute asks the executor until it answers; its errors are ours, not the action's.
func (w *workers) execute(ctx context.Context, r *running) (executor.Outcome, error) {
	for attempt := 1; ; attempt++ {
		outcome, err := r.pool.executor.Execute(ctx, *r.dispatch.Task, &r.reporter)
		switch {
		case context.Cause(ctx) != nil && (err != nil || errors.Is(context.Cause(ctx), errDrained)):
			return outcome, context.Cause(ctx)
		case err == nil:
			return outcome, nil
		}
		w.engine.config.Logger.Warn("an executor failed; it is asked again", "action", r.dispatch.Task.Action, "error", err)
		_, changed := r.pool.executor.Types()
		select {
		case <-ctx.Done():
		case <-changed:
		case <-time.After(storeBackoff(attempt)):
		}
	}
}

// release frees the slot, so that the round which hears of the outcome can claim it.
func (w *workers) release(r *running) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.pool.busy--
}

func (w *workers) forget(r *running) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, r)
	if len(w.running) == 0 && w.idle != nil {
		close(w.idle)
		w.idle = nil
	}
}

// cancelFor bounds how long an executor is asked to end work; the machine has given the lock up by then.
const cancelFor = 2 * time.Minute

// cancel ends work and says so when it is known to be gone.
func (w *workers) cancel(c replica.Cancel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.byType[c.Type]; p != nil {
		ctx := w.asking
		w.cancels.Go(func() { w.end(ctx, p.executor, c) })
	}
}

// end asks an executor to end work until it is known to be gone.
func (w *workers) end(ctx context.Context, ex executor.Executor, c replica.Cancel) {
	ctx, stop := context.WithTimeout(ctx, cancelFor)
	defer stop()
	for attempt := 1; ctx.Err() == nil; attempt++ {
		err := ex.Cancel(ctx, c.Work)
		if err == nil {
			w.engine.offer(c.Stream, &machine.Gone{Action: c.Ref.Action, Fence: c.Ref.Fence})
			return
		}
		w.engine.config.Logger.Warn("work could not be ended yet", "action", c.Work.ID, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(storeBackoff(attempt)):
		}
	}
}

// flush offers what runs have said since the last time.
func (w *workers) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.running {
		r.reporter.flush()
	}
}

// drain waits for what runs in this process, detaches from what outlives it, and then gives up what is left; it answers how much that was.
func (w *workers) drain(timeout time.Duration) int {
	w.mu.Lock()
	idle := make(chan struct{})
	if len(w.running) == 0 {
		close(idle)
	} else {
		w.idle = idle
	}
	w.detach(executor.ErrDetach)
	w.mu.Unlock()
	select {
	case <-idle:
	case <-time.After(timeout):
	}
	w.mu.Lock()
	left := len(w.running)
	w.abandon(errDrained)
	w.mu.Unlock()
	<-idle
	w.mu.Lock()
	w.stopAsk()
	w.life = newLife()
	w.mu.Unlock()
	w.cancels.Wait()
	return left
}
