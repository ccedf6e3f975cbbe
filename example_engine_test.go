package penstock_test

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// Fetch and Ship are two action types: their fields are what a pipeline stores.
type Fetch struct {
	Branch string
	Build  penstock.Output[string]
}

func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

type Ship struct {
	To    string
	Build penstock.Input[string]
}

func (Ship) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Ship", Version: "1"}
}

var website = penstock.NewArtifact[string]("build")

// Website is the release: fetch, then ship to every region at once.
func Website(regions ...string) penstock.Pipeline {
	var ships []penstock.Node
	for _, region := range regions {
		ships = append(ships, penstock.NewAction(region, Ship{To: region, Build: website.In()}).Retry(2))
	}
	return penstock.NewPipeline("website",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("Production", penstock.Parallel(ships...)),
	)
}

func fetchBuild(ctx context.Context, call *penstock.Call[Fetch]) error {
	return call.Config.Build.Store(ctx, call, "the build of "+call.Config.Branch)
}

func ship(ctx context.Context, call *penstock.Call[Ship]) error {
	what, err := call.Config.Build.Load(ctx, call)
	if err == nil {
		fmt.Println("shipping", what, "to", call.Config.To)
	}
	return err
}

func Example() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetchBuild)
	penstock.RegisterFunc(&actions, ship)

	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error)
	go func() { running <- eng.Run(ctx) }()

	applied, err := eng.Apply(ctx, Website("eu", "us")) // a new pipeline starts its first execution
	if err != nil {
		log.Fatal(err)
	}
	x, err := eng.Wait(ctx, "website", applied.Execution)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the release has", x.Status)
	stop()
	if err := <-running; err != nil { // drained
		log.Fatal(err)
	}
	// Unordered output:
	// shipping the build of main to eu
	// shipping the build of main to us
	// the release has Succeeded
}
