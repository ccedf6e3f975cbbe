// Approval and transitions operates releases: a freeze, an approval, a retry, a stop, and the questions that say what waits and who did what.
// Every step is one method of the engine; several people in several processes can take them on one store.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/penstock-dev/penstock"
)

func main() { run(os.Stdout) }

func run(out io.Writer) {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetch)
	penstock.Register(&actions, &deployer{outages: 1})
	engine, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	check(err)
	check(engine.RunWhile(context.Background(), func(ctx context.Context) error {
		operate(ctx, operator{engine, out})
		return nil
	}))
}

func operate(ctx context.Context, o operator) {
	ana, ben := penstock.WithActor(ctx, "ana"), penstock.WithActor(ctx, "ben")
	_, err := o.Do(ana, penstock.ApplyPipeline{Pipeline: Release(), NoStart: true})
	check(err)

	check(o.DisableTransition(ana, "shop", "Production", "stocktaking until noon"))
	good := o.release(ana, "a1b2c3")
	question := o.until(ctx, good, penstock.EventActionStarted, "Release")
	o.explain(ctx, good)
	check(o.Approve(ben, "shop", "Staging", "Release", question.Token, "staging is well"))
	o.until(ctx, good, penstock.EventExecutionWaiting, "")
	o.explain(ctx, good)
	check(o.EnableTransition(ana, "shop", "Production"))
	o.outcome(ctx, good)

	check(o.Retry(ana, "shop", "Production", good)) // the same execution goes on
	o.outcome(ctx, good)
	fmt.Fprintln(o.out, "One retry too many:", o.Retry(ana, "shop", "Production", good))

	stuck := o.release(ben, "stuck")
	o.until(ctx, stuck, penstock.EventActionStarted, "Deploy")
	check(o.Abandon(ben, "shop", stuck, "it hangs")) // Stop would wait for what runs
	o.outcome(ctx, stuck)
	o.history(ctx)
}
