// Parallel and regions deploys to a loop of regions, two at once, each first to a canary, with tries that wait longer each time. The second
// version does not start in one region, so the stage goes back to the first one by itself, everywhere.
package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock"
)

func main() {
	var actions penstock.Actions
	production := &fleet{versions: map[string]string{}, asked: map[string]int{}}
	penstock.RegisterFunc(&actions, fetch)
	penstock.Register(&actions, production)
	engine, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	err = engine.RunWhile(context.Background(), func(ctx context.Context) error { return releases(ctx, engine, production) })
	if err != nil {
		log.Fatal(err)
	}
}

func releases(ctx context.Context, engine *penstock.Engine, production *fleet) error {
	if _, err := engine.Do(ctx, penstock.ApplyPipeline{Pipeline: Release("eu", "us", "ap"), NoStart: true}); err != nil {
		return err
	}
	for _, version := range []string{"v1", "v2"} {
		if err := release(ctx, engine, version); err != nil {
			return err
		}
		for _, part := range slices.Sorted(maps.Keys(production.versions)) {
			fmt.Println(" ", part, "of the machines:", production.versions[part])
		}
	}
	return nil
}

// release releases a version and, if that fails, waits for the rollback too.
func release(ctx context.Context, engine *penstock.Engine, version string) error {
	start := penstock.StartExecution{Pipeline: "fleet", Revisions: map[string]string{"Fetch": version}}
	started, err := engine.Do(ctx, start)
	if err != nil {
		return err
	}
	x, err := engine.Wait(ctx, "fleet", started.Execution)
	if err != nil {
		return err
	}
	fmt.Println(version, "has", x.Status)
	ran, err := engine.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "fleet", Execution: x.ID})
	if err != nil {
		return err
	}
	for _, action := range ran.Actions {
		if action.Try > 1 {
			fmt.Printf("  %s: %d tries\n", action.Action, action.Try)
		}
	}
	if x.Status == penstock.StatusSucceeded {
		return nil
	}
	fmt.Println(" ", x.Summary)
	newest, err := engine.Executions(ctx, penstock.ExecutionQuery{Pipeline: "fleet", Limit: 1}) // a rollback is an execution too
	if err != nil {
		return err
	}
	x, err = engine.Wait(ctx, "fleet", newest.Executions[0].ID)
	fmt.Println("The rollback has", x.Status)
	return err
}
