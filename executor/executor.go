// Package executor is the contract of what runs an action's code: this process, a container, a Temporal worker.
//
// The engine claims an action for an executor that serves its type and has a free slot, calls Execute and waits. An executor
// keeps no release state: whatever it forgets, the engine's store still knows.
package executor

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrDetach is the cause (context.Cause) with which the engine stops waiting while the work goes on.
var ErrDetach = errors.New("executor: engine detached")

// InlineLimit is the largest artifact content in bytes that travels inside a Task or an Outcome; larger content goes to the
// ArtifactStore and only its digest travels.
const InlineLimit = 4 << 10

// ResumeLimit is the largest Pending.Resume in bytes.
const ResumeLimit = 2 << 10

// Executor runs actions. It is safe for concurrent use.
type Executor interface {
	// Types says what this executor can run now, with free slots; the engine claims nothing else.
	// The channel is closed when the answer changes.
	Types() ([]Type, <-chan struct{})
	// Execute starts (task.ID, task.Run), or attaches where it already runs or has ended, and waits for its outcome.
	// An error means "we failed, ask again"; the action's own failure is an Outcome.
	// ctx ended by ErrDetach: return at once and leave the work. Any other cause: as Cancel.
	Execute(ctx context.Context, task Task, to Reporter) (Outcome, error)
	// Cancel ends the work and everything that it started, from any engine, with or without an Execute waiting.
	// nil: known to be gone, or never started. It refuses a fence lower than one it has seen.
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

// Task is all that a worker needs to run an action once.
type Task struct {
	Ref
	Type                               string // Category/Owner/Provider/Version
	Pipeline, Execution, Stage, Action string
	Config                             map[string]string // references resolved; secrets are still references
	Inputs                             []Artifact
	Outputs                            []string // names of the artifacts that it may put out
	Revision                           string   // a source action: the revision asked for; empty is the newest
	Resume                             string   // what the last Pending carried
	Try                                int      // 1 at first; a further try under the action's own retry policy is 2, 3 …
	Lost                               int      // how many workers were lost on this try
	Rollback                           bool     // the execution is a rollback
	Deadline                           time.Time
	TraceParent                        string // W3C trace context of the execution; empty without tracing
}

// Artifact is named, immutable content: inline up to InlineLimit, else in the ArtifactStore under its digest.
type Artifact struct {
	Name      string
	Digest    string // sha256:…
	MediaType string
	Size      int64
	Inline    []byte
}

// Reporter carries what a run says before it ends. Its methods are safe for concurrent use.
type Reporter interface {
	// Log is the run's output: bounded, redacted, fenced. Nothing is opened before the first byte.
	Log() io.Writer
	// Progress (0 to 100) and a summary are coalesced, never block and ride on the next commit.
	Progress(percent int, summary string)
	// External names the work in the system that does it: durable when it returns; what a later attach or an operator needs.
	External(id, url string) error
}

// Outcome is how one run ended.
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
	ID      string
	Summary string
	URL     string
	Created time.Time
}

// Pending says that the work goes on elsewhere and that the action wants to be entered again.
type Pending struct {
	After  time.Duration
	Resume string // at most ResumeLimit bytes
}

// Failure is the action's own failure, as an operator should read it.
type Failure struct {
	Code, Message, Hint string
	Retryable           bool
}
