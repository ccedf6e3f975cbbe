// Hello is the smallest whole release: a source that fetches a greeting and a deploy that delivers it, run to its end in memory. An action is a
// struct, which a pipeline stores, and a function, which does the work; an artifact joins one action to the next.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// Fetch is a source action: its exported fields are its settings.
type Fetch struct {
	Greeting penstock.Output[string]
}

// ActionType is the name that stored pipelines know it by.
func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

func fetch(ctx context.Context, call *penstock.Call[Fetch]) error {
	return call.Config.Greeting.Store(ctx, call, "Hello")
}

// Deliver is a deploy action.
type Deliver struct {
	To       string
	Greeting penstock.Input[string]
}

// ActionType is the name that stored pipelines know it by.
func (Deliver) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Deliver", Version: "1"}
}

func deliver(ctx context.Context, call *penstock.Call[Deliver]) error {
	greeting, err := call.Config.Greeting.Load(ctx, call)
	if err == nil {
		fmt.Printf("%s, %s!\n", greeting, call.Config.To)
	}
	return err
}

// Hello is the release.
func Hello() penstock.Pipeline {
	greeting := penstock.NewArtifact[string]("greeting")
	return penstock.NewPipeline("hello",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Greeting: greeting.Out()})),
		penstock.NewStage("Deploy", penstock.NewAction("Deliver", Deliver{To: "world", Greeting: greeting.In()})),
	)
}

func main() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetch)
	penstock.RegisterFunc(&actions, deliver)

	engine, err := penstock.NewEngine(penstock.Config{Actions: &actions}) // without a store: all in memory
	if err != nil {
		log.Fatal(err)
	}
	err = engine.RunWhile(context.Background(), func(ctx context.Context) error {
		applied, err := engine.Apply(ctx, Hello()) // a new pipeline starts its first execution
		if err != nil {
			return err
		}
		release, err := engine.Wait(ctx, "hello", applied.Execution)
		fmt.Println("The release has", release.Status)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
}
