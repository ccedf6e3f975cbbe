package penstocktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/executor/local"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// Actor is who acts where a method takes no name.
const Actor = "penstocktest"

// epoch is when the virtual clock starts.
var epoch = time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)

// Harness is a pipeline under test. It is for one goroutine.
type Harness struct {
	t       testing.TB
	name    string
	sources []string // actions that take a revision
	actions *penstock.Actions
	store   *memory.Store
	worker  *local.Executor
	replica *replica.Replica
	now     time.Time
	scripts map[string]*script // by stage/action
	held    map[string]held    // runs that a script keeps going, by stage/action

	scripted  map[string]bool // types that run by script alone
	withdrawn map[string]bool // types that nobody serves

	commits  int // so far
	crashAt  int // the commit after which everything is forgotten; 0: none
	restarts int
	inputs   uint64
	answers  map[uint64]replica.Ack // commands answered, by number
}

// New makes a harness with the pipeline applied and nothing started. All problems of the pipeline fail the test.
func New(t testing.TB, p penstock.Pipeline, actions *penstock.Actions) *Harness {
	t.Helper()
	h := &Harness{
		t: t, name: p.Name(), actions: actions, now: epoch, scripts: map[string]*script{}, held: map[string]held{}, answers: map[uint64]replica.Ack{},
		scripted: map[string]bool{}, withdrawn: map[string]bool{},
	}
	h.store = memory.New(&memory.Options{Now: func() time.Time { return h.now }, Exclusive: true})
	var err error
	h.worker, err = penstock.NewWorker(actions, penstock.WorkerOptions{Artifacts: memory.NewArtifacts(nil), Secrets: secrets{}})
	if err != nil {
		t.Fatalf("penstocktest: %v", err)
	}
	h.restart()
	h.Apply(p)
	return h
}

// secrets resolves every reference to a text that a test can recognise.
type secrets struct{}

// ResolveSecret answers "secret:NAME".
func (secrets) ResolveSecret(_ context.Context, ref string) (string, error) {
	return "secret:" + ref, nil
}

// Apply makes a new version of the pipeline, as an engine would while executions are under way.
func (h *Harness) Apply(p penstock.Pipeline) {
	h.t.Helper()
	if err := p.Validate(h.actions); err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	stored, err := json.Marshal(p)
	if err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	h.must(&machine.Define{Definition: stored, By: Actor})
	h.sources = nil
	for _, stage := range h.state().Plan().Stages[:1] {
		for _, leaf := range stage.Leaves {
			h.sources = append(h.sources, leaf.Name)
		}
	}
}

// Start starts an execution with a revision for each source action; "" is the newest.
func (h *Harness) Start(revision string) *Execution {
	h.t.Helper()
	return h.start(revision, nil)
}

// StartWith starts an execution with pipeline variables.
func (h *Harness) StartWith(revision string, variables map[string]string) *Execution {
	h.t.Helper()
	return h.start(revision, variables)
}

func (h *Harness) start(revision string, variables map[string]string) *Execution {
	h.t.Helper()
	in := &machine.Start{Variables: variables, By: Actor}
	if revision != "" {
		in.Revisions = map[string]string{}
		for _, source := range h.sources {
			in.Revisions[source] = revision
		}
	}
	reply := h.must(in)
	return &Execution{h: h, id: reply.Execution}
}

// DisableTransition keeps executions out of a stage.
func (h *Harness) DisableTransition(stage, reason string) {
	h.t.Helper()
	h.must(&machine.SetTransition{Stage: stage, Reason: reason, By: Actor})
}

// EnableTransition lets executions into a stage again.
func (h *Harness) EnableTransition(stage string) {
	h.t.Helper()
	h.must(&machine.SetTransition{Stage: stage, Enabled: true, By: Actor})
}

// Advance moves the virtual clock. Whatever is due on the way happens at its time.
func (h *Harness) Advance(d time.Duration) {
	h.t.Helper()
	target := h.now.Add(d)
	for {
		wake := h.replica.Wake()
		if wake.IsZero() || wake.After(target) {
			break
		}
		if wake.After(h.now) {
			h.now = wake
		}
		h.settle()
	}
	h.now = target
	h.settle()
}

// Now is the virtual clock's time.
func (h *Harness) Now() time.Time { return h.now }

// Crash forgets all memory, as kill -9 would, and starts again from the store. Runs that were going on are lost.
func (h *Harness) Crash() {
	h.t.Helper()
	h.restart()
	h.settle()
}

// CrashAt has the engine crash once, after its n-th commit counted from now, before anything of that commit leaves. Looping over n until
// Crashed is false tries every point at which an engine can die.
func (h *Harness) CrashAt(n int) { h.crashAt = h.commits + n }

// Crashed reports whether the crash that CrashAt asked for has happened.
func (h *Harness) Crashed() bool { return h.crashAt > 0 && h.commits >= h.crashAt }

// Transcript is everything that has happened, one event a line, with names instead of IDs.
func (h *Harness) Transcript() string {
	h.t.Helper()
	var out strings.Builder
	names := newNames()
	for after := uint64(0); ; {
		feed, err := h.store.Events(context.Background(), store.FeedQuery{Stream: replica.PipelineStream(h.name), After: after})
		if err != nil {
			h.t.Fatalf("penstocktest: %v", err)
		}
		if len(feed.Events) == 0 {
			return out.String()
		}
		for _, f := range feed.Events {
			after = f.Version
			e, err := machine.Decode(f.Event)
			if err != nil {
				h.t.Fatalf("penstocktest: %v", err)
			}
			if line := names.line(e); line != "" {
				fmt.Fprintln(&out, line)
			}
		}
	}
}

// must carries out a command that is not to be refused.
func (h *Harness) must(in machine.Input) machine.Reply {
	h.t.Helper()
	reply, err := h.command(in)
	if err != nil {
		h.t.Fatalf("penstocktest: refused: %v", err)
	}
	return reply
}

// command carries out a command and everything that follows from it. It has an ID, so after a crash it is offered again and acts once.
func (h *Harness) command(in machine.Input) (machine.Reply, error) {
	h.inputs++
	number := h.inputs
	for range 3 {
		h.replica.Offer(replica.Input{
			Stream: replica.PipelineStream(h.name), Input: in, Seed: h.seed(number), Tag: number,
			Command: &replica.Command{ID: fmt.Sprintf("command-%d", number), Actor: Actor},
		})
		h.settle()
		if ack, ok := h.answers[number]; ok {
			return ack.Reply, ack.Err
		}
	}
	return machine.Reply{}, errors.New("the engine never answered")
}

// state folds the pipeline's stream from the store.
func (h *Harness) state() *machine.State {
	h.t.Helper()
	found, err := h.store.Load(context.Background(), replica.PipelineStream(h.name))
	if err != nil || len(found) == 0 {
		h.t.Fatalf("penstocktest: pipeline %s cannot be loaded: %v", h.name, err)
	}
	s, err := machine.Restore(h.name, found[0].Snapshot, found[0].Events, nil)
	if err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	return s
}
