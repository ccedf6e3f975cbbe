package penstock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/redact"
	"github.com/penstock-dev/penstock/store"
)

// Codes of failures that the library finds itself; what an action answers is codeFailed unless it says otherwise (spec D4).
const (
	codeFailed        = "JobFailed"
	codeConfiguration = "ConfigurationError"
	codeOutput        = "MissingOutput"
	codePanic         = "Panic"
)

// Bounds of what a run may say (spec F, B).
const (
	messageLimit    = 5000 // bytes of a failure's message
	summaryLimit    = 2048 // bytes
	revisionIDLimit = 1500 // characters
)

// taskHost is what a process gives to the actions that run in it.
type taskHost struct {
	artifacts store.ArtifactStore
	secrets   SecretResolver
	limits    Limits
}

// taskRun is one run of an action's code: a task, and what the code has answered so far. A nil *taskRun is that of a Call that
// no engine made.
type taskRun struct {
	task *executor.Task
	to   executor.Reporter
	host taskHost

	secrets redact.Secrets // that this run has resolved
	logging sync.Mutex
	logged  redact.Writer

	mu        sync.Mutex
	ended     bool
	artifacts []executor.Artifact
	variables map[string]string
	size      int // of the variables, in bytes
	revision  *executor.Revision
	summary   string
}

// run runs a task in this process, whatever becomes of it.
func (a *Actions) run(ctx context.Context, task *executor.Task, to executor.Reporter, host taskHost) executor.Outcome {
	entry := a.byName[task.Type]
	if entry == nil {
		return executor.Outcome{Failure: &executor.Failure{
			Code: codeConfiguration, Message: "action type " + task.Type + " is not registered in this process", Hint: "register it",
		}}
	}
	r := &taskRun{task: task, to: to, host: host}
	r.logged = redact.Writer{To: reporterLog{to}, Secrets: &r.secrets}
	err := r.enter(ctx, entry)
	r.flushLog()
	return r.outcome(err)
}

// enter calls the action's code. A panic is its failure.
func (r *taskRun) enter(ctx context.Context, entry *registered) (err error) {
	defer func() {
		if value := recover(); value != nil {
			fmt.Fprintf(r.log(), "panic: %v\n\n%s", value, debug.Stack())
			err = Permanent(&Error{
				Code: codePanic, Err: fmt.Errorf("panic: %v", value), Hint: "correct the action's code; the stack is in the log",
			})
		}
	}()
	return entry.enter(ctx, r)
}

// outcome ends the run: what the code still says afterwards is refused.
func (r *taskRun) outcome(err error) executor.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	out := executor.Outcome{Summary: r.secrets.Strike(r.summary)}
	var pending *pendingError
	switch {
	case errors.As(err, &pending):
		err = r.checkResume(pending.resume)
		out.Pending = &executor.Pending{After: pending.after, Resume: pending.resume}
	case err == nil:
		err = r.checkOutputs()
		out.Artifacts, out.Variables, out.Revision = r.artifacts, r.variables, r.revision
	}
	if err == nil {
		return out
	}
	f := failure(err)
	f.Message, f.Hint = cut(r.secrets.Strike(f.Message), messageLimit), cut(r.secrets.Strike(f.Hint), messageLimit)
	return executor.Outcome{Summary: out.Summary, Failure: f}
}

func (r *taskRun) checkResume(resume string) error {
	switch {
	case len(resume) > executor.ResumeLimit:
		return Permanent(fmt.Errorf("Pending carries %d bytes; it carries up to %d: keep the rest where the work is", len(resume), executor.ResumeLimit))
	case r.secrets.In(resume):
		return Permanent(errors.New("Pending carries a secret, which would be stored"))
	default:
		return nil
	}
}

// checkOutputs finds an output that was promised and is not there.
func (r *taskRun) checkOutputs() error {
	for _, name := range r.task.Outputs {
		if r.stored(name) == nil {
			return Permanent(&Error{
				Code: codeOutput, Err: fmt.Errorf("the action succeeded without storing its output %q", name),
				Hint: "store every output that is wired in the run that succeeds",
			})
		}
	}
	return nil
}

