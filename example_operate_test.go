package penstock_test

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// A stage goes back to any execution that succeeded in it under the newest definition. Hold keeps the next release out until somebody has
// looked: it disables the transition in the same commit.
func ExampleRollbackStage() {
	release := penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("Production", penstock.NewAction("Ship", Ship{To: "eu", Build: website.In()})),
	)
	operating(release, well, func(ctx context.Context, eng *penstock.Engine) error {
		for range 2 {
			id, err := eng.Start(ctx, "shop")
			if err != nil {
				return err
			}
			if _, err := eng.Wait(ctx, "shop", id); err != nil {
				return err
			}
		}
		candidates, err := eng.Executions(ctx, penstock.ExecutionQuery{Pipeline: "shop", SucceededIn: "Production"})
		if err != nil {
			return err
		}
		reply, err := eng.Do(penstock.WithActor(ctx, "ana"), penstock.RollbackStage{
			Pipeline: "shop", Stage: "Production", Target: candidates.Executions[1].ID, Hold: "the new shop loses carts",
		})
		if err != nil {
			return err
		}
		x, err := eng.Wait(ctx, "shop", reply.Execution)
		if err != nil {
			return err
		}
		fmt.Println(x.Trigger, "by", x.TriggerDetail, x.Status, x.Rollback == candidates.Executions[1].ID)
		state, err := eng.State(ctx, "shop")
		fmt.Println(state.Stages[1].Transition.Enabled, state.Stages[1].Transition.Reason)
		return err
	})
	// Output:
	// ManualRollback by ana Succeeded true
	// false the new shop loses carts
}

// Whoever watches a source announces what it finds, as often as it likes: each revision starts one execution.
func ExamplePutActionRevision() {
	ctx, eng := penstock.WithActor(context.Background(), "scanner"), tool()
	if _, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: Release("shop"), NoStart: true}); err != nil {
		log.Fatal(err)
	}
	found := penstock.PutActionRevision{Pipeline: "shop", Stage: "Source", Action: "Fetch", Revision: "a1b2c3", ChangeID: "push 7"}
	for range 2 {
		reply, err := eng.Do(ctx, found)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reply.Changed)
	}
	// Output:
	// true
	// false
}
