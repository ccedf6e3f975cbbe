package penstocktest

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// slots is how many actions a harness lets run at once: enough for any pipeline.
const slots = 1000

// patience is how long, in real time, an action may take before the test fails: a test's actions answer at once, or are Pending.
const patience = 10 * time.Second

// turnLimit is how many rounds a single step of a test may take; only a pipeline that never comes to rest needs more.
const turnLimit = 10_000

// restart begins with an empty memory.
func (h *Harness) restart() {
	h.restarts++
	h.replica = replica.New(replica.Options{Name: fmt.Sprintf("harness-%d", h.restarts), Drive: true, Exclusive: true})
	served := map[string]replica.Served{}
	types, _ := h.worker.Types()
	for _, t := range types {
		served[t.Name] = replica.Served{Outlive: t.Outlive, Rerun: t.Rerun}
	}
	for _, name := range h.actions.Types() {
		if key, job := h.actions.PolledBy(name); job {
			served[name] = replica.Served{Job: true, Query: key}
		}
	}
	h.replica.Serve(served)
	h.held = map[string]held{}
	due, err := h.store.Due(context.Background(), 0)
	if err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	h.replica.Due(due)
}

// seed makes the same chance in every run of a test.
func (h *Harness) seed(n uint64) (seed machine.Seed) {
	binary.BigEndian.PutUint64(seed[:], n)
	return seed
}

// settle runs the engine until it waits for time or for somebody.
func (h *Harness) settle() {
	h.t.Helper()
	for range turnLimit {
		wake := h.replica.Wake()
		if !h.replica.Busy() && (wake.IsZero() || wake.After(h.now)) {
			return
		}
		h.turn()
	}
	h.t.Fatalf("penstocktest: the pipeline does not come to rest:\n%s", h.Transcript())
}

// turn is one round: decide, load, commit, act.
func (h *Harness) turn() {
	h.inputs++
	work := h.replica.Step(replica.Round{Now: h.now, Seed: h.seed(h.inputs), Free: []int{slots}})
	h.answer(work.Acks)
	for _, l := range work.Loads {
		h.load(l)
	}
	if len(work.Batches) == 0 {
		return
	}
	errs := h.store.Commit(context.Background(), work.Batches)
	h.commits++
	if h.commits == h.crashAt {
		h.restart()
		return
	}
	h.carryOut(h.replica.Settled(work.Batches, errs))
}

func (h *Harness) load(l replica.Load) {
	found, err := h.store.Load(context.Background(), l.Stream)
	if err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	records, err := h.store.Get(context.Background(), l.Refs...)
	if err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	var stream *store.Stream
	if len(found) > 0 {
		stream = &found[0]
	}
	h.carryOut(h.replica.Loaded(l, stream, records))
}

func (h *Harness) answer(acks []replica.Ack) {
	for _, ack := range acks {
		h.answers[ack.Tag.(uint64)] = ack
	}
}

// carryOut runs what was dispatched, one action after the other.
func (h *Harness) carryOut(effects replica.Effects) {
	h.answer(effects.Acks)
	for _, c := range effects.Cancel {
		h.report(c.Stream, &machine.Gone{Action: c.Ref.Action, Fence: c.Ref.Fence})
		for name, run := range h.held {
			if run.dispatch.Ref == c.Ref {
				delete(h.held, name)
			}
		}
	}
	for _, d := range effects.Dispatch {
		if outcome, ended := h.run(d); ended {
			h.report(d.Stream, &machine.End{Ref: d.Ref, Outcome: outcome})
		}
	}
}

func (h *Harness) report(stream string, in machine.Input) {
	h.inputs++
	h.replica.Offer(replica.Input{Stream: stream, Input: in, Seed: h.seed(h.inputs)})
}

// run answers how a run ends: by its script, or by the registered action.
func (h *Harness) run(d replica.Dispatch) (outcome executor.Outcome, ended bool) {
	name := d.Task.Stage + "/" + d.Task.Action
	if s := h.scripts[name]; s != nil && len(s.outcomes) > 0 {
		next := s.outcomes[0]
		s.outcomes = s.outcomes[1:]
		switch {
		case next.hold:
			h.held[name] = held{dispatch: d}
			return outcome, false
		case !next.real:
			return next.outcome(*d.Task), true
		}
	}
	return h.execute(*d.Task), true
}

// execute runs the registered action.
func (h *Harness) execute(task executor.Task) executor.Outcome {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	task.Deadline = time.Time{} // of the virtual clock; an action's ctx lives on the real one
	outcome, err := h.worker.Execute(ctx, task, reporter{h, task})
	if err != nil {
		h.t.Fatalf("penstocktest: action %s/%s has not answered within %s; an action under test answers at once, or is Pending", task.Stage, task.Action, patience)
	}
	return outcome
}

// reporter shows what a run says in the test's log.
type reporter struct {
	h    *Harness
	task executor.Task
}

// Log writes to the test's log.
func (r reporter) Log() io.Writer { return logWriter{r.h, r.task.Stage + "/" + r.task.Action} }

// Progress is not kept: the action has ended before anybody could look.
func (reporter) Progress(int, string) {}

// External is not kept either.
func (reporter) External(string, string) error { return nil }

type logWriter struct {
	h    *Harness
	name string
}

// Write logs a piece of output under the action's name.
func (w logWriter) Write(p []byte) (int, error) {
	w.h.t.Logf("%s: %s", w.name, p)
	return len(p), nil
}
