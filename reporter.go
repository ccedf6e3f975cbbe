package penstock

import (
	"context"
	"io"
	"sync"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// reporter carries what a run says while it goes on.
type reporter struct {
	engine   *Engine
	dispatch replica.Dispatch

	mu      sync.Mutex
	pending *machine.Progress // said, and not offered yet
	closed  bool
}

// Log writes to the run's log.
func (r *reporter) Log() io.Writer { return logWriter{r} }

// Progress is kept until the next flush; what is said later replaces it.
func (r *reporter) Progress(percent int, summary string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.pending = &machine.Progress{Ref: r.dispatch.Ref, Percent: percent, Summary: summary}
	}
}

// External waits until the name is durable.
func (r *reporter) External(id, url string) error {
	r.mu.Lock()
	in := machine.Progress{Ref: r.dispatch.Ref, ExternalID: id, ExternalURL: url}
	if r.pending != nil {
		in.Percent, in.Summary = r.pending.Percent, r.pending.Summary
		r.pending = nil
	}
	r.mu.Unlock()
	_, err := r.engine.ask(context.Background(), r.dispatch.Stream, &in, nil)
	return err
}

func (r *reporter) flush() {
	r.mu.Lock()
	in := r.pending
	r.pending = nil
	r.mu.Unlock()
	if in != nil {
		r.engine.offer(r.dispatch.Stream, in)
	}
}

// close answers what has not been offered yet; nothing is taken any more.
func (r *reporter) close() *machine.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.pending
	r.pending, r.closed = nil, true
	return last
}

// logWriter appends to the log store; nothing is opened before the first byte.
type logWriter struct{ *reporter }

// Write appends a piece of output. A full log takes no more and is no error of the action's.
func (w logWriter) Write(p []byte) (int, error) {
	ref := store.LogRef{ID: w.dispatch.Task.ID, Run: w.dispatch.Task.Run, Fence: w.dispatch.Task.Fence}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := w.engine.config.Logs.Append(ctx, ref, p); err != nil {
		if isFull(err) {
			return len(p), nil
		}
		return 0, err
	}
	return len(p), nil
}
