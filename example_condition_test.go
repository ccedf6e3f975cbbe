package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/penstock-dev/penstock"
)

// Watch is a rule type: it succeeds when a service has had no errors for a while. It is made like an action type.
type Watch struct {
	Service string
	For     time.Duration
}

func (Watch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Provider: "Watch", Version: "1"}
}

// Guarded is the release with conditions: production is entered in office hours, and put back when errors follow.
func Guarded() penstock.Pipeline {
	office := penstock.NewRule("Office", penstock.DeploymentWindow{Cron: "* * 9-16 ? * MON-FRI", TimeZone: "Europe/Berlin"})
	errorFree := penstock.NewRule("ErrorFree", Watch{Service: "shop", For: 10 * time.Minute})
	return penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("Production", penstock.NewAction("Ship", Ship{To: "eu", Build: website.In()})).
			BeforeEntry(penstock.Require(office.Within(72*time.Hour))).
			OnSuccess(penstock.RollBackUnless(errorFree)),
	)
}

// A condition asks its rules at a gate of a stage. Here the engine is operated at any hour, so somebody overrides the one before entry; the rule on
// success then finds errors.
func ExampleEngine_OverrideCondition() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetchBuild)
	penstock.RegisterFunc(&actions, func(context.Context, *penstock.Call[Ship]) error { return nil })
	penstock.RegisterFunc(&actions, func(_ context.Context, call *penstock.Call[Watch]) error {
		return fmt.Errorf("%s has had 3 errors", call.Config.Service)
	})
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	err = eng.RunWhile(penstock.WithActor(context.Background(), "ana"), func(ctx context.Context) error {
		applied, err := eng.Apply(ctx, Guarded())
		if err != nil {
			return err
		}
		_, err = happened(ctx, eng, applied.Execution, func(e penstock.Event) bool { return e.Kind == penstock.EventConditionStarted })
		if err == nil {
			err = eng.OverrideCondition(ctx, "shop", "Production", applied.Execution, penstock.GateBeforeEntry)
		}
		if err != nil && !errors.Is(err, penstock.ErrNotOverridable) { // it is office time, and the release is in already
			return err
		}
		x, err := eng.Wait(ctx, "shop", applied.Execution)
		fmt.Println(x.Status, x.Summary)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// Failed Production onSuccess: rule ErrorFree: shop has had 3 errors
}
