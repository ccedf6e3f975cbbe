package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// A sequence inside a group keeps its own order: each region has its canary first, and regions do not wait for each other.
func ExampleSequence() {
	region := func(name string) penstock.Node {
		return penstock.Sequence(
			penstock.NewAction(name+"-canary", Deploy{Environment: name, Replicas: penstock.Lit(1), Image: image.In()}),
			penstock.NewApproval(name+"-watched"),
			penstock.NewAction(name, Deploy{Environment: name, Image: image.In()}),
		)
	}
	p := penstock.NewPipeline("storefront", source(), build(),
		penstock.NewStage("Production", penstock.Parallel(region("eu"), region("us"))),
	)
	fmt.Println(p.Validate(nil))
	// Output: <nil>
}

// Decorators answer copies, so that what several pipelines share can be adapted by each.
func ExampleAction_RetryPolicy() {
	deploy := penstock.NewAction("Deploy", Deploy{Environment: "staging", Image: image.In()}).Timeout(time.Hour)
	patient := deploy.RetryPolicy(penstock.RetryPolicy{Max: 5, Backoff: time.Second, MaxBackoff: time.Minute, Jitter: 0.2})

	p := penstock.NewPipeline("storefront", source(), build(), penstock.NewStage("Staging", patient))
	fmt.Println(p.Validate(nil))

	p = penstock.NewPipeline("storefront", source(), build(), penstock.NewStage("Staging", deploy.Retry(1000)))
	var problems penstock.Problems
	fmt.Println(errors.As(p.Validate(nil), &problems), problems[0].Path)
	// Output:
	// <nil>
	// true storefront/Staging/Deploy
}

// An approval may tell what it is about: its note and its link hold variables.
func ExampleNewApproval() {
	commit := penstock.NewVariable[string]("Git", "CommitId")
	signOff := penstock.NewApproval("Release").
		Note("Release " + commit.String() + " to all regions?").
		Link("https://git.example/storefront/commit/" + commit.String()).
		Expires(24 * time.Hour)

	p := penstock.NewPipeline("storefront",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()}).Namespace("Git")),
		build(),
		penstock.NewStage("SignOff", signOff),
	)
	fmt.Println(p.Validate(nil))
	// Output: <nil>
}

// A stage that failed may bring back what last succeeded in it, or run again what failed.
func ExampleStage_OnFailure() {
	deploy := penstock.NewAction("Deploy", Deploy{Environment: "production", Image: image.In()})
	p := penstock.NewPipeline("storefront", source(),
		build().OnFailure(penstock.RetryStage(penstock.FailedActions)),
		penstock.NewStage("Production", deploy).OnFailure(penstock.RollBack()),
	)
	fmt.Println(p.Validate(nil), p.Mode(penstock.InParallel).Validate(nil) != nil) // without stage locks nothing can be brought back
	// Output: <nil> true
}

// A value is a literal or a variable; both keep their type.
func ExampleLit() {
	replicas := penstock.NewPipelineVariable[int]("Replicas").Default(3).Describe("of the shop, in each region")
	canary := Deploy{Environment: "eu", Replicas: penstock.Lit(1), Image: image.In()}
	region := Deploy{Environment: "eu", Replicas: replicas.Value(), Image: image.In()}
	fmt.Println(canary.Replicas.Get(), region.Replicas.Get()) // a variable has its value once the action runs
	// Output: 1 0
}

// Pack is an action that takes a tree of files in, and puts one file out.
type Pack struct {
	Code   penstock.Input[penstock.Tree]
	Bundle penstock.Output[penstock.File]
}

func (Pack) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Pack", Version: "1"}
}

func ExampleTree() {
	pack := func(ctx context.Context, call *penstock.Call[Pack]) error {
		dir, err := os.MkdirTemp("", "pack-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		tree, err := call.Config.Code.Load(ctx, call)
		if err != nil {
			return err
		}
		if err := tree.Unpack(ctx, dir); err != nil {
			return err
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return err
		}
		bundle := strings.NewReader(fmt.Sprint(len(files), " files"))
		return call.Config.Bundle.Store(ctx, call, penstock.FileFrom(bundle)) // any reader: it is streamed
	}
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, pack)
	fmt.Println(actions.Types())
	// Output: [Build/Custom/Pack/1]
}

// Rollout goes on elsewhere for hours; meanwhile nothing waits here, and a restart does no harm.
type Rollout struct{ Environment string }

func (Rollout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Rollout", Version: "1"}
}

func ExamplePending() {
	rollout := func(_ context.Context, call *penstock.Call[Rollout]) error {
		switch call.Resume {
		case "": // the first run begins the work, and names it for the runs that follow
			return penstock.Pending(30*time.Second, "ticket-7")
		case "ticket-7":
			return nil
		default:
			return penstock.Permanent(fmt.Errorf("nobody knows %s", call.Resume))
		}
	}
	first := &penstock.Call[Rollout]{Config: Rollout{Environment: "eu"}} // a Call that no engine made is good for unit tests
	fmt.Println(rollout(context.Background(), first) != nil)
	second := &penstock.Call[Rollout]{Config: Rollout{Environment: "eu"}, Resume: "ticket-7"}
	fmt.Println(rollout(context.Background(), second))
	// Output:
	// true
	// <nil>
}
