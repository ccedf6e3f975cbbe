package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock"
)

// session brings a commit into production. Once its ctx has ended nothing is begun or asked any more.
type session struct {
	engine   *penstock.Engine
	pipeline penstock.Pipeline
	head     string // the commit
	again    bool   // also if it has been released before
	approver approver
	screen   *screen
}

// bring goes on with what was cut off, and then releases what is new.
func (s *session) bring(ctx context.Context) error {
	applied, err := s.engine.Do(ctx, penstock.ApplyPipeline{Pipeline: s.pipeline, NoStart: true})
	if err != nil {
		return err
	}
	x, err := s.latest(ctx)
	if err != nil {
		return err
	}
	wentOn := x.ID != "" && !x.Status.Ended()
	if wentOn {
		fmt.Fprintf(s.screen, "Going on with the release that began %s.\n", when(x.Started))
		if x, err = s.drive(ctx, x.ID); err != nil || ctx.Err() != nil {
			return errors.Join(err, verdict(x))
		}
	}
	isNew := x.Version != applied.Version || x.Revisions[checkout].ID != s.head
	switch {
	case isNew, s.again && !wentOn:
		x, err = s.start(ctx)
	case !wentOn:
		fmt.Fprintf(s.screen, "Nothing is new: the release of this commit ended %s, %s. -again releases it again.\n", when(x.Updated), x.Status)
	}
	if err != nil {
		return err
	}
	return verdict(x)
}

// start starts a release of the commit and drives it.
func (s *session) start(ctx context.Context) (penstock.Execution, error) {
	started, err := s.engine.Do(penstock.WithActor(ctx, user()), penstock.StartExecution{
		Pipeline: s.pipeline.Name(), Revisions: map[string]string{checkout: s.head},
	})
	if err != nil {
		return penstock.Execution{}, err
	}
	return s.drive(ctx, started.Execution)
}

// latest is the newest execution; its ID is empty when there is none.
func (s *session) latest(ctx context.Context) (penstock.Execution, error) {
	page, err := s.engine.Executions(ctx, penstock.ExecutionQuery{Pipeline: s.pipeline.Name(), Limit: 1})
	if err != nil || len(page.Executions) == 0 {
		return penstock.Execution{}, err
	}
	return page.Executions[0], nil
}

// verdict is nil when an execution has brought its commit into production.
func verdict(x penstock.Execution) error {
	switch {
	case x.Status == penstock.StatusSucceeded:
		return nil
	case !x.Status.Ended():
		return errInterrupted
	default:
		return fmt.Errorf("%w: %s: %s", errNotReleased, x.Status, firstLine(x.Summary))
	}
}

// when is a time as people in this place write it.
func when(t time.Time) string { return t.Local().Format("at 15:04:05 on 2 January") }