func (r *taskRun) stored(name string) *executor.Artifact {
	i := slices.IndexFunc(r.artifacts, func(a executor.Artifact) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &r.artifacts[i]
}

// cut shortens a text to a number of bytes without breaking a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

var (
	errNoRun = &Error{Code: ErrFailedPrecondition, Err: errors.New("this Call was not made by an engine"), Hint: "test it with penstocktest"}
	errEnded = &Error{Code: ErrFailedPrecondition, Err: errors.New("the run has ended"), Hint: "wait for your goroutines before Run returns"}
)

// answering locks the run for an answer of the code; the caller unlocks it if there is no error.
func (r *taskRun) answering() error {
	if r == nil {
		return errNoRun
	}
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return errEnded
	}
	return nil
}

func (r *taskRun) log() io.Writer {
	if r == nil || r.to == nil {
		return io.Discard
	}
	return taskLog{r}
}

// taskLog is the log of a run: secrets are struck out however its writes divide them.
type taskLog struct{ *taskRun }

// Write passes on what holds no secret.
func (l taskLog) Write(p []byte) (int, error) {
	l.logging.Lock()
	defer l.logging.Unlock()
	return l.logged.Write(p)
}

// flushLog passes on what was held back.
func (r *taskRun) flushLog() {
	r.logging.Lock()
	defer r.logging.Unlock()
	_ = r.logged.Flush() // the log is not the action's outcome
}

// reporterLog opens the log with the first byte.
type reporterLog struct{ to executor.Reporter }

func (l reporterLog) Write(p []byte) (int, error) { return l.to.Log().Write(p) }

func (r *taskRun) progress(percent int, summary string) {
	if r != nil && r.to != nil {
		r.to.Progress(min(max(percent, 0), 100), cut(r.secrets.Strike(summary), summaryLimit))
	}
}

func (r *taskRun) external(id, url string) error {
	if r == nil || r.to == nil {
		return nil
	}
	return r.to.External(r.secrets.Strike(id), r.secrets.Strike(url))
}

func (r *taskRun) summarize(text string) {
	if r.answering() == nil {
		r.summary = cut(text, summaryLimit)
		r.mu.Unlock()
	}
}

func (r *taskRun) setVariable(key string, value any) error {
	if r == nil {
		return nil
	}
	fail := func(code Code, err error) error {
		return &Error{Code: code, Op: "set variable", Path: key, Err: err}
	}
	if !definition.IsVariableName(key) {
		return fail(ErrInvalid, fmt.Errorf("%q must be letters, digits or any of @ - _", key))
	}
	text, err := encodeText(value)
	if err != nil {
		return fail(ErrInvalid, err)
	}
	if !utf8.ValidString(text) {
		return fail(ErrInvalid, errors.New("the text is not valid UTF-8"))
	}
	if r.secrets.In(text) {
		return fail(ErrInvalid, errors.New("the value holds a secret, which would be stored"))
	}
	if err := r.answering(); err != nil {
		return err
	}
	defer r.mu.Unlock()
	size := r.size + len(text)
	if old, ok := r.variables[key]; ok {
		size -= len(old)
	} else {
		size += len(key)
	}
	if limit := r.host.limits.outputVariables(); size > limit {
		return fail(ErrLimitExceeded, fmt.Errorf("the variables of an action take up to %d bytes", limit))
	}
	if r.variables == nil {
		r.variables = map[string]string{}
	}
	r.variables[key], r.size = text, size
	return nil
}

func (r *taskRun) setRevision(revision Revision) error {
	if r == nil {
		return nil
	}
	if n := utf8.RuneCountInString(revision.ID); n == 0 || n > revisionIDLimit {
		return &Error{Code: ErrInvalid, Op: "set revision", Err: fmt.Errorf("its id must have 1 to %d characters, not %d", revisionIDLimit, n)}
	}
	if err := r.answering(); err != nil {
		return err
	}
	defer r.mu.Unlock()
	found := executor.Revision(revision)
	found.Summary = strings.ToValidUTF8(cut(r.secrets.Strike(found.Summary), summaryLimit), "")
	r.revision = &found
	return nil
}
