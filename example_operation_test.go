package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// Release goes to production once somebody has signed it off.
func Release(name string) penstock.Pipeline {
	return penstock.NewPipeline(name,
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("SignOff", penstock.NewApproval("Release")),
		penstock.NewStage("Production", penstock.NewAction("Ship", Ship{To: "eu", Build: website.In()})),
	)
}

// operating has an engine run the pipeline while somebody operates it.
func operating(p penstock.Pipeline, shipped func() error, operate func(context.Context, *penstock.Engine) error) {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetchBuild)
	penstock.RegisterFunc(&actions, func(context.Context, *penstock.Call[Ship]) error { return shipped() })
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error, 1)
	go func() { running <- eng.Run(ctx) }()
	if _, err = eng.Do(ctx, penstock.ApplyPipeline{Pipeline: p, NoStart: true}); err == nil {
		err = operate(ctx, eng)
	}
	stop()
	if err := errors.Join(err, <-running); err != nil {
		log.Fatal(err)
	}
}

func well() error { return nil }

// happened waits until something has happened to an execution.
func happened(ctx context.Context, eng *penstock.Engine, execution string, is func(penstock.Event) bool) (penstock.Event, error) {
	for event, err := range eng.Follow(ctx, penstock.EventQuery{Pipeline: "shop"}) {
		if err != nil || event.Execution == execution && is(event) {
			return event, err
		}
	}
	return penstock.Event{}, ctx.Err()
}

func asked(event penstock.Event) bool { return event.Token != "" }

func waiting(event penstock.Event) bool { return event.Kind == penstock.EventExecutionWaiting }

// What does a release wait for? For an approval first, and then in front of a stage that somebody keeps closed.
func ExampleEngine_Explain() {
	operating(Release("shop"), well, func(ctx context.Context, eng *penstock.Engine) error {
		if err := eng.DisableTransition(ctx, "shop", "Production", "quarter-end freeze"); err != nil {
			return err
		}
		x, err := eng.Start(ctx, "shop")
		if err != nil {
			return err
		}
		question, err := happened(ctx, eng, x, asked)
		if err != nil {
			return err
		}
		explain(ctx, eng, x)
		if err := eng.Approve(ctx, "shop", "SignOff", "Release", question.Token, "staging is well"); err != nil {
			return err
		}
		if _, err := happened(ctx, eng, x, waiting); err != nil {
			return err
		}
		explain(ctx, eng, x)
		if err := eng.EnableTransition(ctx, "shop", "Production"); err != nil {
			return err
		}
		released, err := eng.Wait(ctx, "shop", x)
		fmt.Println(released.Status)
		explain(ctx, eng, x) // nothing
		return err
	})
	// Output:
	// waits for approval at SignOff
	// waits for transition at Production
	// Succeeded
}

func explain(ctx context.Context, eng *penstock.Engine, execution string) {
	reasons, err := eng.Explain(ctx, "shop", execution)
	if err != nil {
		log.Fatal(err)
	}
	for _, reason := range reasons {
		fmt.Println("waits for", reason.Kind, "at", reason.Stage)
	}
}

// A command with an ID acts once, however often it is offered, and is answered as the first time. Commands need no Run: a tool that only
// operates has none.
func ExampleEngine_Do() {
	ctx, eng := context.Background(), tool()
	if _, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: Release("shop"), NoStart: true}); err != nil {
		log.Fatal(err)
	}
	start := penstock.StartExecution{ID: "webhook-4711", Pipeline: "shop", Revisions: map[string]string{"Fetch": "a1b2c3"}}
	first, err := eng.Do(ctx, start)
	if err != nil {
		log.Fatal(err)
	}
	second, err := eng.Do(ctx, start)
	fmt.Println(first.Execution == second.Execution, err)
	// Output: true <nil>
}

// Apply may be called at every start of a service: an equal definition is no new version, and cancels no release.
func ExampleEngine_Apply() {
	ctx, eng := context.Background(), tool()
	for _, p := range []penstock.Pipeline{Release("shop"), Release("shop"), Release("shop").Mode(penstock.Queued)} {
		applied, err := eng.Apply(ctx, p)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(applied.Version, applied.Changed)
	}
	// Output:
	// 1 true
	// 1 false
	// 2 true
}

func tool() *penstock.Engine {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetchBuild)
	penstock.RegisterFunc(&actions, ship)
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	return eng
}

// A failed stage is retried in the same execution; what has succeeded is not run again.
func ExampleEngine_Retry() {
	outages := 1
	flaky := func() error {
		if outages--; outages >= 0 {
			return errors.New("the database is being upgraded")
		}
		return nil
	}
	release := penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("Production", penstock.NewAction("Ship", Ship{To: "eu", Build: website.In()})),
	)
	operating(release, flaky, func(ctx context.Context, eng *penstock.Engine) error {
		id, err := eng.Start(ctx, "shop")
		if err != nil {
			return err
		}
		x, err := eng.Wait(ctx, "shop", id)
		if err != nil {
			return err
		}
		fmt.Println(x.Status, x.Summary)
		if err := eng.Retry(ctx, "shop", "Production", id); err != nil {
			return err
		}
		x, err = eng.Wait(ctx, "shop", id)
		fmt.Println(x.Status, x.Attempt)
		return err
	})
	// Output:
	// Failed Production/Ship: the database is being upgraded
	// Succeeded 2
}

// A release that is stopped ends with what runs; Abandon does not wait for that. The history says who did it, and why.
func ExampleEngine_Abandon() {
	operating(Release("shop"), well, func(ctx context.Context, eng *penstock.Engine) error {
		x, err := eng.Start(penstock.WithActor(ctx, "ana"), "shop")
		if err != nil {
			return err
		}
		if _, err := happened(ctx, eng, x, asked); err != nil {
			return err
		}
		if err := eng.Abandon(penstock.WithActor(ctx, "ben"), "shop", x, "wrong branch"); err != nil {
			return err
		}
		if _, err := eng.Wait(ctx, "shop", x); err != nil {
			return err
		}
		all, err := eng.Executions(ctx, penstock.ExecutionQuery{Pipeline: "shop"})
		for _, x := range all.Executions {
			fmt.Println(x.Number, x.TriggerDetail, x.Status, x.StopReason)
		}
		return err
	})
	// Output: 1 ana Stopped wrong branch
}

// Follow tells what has happened so far, and then what happens.
func ExampleEngine_Follow() {
	operating(Release("shop"), well, func(ctx context.Context, eng *penstock.Engine) error {
		id, err := eng.Start(ctx, "shop")
		if err != nil {
			return err
		}
		for event, err := range eng.Follow(ctx, penstock.EventQuery{Pipeline: "shop"}) {
			switch {
			case err != nil:
				return err
			case event.Kind == penstock.EventStageEntered:
				fmt.Println(event.Stage)
			case event.Kind == penstock.EventActionStarted && event.Token != "":
				if err := eng.Reject(ctx, "shop", event.Stage, event.Action, event.Token, "not on a Friday"); err != nil {
					return err
				}
			case event.Kind == penstock.EventExecutionEnded && event.Execution == id:
				fmt.Println(event.Status)
				return nil
			}
		}
		return ctx.Err()
	})
	// Output:
	// Source
	// SignOff
	// Failed
}
