package penstock

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

// Call is one entry into an action's code: what it is asked to do, and how it answers. Its methods are safe for concurrent use. A Call
// that no engine made, as in a unit test, drops what it is told and has nothing to load.
type Call[A ActionConfig] struct {
	// Config is the action's configuration with all references resolved.
	Config A

	Pipeline          string
	Execution         string // the execution's id
	Stage             string
	Action            string
	ActionExecution   string // the action execution's id: the same for all its tries and runs, so that work can be done once
	Try               int    // 1 at first; higher under the action's own retry policy
	Rollback          bool   // the execution brings back an earlier one
	Resume            string // what Pending carried; empty when the try begins
	RequestedRevision string // for a source action: the revision to fetch; empty is the newest
	RequestedKey      string // for a source action of objects: the key to fetch instead of the configured one; mostly empty

	run *taskRun
}

// Scope is a run under way: what Input.Load, Output.Store and Secret.Value need, and what helpers that serve several action types are
// given. Every *Call is one.
type Scope interface {
	Log() io.Writer                       // see Call.Log
	Progress(percent int, summary string) // see Call.Progress
	running() *taskRun
}

func (c *Call[A]) running() *taskRun { return c.run }

// Log is where output goes that people want to read later. It is bounded, and secrets that this run has resolved are struck out.
func (c *Call[A]) Log() io.Writer { return c.run.log() }

// Progress tells how far the work is, in percent from 0 to 100, and what it is doing. It never blocks; only the newest counts.
func (c *Call[A]) Progress(percent int, summary string) { c.run.progress(percent, summary) }

// External names the work in the system that does it, for operators and for a run that follows this one. It is durable when it
// answers nil.
func (c *Call[A]) External(id, url string) error { return c.run.external(id, url) }

// Summary says in a line how it went: up to 2048 bytes, longer is cut. The last one counts.
func (c *Call[A]) Summary(text string) { c.run.summarize(text) }

// SetVariable puts an output variable out, written as a configuration writes such a value; keys are 1 or more letters, digits or any of
// @ - _. It counts when this run succeeds. It fails with ErrInvalid, or with ErrLimitExceeded beyond Limits.OutputVariables.
func (c *Call[A]) SetVariable(key string, value any) error { return c.run.setVariable(key, value) }

// SetRevision says what a source action has found. It counts when this run succeeds.
func (c *Call[A]) SetRevision(r Revision) error { return c.run.setRevision(r) }

// Revision is what a source produced: a commit, an object version, a digest.
type Revision struct {
	ID      string    // what the source calls it, unique there; up to 1500 characters
	Summary string    // one line for people, as a commit's subject; up to 2048 characters
	URL     string    // where people can see it; may be empty
	Created time.Time // when the source made it; zero where it does not say
}

// pendingError is what Pending makes.
type pendingError struct {
	after  time.Duration
	resume string
}

func (*pendingError) Error() string { return "penstock: pending" }

// Pending ends this run, and the action execution goes on: its code is entered again when after has passed, with Call.Resume ==
// resume, by any worker. Nothing waits meanwhile. resume is up to 2048 bytes: a name by which the work can be found again. What else
// the run stored or set does not count; its log, progress and External do. An error beside it, by errors.Join, is lost: answer that one first.
func Pending(after time.Duration, resume string) error {
	return &pendingError{after: max(after, 0), resume: resume}
}

// permanentError is what Permanent makes.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// Permanent is err as a failure that no further try can mend. Permanent(nil) is nil.
//
// Any failure may be, or wrap, an *Error: its Code and Hint are then the failure's.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// failure is how an operator reads an error that Run answered.
func failure(err error) *executor.Failure {
	f := &executor.Failure{Code: codeFailed, Message: err.Error(), Retryable: true}
	if coded, ok := errors.AsType[*Error](err); ok {
		f.Code, f.Hint = string(coded.Code), coded.Hint
		f.Message = strings.Replace(f.Message, coded.Error(), coded.story(), 1) // whose words it is and what to do stand beside it
	}
	if _, permanent := errors.AsType[*permanentError](err); permanent {
		f.Retryable = false
	}
	return f
}
