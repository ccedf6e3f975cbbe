package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

const (
	// DefaultSlots is Options.Slots where it is zero. Actions wait far more than they compute.
	DefaultSlots = 64
	// DefaultCancelGrace is Options.CancelGrace where it is zero.
	DefaultCancelGrace = 5 * time.Second
	// DefaultRemember is Options.Remember where it is zero.
	DefaultRemember = 1024
)

var (
	// ErrFull is what Execute answers when every slot is taken: wait for the channel of Types, then ask again.
	ErrFull = errors.New("executor/local: no free slot")
	// ErrClosed is what Execute answers after Close.
	ErrClosed = errors.New("executor/local: the executor is closed")
)

// Func is an action's code. Its ctx ends when the work is cancelled and at task.Deadline; it carries no values of the engine's,
// as that of no executor does. The function may call the engine. What it returns after its ctx has ended still counts.
type Func func(ctx context.Context, task *executor.Task, to executor.Reporter) executor.Outcome

// Type is one action type and the function that runs it.
type Type struct {
	Name  string // Category/Owner/Provider/Version
	Run   Func
	Rerun bool // see executor.Type
}

// Options are the executor's bounds. The zero value is useful.
type Options struct {
	Slots       int           // runs at once, over all types; default DefaultSlots
	CancelGrace time.Duration // how long a cancelled function may take to end before it is given up; default DefaultCancelGrace
	// Remember is how many runs that have ended are kept, to be asked for again and not to be started again; default
	// DefaultRemember. A run that has been forgotten would start anew.
	Remember int
}

// Executor runs actions in this process. Use New.
type Executor struct {
	types  map[string]Type
	served []executor.Type // with no Free
	slots  int
	grace  time.Duration

	mu    sync.Mutex // never held while an action or a Reporter is called
	works map[string]*work
	past  past
	free  int
	stuck int
	idle  chan struct{} // closed when nothing runs any more; nil until Close

	changed chan struct{} // nil until someone asks
	offered int           // how many starts the answers given since changed was made still allow
}

var _ executor.Executor = (*Executor)(nil)

// New returns an executor that serves these types. It answers an error for a type without a name or a function, for a name
// that comes twice, and for negative options.
func New(types []Type, options Options) (*Executor, error) {
	if options.Slots < 0 || options.CancelGrace < 0 || options.Remember < 0 {
		return nil, fmt.Errorf("executor/local: negative options: %+v", options)
	}
	e := &Executor{
		types: make(map[string]Type, len(types)),
		slots: or(options.Slots, DefaultSlots),
		grace: or(options.CancelGrace, DefaultCancelGrace),
		works: make(map[string]*work),
		past:  past{limit: or(options.Remember, DefaultRemember)},
	}
	e.free = e.slots
	for i, t := range types {
		if t.Name == "" || t.Run == nil {
			return nil, fmt.Errorf("executor/local: type %d (%q) needs a name and a function", i, t.Name)
		}
		if _, twice := e.types[t.Name]; twice {
			return nil, fmt.Errorf("executor/local: type %q comes twice", t.Name)
		}
		e.types[t.Name] = t
		e.served = append(e.served, executor.Type{Name: t.Name, Rerun: t.Rerun})
	}
	return e, nil
}

// Types implements executor.Executor. Free is the same for every type: the slots are shared.
func (e *Executor) Types() ([]executor.Type, <-chan struct{}) {
	types := make([]executor.Type, len(e.served))
	copy(types, e.served)
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range types {
		types[i].Free = e.free
	}
	if e.changed == nil {
		e.changed, e.offered = make(chan struct{}), e.free
	}
	e.offered = min(e.offered, e.free)
	return types, e.changed
}

// Stuck is the number of runs that were given up and still hold a goroutine and a slot. It has to be 0; where it is not, a
// function does not mind its ctx.
func (e *Executor) Stuck() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stuck
}

// Close cancels all that runs, refuses what comes, and waits until the last function has ended or ctx ends; the error says
// how many still run then. It may be called again.
func (e *Executor) Close(ctx context.Context) error {
	e.mu.Lock()
	live := e.close()
	idle := e.idle
	e.mu.Unlock()
	for _, r := range live {
		r.ctx.cancel(errClosing)
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.free == e.slots {
		return nil
	}
	return fmt.Errorf("executor/local: %d functions still run: %w", e.slots-e.free, context.Cause(ctx))
}

// close returns what has to be cancelled, with the grace running; e.mu is held.
func (e *Executor) close() (live []*run) {
	if e.idle == nil {
		e.idle = make(chan struct{})
		e.announceIdle()
	}
	for _, w := range e.works {
		live = append(live, w.live(math.MaxInt)...)
	}
	for _, r := range live {
		e.startGrace(r)
	}
	return live
}

func (e *Executor) announceIdle() {
	if e.idle != nil && e.free == e.slots {
		close(e.idle)
	}
}

// announceFree wakes who waits for slots, but only when all that they were told of are taken and there are more: no wake-up
// is lost, and an executor that is not full wakes hardly anyone.
func (e *Executor) announceFree() {
	if e.changed != nil && e.offered == 0 && e.free > 0 {
		close(e.changed)
		e.changed = nil
	}
}

func or[T int | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}
