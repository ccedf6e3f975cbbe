// Package executor answers one question: how does the engine have an action's code run elsewhere, be that this process, a
// container or a Temporal worker?
//
// The engine claims an action for an executor that serves its type and has a free slot, calls Execute and waits. An executor
// keeps no release state: whatever it forgets, the engine's store still knows.
//
// Package executor/local runs actions in this process; package executor/executortest holds the rules of this page as tests
// that every executor has to pass.
package executor

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrDetach is the cause (context.Cause) with which the engine stops waiting while the work goes on.
var ErrDetach = errors.New("executor: engine detached")

// ErrFenced is what Execute, Cancel and a Reporter answer to a claim that a newer one has replaced. Asking again with the
// same fence is of no use.
var ErrFenced = errors.New("executor: a newer claim has taken over")

// InlineLimit is the largest artifact content in bytes that travels inside a Task or an Outcome; larger content goes to the
// ArtifactStore and only its digest travels.
const InlineLimit = 4 << 10

// ResumeLimit is the largest Pending.Resume in bytes.
const ResumeLimit = 2 << 10

// Executor runs actions. It is safe for concurrent use, and holds no lock while it calls an action or a Reporter, so either
// may call back.
type Executor interface {
	// Types says what this executor can run now, with free slots; the engine claims nothing else.
	// The channel is closed when more can run than that answer allows, and may be closed at other times: ask again.
	Types() ([]Type, <-chan struct{})
	// Execute starts (task.ID, task.Run), or attaches where it already runs or has ended, and waits for its outcome. While it
	// waits, what the run reports goes to the Reporter of the newest Execute; a Reporter is left alone once its Execute has
	// returned. An ended outcome is kept for a while, so that it can be asked for again.
	// An error means "we failed, ask again" (or ErrFenced); the action's own failure, a panic included, is an Outcome.
	// ctx ended by ErrDetach: return at once with an error that is ErrDetach, and leave the work. Any other cause: as Cancel;
	// then the outcome where the work ended in time, else an error. A ctx that has ended already starts nothing.
	Execute(ctx context.Context, task Task, to Reporter) (Outcome, error)
	// Cancel ends the work and everything that it started, from any engine, with or without an Execute waiting.
	// nil: known to be gone, or never started. An error: it may still run; ask again. Once it has answered, no
	// further report of that run reaches a Reporter. It refuses a fence lower than one it has seen with ErrFenced.
	Cancel(ctx context.Context, work Ref) error
}

// Ref names work. Fence rises with every claim, also when another engine attaches. Run rises only when the work has to be
// started anew: a re-entry after Pending, a further try, or a worker known to be lost. The same (ID, Run) never starts twice.
type Ref struct {
	ID    string
	Run   int
	Fence uint64
}

// Type is one action type that an executor serves.
type Type struct {
	Name    string // Category/Owner/Provider/Version
	Free    int    // slots free now; 0 is full, not unserved
	Outlive bool   // the work outlives this process (Temporal, container): attach after a restart; else it is lost with it
	Rerun   bool   // work whose worker was lost may start anew (at most three times); else the action fails with WorkerLost
}

// Task is all that a worker needs to run an action once. It is read only: an executor in this process does not copy it.
type Task struct {
	Ref
	Type                               string // Category/Owner/Provider/Version
	Pipeline, Execution, Stage, Action string
	Config                             map[string]string // references resolved; secrets are still references
	Commands                           *Commands         // nil for an action that has none of what is in it
	Inputs                             []Artifact
	Outputs                            []string // names of the artifacts that it may put out
	Revision                           string   // a source action: the revision asked for; empty is the newest
	ObjectKey                          string   // a source action of objects: the key asked for; empty is the configured one
	Resume                             string   // what the last Pending carried
	Try                                int      // 1 at first; a further try under the action's own retry policy is 2, 3 …
	Lost                               int      // how many workers were lost on this try
	Rollback                           bool     // the execution is a rollback
	Deadline                           time.Time
	TraceParent                        string // W3C trace context of the execution; empty without tracing
}

// Commands is what an action says beside its configuration: a Commands action of the service all of it, some others the environment
// (CodePipeline user guide, ActionDeclaration).
type Commands struct {
	Lines       []string              // run one after the other in one shell; references resolved
	Environment []EnvironmentVariable // set for them, in this order; references resolved
	Variables   []string              // names of the shell's variables that become output variables
	Files       []string              // patterns below the first input: what the first output is made of
}

// EnvironmentVariable is set for an action's commands.
type EnvironmentVariable struct {
	Name, Value string
	Secret      bool // Value is a reference to a secret
}

// Artifact is named, immutable content: inline up to InlineLimit, else in the ArtifactStore under its digest.
type Artifact struct {
	Name      string // as the action declares it
	Digest    string // sha256:…
	MediaType string // as in RFC 6838; may be empty
	Size      int64  // of the content, in bytes
	Inline    []byte // the whole content; nil where it is in the ArtifactStore
}

// Reporter carries what a run says before it ends. Its methods are safe for concurrent use. Once the run has ended or is no
// longer wanted, they do nothing and, where they can, answer ErrFenced. While no engine is attached, Log discards, Progress
// does nothing and External answers an error.
type Reporter interface {
	// Log is the run's output: bounded, redacted, fenced. Nothing is opened before the first byte.
	Log() io.Writer
	// Progress (0 to 100) and a summary are coalesced, never block and ride on the next commit.
	Progress(percent int, summary string)
	// External names the work in the system that does it: durable when it returns; what a later attach or an operator needs.
	External(id, url string) error
}

// Outcome is how one run ended. An executor hands it on as it is; the engine checks it against the limits. It is read only.
type Outcome struct {
	Artifacts []Artifact
	Variables map[string]string
	Revision  *Revision // what a source action found
	Summary   string    // at most 2048 bytes; longer is cut
	Failure   *Failure  // nil: succeeded
	Pending   *Pending  // not ended: enter again
}

// Revision is what a source produced: a commit, an object version, a digest.
type Revision struct {
	ID      string    // what the source calls it; unique there
	Summary string    // one line for people, as a commit's subject
	URL     string    // where people can see it; may be empty
	Created time.Time // when the source made it; zero where it does not say
}

// Pending says that the work goes on elsewhere and that the action wants to be entered again.
type Pending struct {
	After  time.Duration // how long to wait before the next run
	Resume string        // given to the next run as Task.Resume; at most ResumeLimit bytes
}

// Failure is the action's own failure, as an operator should read it.
type Failure struct {
	Code      string // a word that programs can compare: the action's own, or Panic or Cancelled from the executor
	Message   string // what was wrong
	Hint      string // what to do about it; may be empty
	Retryable bool   // a further try may succeed
}
