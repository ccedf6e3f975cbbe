package main

import (
	"context"
	"errors"

	"github.com/penstock-dev/penstock"
)

// drive runs the engine until an execution has ended, and answers it. When ctx ends before, the engine drains: what runs goes on to its end, and
// nothing else begins.
func (s *session) drive(ctx context.Context, execution string) (penstock.Execution, error) {
	driving, drain := context.WithCancel(ctx)
	defer drain()
	running, ended := context.WithCancelCause(context.Background())
	go func() { ended(s.engine.Run(driving)) }()
	x, err := s.follow(ctx, running, execution)
	if broken(ctx) {
		return x, context.Cause(ctx) // what runs ends with this process
	}
	drain()
	<-running.Done()
	if failed := context.Cause(running); !errors.Is(failed, context.Canceled) {
		return x, failed
	}
	return x, err
}

// broken says whether ctx has ended for another reason than that somebody wanted it.
func broken(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), errInterrupted)
}
