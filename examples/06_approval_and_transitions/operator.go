package main

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/penstock-dev/penstock"
)

// operator is an engine, and where its answers are shown.
type operator struct {
	*penstock.Engine
	out io.Writer
}

// release starts a release of a revision.
func (o operator) release(ctx context.Context, revision string) (execution string) {
	started, err := o.Do(ctx, penstock.StartExecution{Pipeline: "shop", Revisions: map[string]string{"Fetch": revision}})
	check(err)
	fmt.Fprintln(o.out, "Release", revision)
	return started.Execution
}

// until waits until something has happened to an execution, or to an action of it.
func (o operator) until(ctx context.Context, execution string, kind penstock.EventKind, action string) penstock.Event {
	for event, err := range o.Follow(ctx, penstock.EventQuery{Pipeline: "shop"}) {
		check(err)
		if event.Execution == execution && event.Kind == kind && event.Action == action {
			return event
		}
	}
	log.Fatal(ctx.Err())
	return penstock.Event{}
}

// explain shows what an execution waits for.
func (o operator) explain(ctx context.Context, execution string) {
	reasons, err := o.Explain(ctx, "shop", execution)
	check(err)
	for _, reason := range reasons {
		fmt.Fprintf(o.out, "  waits for %s: %s\n", reason.Kind, reason.Text)
	}
}

// outcome shows how an execution has ended.
func (o operator) outcome(ctx context.Context, execution string) {
	x, err := o.Wait(ctx, "shop", execution)
	check(err)
	fmt.Fprintln(o.out, " ", x.Status)
	if x.Summary != "" {
		fmt.Fprintln(o.out, "   ", x.Summary)
	}
}

// history shows every execution, the newest first, and who decided on what in it.
func (o operator) history(ctx context.Context) {
	all, err := o.Executions(ctx, penstock.ExecutionQuery{Pipeline: "shop"})
	check(err)
	fmt.Fprintln(o.out, "History")
	revisions := map[string]string{}
	for _, x := range all.Executions {
		revisions[x.ID] = x.Revisions["Fetch"].ID
		fmt.Fprintf(o.out, "  #%d of %s by %s: %s\n", x.Number, revisions[x.ID], x.TriggerDetail, x.Status)
	}
	actions, err := o.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "shop"})
	check(err)
	for _, a := range actions.Actions {
		if a.UpdatedBy != "" {
			fmt.Fprintf(o.out, "  %s/%s of %s by %s: %s\n", a.Stage, a.Action, revisions[a.Execution], a.UpdatedBy, a.Summary)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
