package local

import (
	"context"
	"sync"
	"time"
)

// workContext is the ctx of one run. Most functions that end soon never look at theirs, so what it takes to end one, a timer among it,
// is made at the first look.
type workContext struct {
	deadline time.Time // zero: none

	mu    sync.Mutex
	made  context.Context // nil until somebody looks
	cause error           // why it ended; nil while it goes on
	end   context.CancelCauseFunc
	stop  context.CancelFunc // of the timer
}

// Deadline needs no timer.
func (c *workContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

func (c *workContext) Done() <-chan struct{} { return c.make().Done() }

func (c *workContext) Err() error { return c.make().Err() }

// Value is what contexts find their parents by.
func (c *workContext) Value(key any) any { return c.make().Value(key) }

func (c *workContext) make() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made, c.stop = context.Background(), func() {}
		if !c.deadline.IsZero() {
			c.made, c.stop = context.WithDeadline(c.made, c.deadline)
		}
		c.made, c.end = context.WithCancelCause(c.made)
		if c.cause != nil {
			c.end(c.cause)
		}
	}
	return c.made
}

// cancel ends it; the first cause stays.
func (c *workContext) cancel(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = cause
	}
	if c.made != nil {
		c.end(cause)
	}
}

// release frees what was made, once the function has ended.
func (c *workContext) release() {
	c.cancel(context.Canceled)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		c.stop()
	}
}
