package penstock

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/id"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// Run drives pipelines until ctx ends: it claims and runs actions, keeps time, and takes over what a lost replica left. Then it drains:
// nothing new starts, actions in this process get Config.DrainTimeout to end, and those that outlive the process are left to go on.
// At the start it records the action types that this process registers, so that other engines of the store accept pipelines that have them. It
// answers an error when the store cannot be reached at the start, or when Run is under way already.
func (e *Engine) Run(ctx context.Context) error {
	e.mu.Lock()
	if e.running {
		e.mu.Unlock()
		return &Error{Code: ErrFailedPrecondition, Op: "run", Err: errors.New("this engine runs already")}
	}
	e.running = true
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.running = false
		e.start() // the pump sees that it may go
		e.mu.Unlock()
	}()
	d := &driver{Engine: e, changed: make(chan struct{})}
	if err := d.join(ctx); err != nil && ctx.Err() != nil {
		return nil // it ended before it began
	} else if err != nil {
		return &Error{Code: ErrUnavailable, Op: "run", Err: err, Hint: "see whether the state store can be reached"}
	}
	d.loop(ctx)
	d.leave()
	return nil
}

// RunWhile drives pipelines for as long as a function works, then drains: for tools that release something and end. The function's ctx ends
// with ctx, or when Run fails, and that error is answered then; otherwise the function's.
func (e *Engine) RunWhile(ctx context.Context, work func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	running := make(chan error, 1)
	go func() {
		defer stop()
		running <- e.Run(ctx)
	}()
	err := work(ctx)
	stop()
	return cmp.Or(<-running, err)
}

// driver is one call of Run.
type driver struct {
	*Engine
	lease   store.Lease
	served  map[string]replica.Served
	changed chan struct{} // an executor serves something else, or has a free slot again
}

// join takes the lease under which this replica claims, and starts driving.
func (d *driver) join(ctx context.Context) error {
	if err := d.takeLease(ctx); err != nil {
		return err
	}
	if _, err := d.recordTypes(ctx, "run"); err != nil {
		return err
	}
	d.serve()
	for _, p := range d.workers.pools {
		go d.listen(ctx, p.executor)
	}
	d.tell(func(r *replica.Replica) { r.Drive(true) })
	d.poll(ctx)
	return nil
}

func (d *driver) takeLease(ctx context.Context) error {
	name := id.New()
	lease, err := d.config.State.Lease(ctx, store.Lease{Name: name}, d.config.LeaseTTL)
	if err != nil {
		return err
	}
	d.lease = lease
	d.clock.set(lease.Now)
	d.tell(func(r *replica.Replica) { r.Rename(name, d.lease.Lane) })
	return nil
}

// serve tells the replica what runs here, or that there are free slots again.
func (d *driver) serve() {
	types := d.workers.types()
	if maps.Equal(types, d.served) {
		d.kick()
		return
	}
	d.served = types
	d.tell(func(r *replica.Replica) { r.Serve(types) })
}

// learn reads what is declared: job workers serve what was created while this engine runs.
func (d *driver) learn(ctx context.Context) {
	if _, err := d.readCatalogue(ctx, "run"); err == nil && !maps.Equal(d.workers.types(), d.served) {
		d.serve()
	}
}

// listen passes on that an executor's answer has changed.
func (d *driver) listen(ctx context.Context, ex executor.Executor) {
	for {
		_, changed := ex.Types()
		select {
		case <-ctx.Done():
			return
		case <-changed:
			select {
			case d.changed <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// loop waits for whatever may make work due.
func (d *driver) loop(ctx context.Context) {
	renew := time.NewTicker(d.config.LeaseTTL / 3)
	defer renew.Stop()
	poll := time.NewTimer(d.config.PollInterval)
	defer poll.Stop()
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	var hints <-chan string
	if h, ok := d.config.State.(store.Hinter); ok {
		hints = h.Hints()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-renew.C:
			d.renew(ctx)
			d.tell(func(r *replica.Replica) { r.Evict(d.longAgo()) })
		case <-poll.C:
			d.workers.flush()
			d.learn(ctx)
			poll.Reset(d.poll(ctx))
		case stream, ok := <-hints:
			if !ok {
				hints = nil
				continue
			}
			d.watchers.hinted(stream)
			poll.Reset(d.poll(ctx))
		case <-d.changed:
			d.serve()
		case at := <-d.wake:
			if !at.IsZero() {
				alarm.Reset(d.until(at))
			}
		case <-alarm.C:
			d.kick()
		}
	}
}

// idleMemory is how long a pipeline at rest stays in memory.
const idleMemory = time.Minute

func (d *driver) longAgo() time.Time {
	now, err := d.clock.now(context.Background(), d.Engine)
	if err != nil {
		return time.Time{}
	}
	return now.Add(-idleMemory)
}

// until is how long it is to a time of the store's.
func (d *driver) until(at time.Time) time.Duration {
	now, err := d.clock.now(context.Background(), d.Engine)
	if err != nil {
		return time.Second
	}
	return max(at.Sub(now), 0)
}

// renew keeps the lease. When it has ended, what was claimed under it may have been taken over: this replica goes on under another name.
func (d *driver) renew(ctx context.Context) {
	lease, err := d.config.State.Lease(ctx, d.lease, d.config.LeaseTTL)
	var conflict *store.Conflict
	switch {
	case err == nil:
		d.lease = lease
		d.clock.set(lease.Now)
	case errors.As(err, &conflict):
		d.config.Logger.Warn("the lease of this replica has ended; it goes on under a new one", "replica", d.lease.Name)
		if err := d.takeLease(ctx); err != nil {
			d.config.Logger.Error("no lease could be taken", "error", err)
		}
	case ctx.Err() == nil:
		d.config.Logger.Warn("the lease could not be renewed", "error", err)
	}
}

// poll asks the store what is due, and answers when to ask again.
func (d *driver) poll(ctx context.Context) time.Duration {
	due, err := d.config.State.Due(ctx, 0)
	if err != nil {
		return d.config.PollInterval
	}
	d.clock.set(due.Now)
	if len(due.Streams) > 0 {
		d.tell(func(r *replica.Replica) { r.Due(due) })
	}
	if due.Next.IsZero() {
		return d.config.PollInterval
	}
	return max(min(due.Next.Sub(due.Now), d.config.PollInterval), time.Millisecond)
}

// leave drains: nothing new starts, what runs may end, and the lease is given back.
func (d *driver) leave() {
	d.tell(func(r *replica.Replica) { r.Drive(false) })
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	d.quiet(ctx) // what was being claimed is dispatched, so that the drain sees it
	if n := d.workers.drain(d.config.DrainTimeout); n > 0 {
		d.config.Logger.Warn("actions were still running at the end of the drain; their workers count as lost", "actions", n)
	}
	ending, done := context.WithTimeout(context.Background(), storeTimeout)
	defer done()
	d.quiet(ending) // the last outcomes above all
	if _, err := d.config.State.Lease(ending, d.lease, 0); err != nil {
		d.config.Logger.Warn("the lease could not be given back; it ends by itself", "error", err)
	}
}

// quiet waits until everything that came before is committed.
func (d *driver) quiet(ctx context.Context) {
	select {
	case <-d.rest():
	case <-ctx.Done():
		d.config.Logger.Warn("the store did not answer in time; what was decided last may be decided again")
	}
}
