package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// follower tells how an execution goes, and answers its approvals.
type follower struct {
	works               *works
	pipeline, execution string
	approver            approver
	screen              *screen
	types               map[string]string // running actions by ID: Stage/Action
	began               time.Time
	interrupted         chan struct{} // closed: nobody is asked any more
}

// glance is how often what runs is shown anew.
const glance = 200 * time.Millisecond

// follow answers the execution when it has ended.
func (f *follower) follow(ctx context.Context) (penstock.Execution, error) {
	f.began = time.Now()
	f.screen.line(fmt.Sprintf("%s: execution %s", f.pipeline, f.execution))
	events, failed := make(chan penstock.Event), make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for e, err := range f.works.Follow(ctx, penstock.EventQuery{Pipeline: f.pipeline}) {
			if err != nil {
				failed <- err
				return
			}
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case err := <-failed:
			return penstock.Execution{}, err
		case <-tick.C:
			f.showRunning()
		case e := <-events:
			if e.Execution != f.execution {
				continue
			}
			if err := f.tell(ctx, e); err != nil {
				return penstock.Execution{}, err
			}
			if e.Kind == penstock.EventExecutionEnded {
				return f.works.Execution(ctx, f.pipeline, f.execution)
			}
		}
	}
}

// showRunning says what runs, and since when the execution does.
func (f *follower) showRunning() {
	if len(f.types) > 0 {
		f.screen.now(fmt.Sprintf("%4.0fs  %s", time.Since(f.began).Seconds(), strings.Join(slices.Sorted(maps.Values(f.types)), ", ")))
	}
}

// tell tells one event.
func (f *follower) tell(ctx context.Context, e penstock.Event) error {
	name := e.Stage + "/" + e.Action
	switch e.Kind {
	case penstock.EventStageEntered:
		f.line(e.At, "entered", e.Stage, "")
	case penstock.EventActionStarted:
		f.types[e.ActionExecution] = name
		if e.Token != "" {
			return f.decide(ctx, e)
		}
	case penstock.EventActionRetrying:
		f.line(e.At, "again", name, e.Text)
	case penstock.EventActionEnded, penstock.EventRuleEnded:
		delete(f.types, e.ActionExecution)
		f.line(e.At, string(e.Status), name, e.Text)
	case penstock.EventConditionEnded:
		f.line(e.At, string(e.Status), e.Stage+" ("+string(e.Gate)+")", e.Text)
	case penstock.EventExecutionEnded:
		first, _, _ := strings.Cut(e.Text, "\n") // the action has told the rest
		f.line(e.At, string(e.Status), f.pipeline, first)
	}
	return nil
}

// line tells something in a line, and what more there is to it below.
func (f *follower) line(at time.Time, what, name, text string) {
	first, rest, _ := strings.Cut(strings.TrimRight(text, "\n"), "\n")
	f.screen.line(strings.TrimRight(fmt.Sprintf("%s  %-10s  %-24s  %s", at.Format(time.TimeOnly), what, name, first), " "))
	for more := range strings.Lines(rest) {
		f.screen.line("  | " + strings.TrimRight(more, "\r\n"))
	}
}

// decide answers an approval that waits.
func (f *follower) decide(ctx context.Context, e penstock.Event) error {
	note := ""
	if state, err := f.works.State(ctx, f.pipeline); err == nil {
		note = noteOf(state, e.ActionExecution)
	}
	f.screen.now("")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-f.interrupted:
			cancel()
		case <-ctx.Done():
		}
	}()
	yes, summary, ok := f.approver.decide(ctx, e.Stage+"/"+e.Action, note)
	if !ok {
		return nil
	}
	_, err := f.works.Do(ctx, penstock.DecideApproval{
		Pipeline: f.pipeline, Stage: e.Stage, Action: e.Action, Token: e.Token, Reject: !yes, Summary: summary,
	})
	return err
}

// noteOf is what the approver is told.
func noteOf(state penstock.PipelineState, actionExecution string) string {
	for _, stage := range state.Stages {
		for _, a := range stage.Actions {
			if a.ID == actionExecution {
				return a.Configuration["CustomData"]
			}
		}
	}
	return ""
}

// interrupt ends the execution with what runs.
func (f *follower) interrupt(ctx context.Context) {
	close(f.interrupted)
	if err := f.works.Abandon(ctx, f.pipeline, f.execution, "interrupted"); err != nil && ctx.Err() == nil {
		fmt.Fprintf(f.approver.messages, "penstock: it could not be stopped: %s\n", oneLine(err.Error()))
	}
}
