package penstock

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// folds are the states that questions were answered from last, so that the next question reads from the store what has happened since, and no more.
// They hold what is durable and nothing else, and they wait for no commit.
type folds struct {
	mu     sync.Mutex
	byName map[string]*fold
}

// fold is a pipeline's state up to an event.
type fold struct {
	turn    chan struct{} // takes one: who has put it in may use what follows
	state   *machine.State
	version uint64
}

// mostFolds bounds what is kept; any other pipeline is folded anew.
const mostFolds = 256

// of answers the fold of a pipeline.
func (f *folds) of(pipeline string) *fold {
	f.mu.Lock()
	defer f.mu.Unlock()
	if found := f.byName[pipeline]; found != nil {
		return found
	}
	if f.byName == nil {
		f.byName = map[string]*fold{}
	}
	for name := range f.byName {
		if len(f.byName) < mostFolds {
			break
		}
		delete(f.byName, name)
	}
	made := &fold{turn: make(chan struct{}, 1)}
	f.byName[pipeline] = made
	return made
}

// forget drops a fold, if it is kept.
func (f *folds) forget(pipeline string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.byName, pipeline)
}

// StateMark answers a text that is another one whenever State would answer something else, for whoever keeps what was made of a State: ask for the
// mark first. It costs a fraction of State where nothing has happened. It fails as State does.
func (e *Engine) StateMark(ctx context.Context, pipeline string) (string, error) {
	const op = "state mark"
	var version uint64
	err := e.lookAtFold(ctx, op, pipeline, func(f *fold) { version = f.version })
	if err != nil {
		return "", err
	}
	s, err := e.readCatalogue(ctx, op) // which says what is secret, and what links there are
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d/%d", version, s.Version()), nil
}

// lookAt has a function look at the state of a pipeline as the store has it now. The function must keep nothing of it that may change: the state goes on.
func (e *Engine) lookAt(ctx context.Context, op, pipeline string, look func(*machine.State)) error {
	return e.lookAtFold(ctx, op, pipeline, func(f *fold) { look(f.state) })
}

func (e *Engine) lookAtFold(ctx context.Context, op, pipeline string, look func(*fold)) error {
	f := e.folds.of(pipeline)
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return asError(op, pipeline, ctx.Err())
	}
	current := f.state != nil
	if current {
		var err error
		if current, err = f.follow(ctx, e.config.State, pipeline); err != nil {
			return asError(op, pipeline, err)
		}
	}
	if !current {
		if err := f.begin(ctx, e, op, pipeline); err != nil {
			e.folds.forget(pipeline)
			return err
		}
	}
	if f.state.Deleted {
		e.folds.forget(pipeline)
		return &Error{Code: ErrPipelineNotFound, Op: op, Path: pipeline, Err: errors.New("it was deleted")}
	}
	look(f)
	return nil
}

// begin folds all that the store has.
func (f *fold) begin(ctx context.Context, e *Engine, op, pipeline string) (err error) {
	f.state, f.version, err = e.restoreAt(ctx, op, pipeline)
	return err
}

// follow folds what has come since; false when that is not possible, so that all of it has to be folded.
func (f *fold) follow(ctx context.Context, from store.StateStore, pipeline string) (ok bool, err error) {
	for {
		feed, err := from.Events(ctx, store.FeedQuery{Stream: replica.PipelineStream(pipeline), After: f.version, Limit: store.MaxPage})
		if err != nil || feed.Compacted {
			return false, err
		}
		if len(feed.Events) == 0 {
			return true, nil
		}
		if err := f.apply(feed.Events); err != nil {
			f.state = nil
			return false, nil //nolint:nilerr // folding all of it says what is wrong
		}
	}
}

// apply folds events that follow.
func (f *fold) apply(events []store.FeedEvent) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%v", cause)
		}
	}()
	for _, stored := range events {
		if stored.Version != f.version+1 {
			return fmt.Errorf("event %d is missing", f.version+1)
		}
		e, err := machine.Decode(stored.Event)
		if err != nil {
			return err
		}
		f.state.Apply(e)
		f.version++
	}
	return nil
}
