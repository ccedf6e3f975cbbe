package penstock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// Command is a wish to change something. Every change goes through Engine.Do as one of this package's commands.
type Command interface {
	// access is what it takes to be allowed to do it, the actor aside.
	access() Access
}

// orderer is a Command on one pipeline.
type orderer interface {
	Command
	// order is the command as the engine carries it out, or what is wrong with it.
	order(e *Engine, actor string) (order, error)
}

// preparer is a Command on one pipeline that depends on more than what it says.
type preparer interface {
	Command
	// prepare is order, after a look at the store.
	prepare(ctx context.Context, e *Engine, actor string) (order, error)
}

// compound is a command that may do what another verb stands for, too: the actor must be allowed both.
type compound interface {
	also() (access Access, does bool)
}

// order is a command as the engine handles it.
type order struct {
	id      string
	input   machine.Input
	request any // what the audit keeps of it
}

// Reply answers a command.
type Reply struct {
	Execution string    // the execution that was started, stopped, retried or decided on
	Version   int       // of the definition, after ApplyPipeline
	Changed   bool      // ApplyPipeline made a new version, or PutActionRevision started an execution
	At        time.Time // when it was decided, on the store's clock
}

type actorKey struct{}

// WithActor says who acts: a name or an ARN. It is kept with whatever commands under this context do.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

func actorOf(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return actor
}

// Do carries out a command: it asks the Authorizer, decides, and commits what follows together with a note in the audit. It answers when
// that is durable, or why it was refused (an *Error; nothing has changed then). When ctx ends first, or the process does, the command may or may not have acted: give it an ID and offer it again, it acts once.
func (e *Engine) Do(ctx context.Context, command Command) (Reply, error) {
	access := command.access()
	access.Actor = actorOf(ctx)
	if err := e.authorize(ctx, access); err != nil {
		return Reply{}, err
	}
	if c, ok := command.(compound); ok {
		if more, does := c.also(); does {
			more.Actor = access.Actor
			if err := e.authorize(ctx, more); err != nil {
				return Reply{}, err
			}
		}
	}
	var o order
	var err error
	switch c := command.(type) {
	case orderer:
		o, err = c.order(e, access.Actor)
	case preparer:
		o, err = c.prepare(ctx, e, access.Actor)
	case declarer:
		return e.declare(ctx, c, access)
	case hooker:
		return e.hook(ctx, c, access)
	default:
		err = &Error{Code: ErrInvalid, Op: string(access.Verb), Path: access.path(), Err: fmt.Errorf("%T is no command", command)}
	}
	if err != nil {
		return Reply{}, err
	}
	defer e.decided(o.input, access.Pipeline)
	request, err := requestOf(o.request, access)
	if err != nil {
		return Reply{}, err
	}
	kept := &replica.Command{ID: o.id, Actor: access.Actor, Verb: string(access.Verb), Request: request}
	if c, ok := command.(jobCommand); ok && c.unnoted {
		kept = nil
	}
	reply, err := e.ask(ctx, replica.PipelineStream(access.Pipeline), o.input, kept)
	if o.stale(err) {
		return e.Do(ctx, command)
	}
	if err != nil {
		err := asError(string(access.Verb), access.path(), err)
		if ctx.Err() != nil {
			err.Hint = unknownFate
		}
		return Reply{}, err
	}
	return Reply{Execution: reply.Execution.String(), Version: reply.Version, Changed: reply.New || !reply.Unchanged && reply.Version > 0, At: reply.At}, nil
}

// unknownFate is what there is to say when somebody did not wait for the answer to a command.
const unknownFate = "it is not known whether it acted; the same command with the same ID acts once"

// requestOf is what the audit keeps of a command.
func requestOf(request any, access Access) ([]byte, error) {
	data, err := json.Marshal(request)
	if err != nil {
		return nil, &Error{Code: ErrInvalid, Op: string(access.Verb), Path: access.path(), Err: err}
	}
	return data, nil
}

// ask offers an input and waits for its acknowledgement.
func (e *Engine) ask(ctx context.Context, stream string, in machine.Input, command *replica.Command) (machine.Reply, error) {
	answer := make(chan replica.Ack, 1)
	seed := newSeed()
	e.tell(func(r *replica.Replica) {
		r.Offer(replica.Input{Stream: stream, Input: in, Seed: seed, Command: command, Tag: answer})
	})
	select {
	case ack := <-answer:
		return ack.Reply, ack.Err
	case <-ctx.Done():
		return machine.Reply{}, ctx.Err()
	}
}

// offer is ask without waiting.
func (e *Engine) offer(stream string, in machine.Input) {
	seed := newSeed()
	e.tell(func(r *replica.Replica) { r.Offer(replica.Input{Stream: stream, Input: in, Seed: seed}) })
}

// asError gives a refusal its public form.
func asError(op, path string, err error) *Error {
	var refusal *machine.Error
	var invalid *store.Invalid
	switch {
	case errors.As(err, &refusal):
		return &Error{Code: Code(refusal.Code), Op: op, Path: path, Err: errors.New(refusal.Message), Hint: refusal.Hint}
	case errors.As(err, &invalid) && invalid.Cursor:
		return &Error{Code: ErrInvalidCursor, Op: op, Path: path, Err: err, Hint: "go on with what the page before answered, on the same store"}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: ErrUnavailable, Op: op, Path: path, Err: err}
	default:
		return &Error{Code: ErrInternal, Op: op, Path: path, Err: err}
	}
}

func isFull(err error) bool { return errors.Is(err, store.ErrFull) }

// parseExecution reads an execution's ID.
func parseExecution(text string) (machine.ID, error) {
	id, err := machine.ParseID(text)
	if err != nil {
		return id, &Error{Code: ErrInvalid, Err: fmt.Errorf("execution %q: %w", text, err)}
	}
	return id, nil
}
