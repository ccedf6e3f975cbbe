package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/penstock-dev/penstock"
)

// heed drains at the first Ctrl-C and stops the release at the second, for as long as life lasts. A third one ends the process.
func (s *session) heed(life context.Context, interrupts <-chan os.Signal, end context.CancelCauseFunc) {
	for _, then := range []func(){
		func() {
			fmt.Fprintln(s.screen, "Draining: what runs goes on to its end, the rest waits for the next time. Ctrl-C again stops the release.")
			end(errInterrupted)
		},
		func() {
			fmt.Fprintln(s.screen, "Stopping the release.")
			signal.Reset(os.Interrupt, syscall.SIGTERM)
			s.stop(life)
		},
	} {
		select {
		case <-life.Done():
			return
		case <-interrupts:
			then()
		}
	}
}

// stop ends the release, and what runs with all its processes.
func (s *session) stop(ctx context.Context) {
	x, err := s.latest(ctx)
	if err == nil && x.ID != "" && !x.Status.Ended() {
		err = s.engine.Abandon(penstock.WithActor(ctx, user()), s.pipeline.Name(), x.ID, "interrupted")
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(s.screen, "It could not be stopped:", err)
	}
}
