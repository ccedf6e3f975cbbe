// Custom action shows a whole action type, in rollout.go: settings, artifacts, a secret, work that goes on elsewhere (Pending), failures that
// are tried again and failures that are not (Permanent). It rolls a service out on a made-up platform, and then asks for more than there is.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/penstock-dev/penstock"
)

// Release rolls the newest image out, to as many replicas as its start says.
func Release() penstock.Pipeline {
	image, address := penstock.NewArtifact[Image]("image"), penstock.NewArtifact[string]("address")
	replicas := penstock.NewPipelineVariable[int]("Replicas").Default(3)
	return penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Image", Registry{Image: image.Out()})),
		penstock.NewStage("Production", penstock.NewAction("Rollout", Rollout{
			Service: "shop", Replicas: replicas.Value(), Poll: 5 * time.Millisecond,
			Token: penstock.Secret{Ref: "acme-token"}, Image: image.In(), Address: address.Out(),
		}).Retry(2).Timeout(time.Hour)),
	).Variables(replicas)
}

func main() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, newest)
	penstock.Register(&actions, &Roller{Acme: &acme{}})
	engine, err := penstock.NewEngine(penstock.Config{Actions: &actions, Secrets: vault{"acme-token": "correct-horse"}})
	if err != nil {
		log.Fatal(err)
	}
	err = engine.RunWhile(context.Background(), func(ctx context.Context) error { return releases(ctx, engine) })
	if err != nil {
		log.Fatal(err)
	}
}

func releases(ctx context.Context, engine *penstock.Engine) error {
	if _, err := engine.Do(ctx, penstock.ApplyPipeline{Pipeline: Release(), NoStart: true}); err != nil {
		return err
	}
	for _, replicas := range []string{"3", "80"} {
		fmt.Println("Release with", replicas, "replicas")
		start := penstock.StartExecution{Pipeline: "shop", Variables: map[string]string{"Replicas": replicas}}
		started, err := engine.Do(ctx, start)
		if err == nil {
			err = tell(ctx, engine, started.Execution)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tell tells what becomes of the rollout of an execution, run by run.
func tell(ctx context.Context, engine *penstock.Engine, execution string) error {
	rollout := "" // the id of its action execution: events of single runs carry no other name
	for event, err := range engine.Follow(ctx, penstock.EventQuery{Pipeline: "shop"}) {
		if err != nil || event.Kind == penstock.EventExecutionEnded && event.Execution == execution {
			return err
		}
		if event.Execution == execution && event.Action == "Rollout" {
			rollout = event.ActionExecution
		}
		if rollout == "" || event.ActionExecution != rollout {
			continue
		}
		switch event.Kind {
		case penstock.EventActionClaimed:
			fmt.Println("  run", event.Run)
		case penstock.EventActionRetrying:
			fmt.Println("    failed, and is tried again:", event.Text)
		case penstock.EventActionPending:
			fmt.Println("    is pending")
		case penstock.EventActionEnded:
			fmt.Printf("  %s: %s\n", event.Status, event.Text)
			err = showLog(ctx, engine, rollout)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// showLog shows what the run that asked for the rollout wrote into its log.
func showLog(ctx context.Context, engine *penstock.Engine, rollout string) error {
	page, err := engine.Log(ctx, penstock.LogQuery{ActionExecution: rollout, Run: 2})
	if len(page.Data) > 0 {
		fmt.Printf("  The log of run 2: %s", page.Data)
	}
	return err
}
