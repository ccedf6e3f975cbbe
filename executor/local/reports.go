package local

import (
	"fmt"
	"io"
	"sync"

	"github.com/penstock-dev/penstock/executor"
)

// reports is the Reporter and the log of one run. It forwards to the Reporter of the newest Execute.
type reports struct {
	mu     sync.Mutex // not held while the Reporter is called
	to     executor.Reporter
	seats  int
	closed bool
}

// join makes to the Reporter from now on.
func (r *reports) join(to executor.Reporter) (seat int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = to
	r.seats++
	return r.seats
}

// leave takes the Reporter away that joined with this seat, unless another has taken its place.
func (r *reports) leave(seat int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seats == seat {
		r.to = nil
	}
}

// shut lets nothing through any more.
func (r *reports) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *reports) reporter() (executor.Reporter, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, fmt.Errorf("executor/local: the run has ended or was given up: %w", executor.ErrFenced)
	}
	return r.to, nil
}

// Log implements executor.Reporter.
func (r *reports) Log() io.Writer { return r }

// Write appends to the log of the Reporter that is there now. The Reporter's log is asked for with the first byte, not before.
func (r *reports) Write(p []byte) (int, error) {
	to, err := r.reporter()
	if err != nil {
		return 0, err
	}
	if to == nil || len(p) == 0 {
		return len(p), nil
	}
	return to.Log().Write(p)
}

// Progress implements executor.Reporter.
func (r *reports) Progress(percent int, summary string) {
	if to, _ := r.reporter(); to != nil {
		to.Progress(percent, summary)
	}
}

// External implements executor.Reporter.
func (r *reports) External(id, url string) error {
	to, err := r.reporter()
	if err != nil {
		return err
	}
	if to == nil {
		return fmt.Errorf("executor/local: nobody is there to store the external id %q: %w", id, executor.ErrDetach)
	}
	return to.External(id, url)
}
