package penstock

import (
	"context"
	"errors"
	"sync"
	"time"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// catalogue is what an engine knows of the action types that are declared in the store. It is read anew whenever it matters, for others may
// have changed it.
type catalogue struct {
	mu   sync.Mutex
	last *declare.State        // as it was read last, to be spared another parse
	jobs map[string]*jobTraits // of last: what job workers serve

	present madeOf // what may be declared and used
	ever    madeOf // with what was deleted, for those who look for secrets
}

// madeOf is what was made of a reading of the catalogue: it is the same until somebody declares something.
type madeOf struct {
	of   *declare.State
	made declared.Catalogue
}

func (m *madeOf) get(s *declare.State, how func() declared.Catalogue) declared.Catalogue {
	if m.of != s {
		m.made, m.of = how(), s
	}
	return m.made
}

// readCatalogue reads what is declared in the store now.
func (e *Engine) readCatalogue(ctx context.Context, op string) (*declare.State, error) {
	c := &e.catalogue
	if last := c.lastRead(); last != nil && e.rests(ctx, declare.Stream, last.Version()) {
		return last, nil
	}
	found, err := e.config.State.Load(ctx, declare.Stream)
	if err != nil {
		return nil, asError(op, declare.Stream, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := declare.Restore(found, c.last)
	if err != nil {
		return nil, &Error{Code: ErrInternal, Op: op, Path: declare.Stream, Err: err}
	}
	if s != c.last {
		c.last, c.jobs = s, jobsOf(s)
	}
	return s, nil
}

func (c *catalogue) lastRead() *declare.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// rests reports whether nothing has happened in a stream since an event. It is asked before the stream is read as a whole, for it costs less than
// half; where the question fails, the reading says why.
func (e *Engine) rests(ctx context.Context, stream string, since uint64) bool {
	feed, err := e.config.State.Events(ctx, store.FeedQuery{Stream: stream, After: since, Limit: 1})
	return err == nil && !feed.Compacted && len(feed.Events) == 0
}

// recordTypes makes sure that the store knows the types which this process registers, so that others accept pipelines that have them. It
// writes only when something is new.
func (e *Engine) recordTypes(ctx context.Context, op string) (*declare.State, error) {
	for {
		s, err := e.readCatalogue(ctx, op)
		if err != nil {
			return nil, err
		}
		next, changed, err := s.Record(e.config.Actions.types())
		if err != nil {
			return nil, &Error{Code: ErrInternal, Op: op, Path: declare.Stream, Err: err}
		}
		if len(changed) == 0 {
			return s, nil
		}
		if _, err := e.changeCatalogue(ctx, s, next, changed, nil); err != nil && !isConflict(err) {
			return nil, asError(op, declare.Stream, err)
		}
	}
}

// isConflict reports whether somebody else was faster, so that it is worth reading again.
func isConflict(err error) bool {
	var conflict *store.Conflict
	return errors.As(err, &conflict)
}

// changeCatalogue commits another catalogue in place of the one that was read.
func (e *Engine) changeCatalogue(ctx context.Context, s *declare.State, next declare.Contents, types []string, c *declare.Command) (machine.Reply, error) {
	now, err := e.clock.now(ctx, e)
	if err != nil {
		return machine.Reply{}, err
	}
	batch, reply, err := s.Change(next, types, c, machine.Env{Now: now, Seed: newSeed()})
	if err != nil {
		return machine.Reply{}, err
	}
	return reply, e.commitDeclared(ctx, batch)
}

// commitDeclared offers a batch until its fate is known.
func (e *Engine) commitDeclared(ctx context.Context, batch store.Batch) error {
	for failures := 1; ; failures++ {
		err := e.config.State.Commit(ctx, []store.Batch{batch})[0]
		if err == nil || store.Refused(err) || errors.Is(err, store.ErrClosed) {
			return err
		}
		e.config.Logger.Warn("a commit's fate is unknown; it is offered again", "stream", batch.Stream, "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(storeBackoff(failures)):
		}
	}
}

// declarer is a Command that changes what is declared.
type declarer interface {
	Command
	// commandID is the command's.
	commandID() string
	// declare answers the contents that the command wants, and the types that differ; none, if nothing does.
	declare(e *Engine, s *declare.State) (next declare.Contents, types []string, err error)
}

// declare carries out a command on the catalogue.
func (e *Engine) declare(ctx context.Context, c declarer, access Access) (Reply, error) {
	reply, err := e.tryDeclare(ctx, c, access)
	if err != nil {
		return Reply{}, refusal(ctx, declareError(string(access.Verb), access.path(), err))
	}
	return Reply{Changed: !reply.Unchanged, At: reply.At}, nil
}

// refusal is why a command failed, which may have been carried out all the same where nobody waited for the end.
func refusal(ctx context.Context, err *Error) *Error {
	if ctx.Err() != nil {
		err.Hint = unknownFate
	}
	return err
}

func (e *Engine) tryDeclare(ctx context.Context, c declarer, access Access) (machine.Reply, error) {
	return attempt[*declare.State]{
		id: c.commandID(), group: declare.Group, noted: c, read: e.readCatalogue,
		change: func(s *declare.State, kept *declare.Command) (machine.Reply, error) {
			next, types, err := c.declare(e, s)
			switch {
			case err != nil:
				return machine.Reply{}, err
			case len(types) == 0:
				return e.unchanged(ctx)
			}
			return e.changeCatalogue(ctx, s, next, types, kept)
		},
	}.do(ctx, e, access)
}

// attempt is a command on what the store keeps for all pipelines, which was read as an S.
type attempt[S any] struct {
	id     string // of the command
	group  string // under which commands are remembered
	noted  any    // what the audit keeps of the command
	read   func(ctx context.Context, op string) (S, error)
	change func(s S, kept *declare.Command) (machine.Reply, error)
}

// do reads and changes until nobody else comes between the two.
func (a attempt[S]) do(ctx context.Context, e *Engine, access Access) (machine.Reply, error) {
	request, err := requestOf(a.noted, access)
	if err != nil {
		return machine.Reply{}, err
	}
	kept := &declare.Command{ID: a.id, Actor: access.Actor, Verb: string(access.Verb), Request: request}
	for {
		s, err := a.read(ctx, string(access.Verb))
		if err != nil {
			return machine.Reply{}, err
		}
		if reply, acted, err := e.declaredBefore(ctx, a.group, kept.ID); acted || err != nil {
			return reply, err
		}
		if reply, err := a.change(s, kept); !isConflict(err) {
			return reply, err
		}
	}
}

// unchanged answers a command that had nothing to do.
func (e *Engine) unchanged(ctx context.Context) (machine.Reply, error) {
	now, err := e.clock.now(ctx, e)
	return machine.Reply{At: now, Unchanged: true}, err
}

// declaredBefore answers a command that has acted already. What it is about was read before: had the command acted since, the commit would
// conflict.
func (e *Engine) declaredBefore(ctx context.Context, group, id string) (reply machine.Reply, acted bool, err error) {
	if id == "" {
		return reply, false, nil
	}
	records, err := e.config.State.Get(ctx, declare.CommandRef(group, id))
	if err != nil || records[0] == nil {
		return reply, false, err
	}
	reply, err = declare.Answered(records[0])
	return reply, true, err
}

// declareError gives a refusal of the catalogue its public form.
func declareError(op, path string, err error) *Error {
	refusal, ok := errors.AsType[*declared.Error](err)
	if known, coded := errors.AsType[*Error](err); coded {
		return known
	}
	if !ok {
		return asError(op, path, err)
	}
	codes := map[declared.Code]Code{
		declared.LimitExceeded: ErrLimitExceeded, declared.ActionTypeNotFound: ErrActionTypeNotFound,
		declared.InvalidNextToken: ErrInvalidCursor,
	}
	code, ok := codes[refusal.Code]
	if !ok {
		code = ErrInvalid
	}
	return &Error{Code: code, Op: op, Path: path, Err: refusal}
}
