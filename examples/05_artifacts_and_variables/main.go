// Artifacts and variables passes a tree of files, a single file and a typed value from action to action, and small values by variables: of the
// pipeline, of its actions, and of the execution. What is wired wrongly does not compile; what cannot be otherwise is found before anything runs.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// What goes from action to action: typed names.
var (
	site   = penstock.NewArtifact[penstock.Tree]("site")
	bundle = penstock.NewArtifact[penstock.File]("bundle")
	report = penstock.NewArtifact[Report]("report")

	channel = penstock.NewPipelineVariable[string]("Channel").Default("beta").Describe("who gets it")
	version = penstock.NewVariable[string]("pack", "Version") // of the action with the namespace "pack"
	pages   = penstock.NewVariable[int]("pack", "Pages")
)

// Release packs a site and publishes it.
func Release() penstock.Pipeline {
	return penstock.NewPipeline("site",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Site: site.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Pack", Pack{
			Version: "1.4-" + channel.String(), // in a text, a variable is part of the text
			Site:    site.In(), Bundle: bundle.Out(), Report: report.Out(),
		}).Namespace("pack")),
		penstock.NewStage("Deploy", penstock.NewAction("Publish", Publish{
			Name:  "shop-" + version.String(),
			Pages: pages.Value(), // elsewhere it keeps its type
			// Bundle: site.In() would not compile: a tree is no file.
			Bundle: bundle.In(), Report: report.In(),
		})),
	).Variables(channel)
}

// Hasty publishes what nobody has packed.
func Hasty() penstock.Pipeline {
	return penstock.NewPipeline("hasty",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Site: site.Out()})),
		penstock.NewStage("Deploy", penstock.NewAction("Publish", Publish{
			Name: "shop-" + version.String(), Pages: penstock.Lit(2), Bundle: bundle.In(), Report: report.In(),
		})),
	)
}

func actions() *penstock.Actions {
	var a penstock.Actions
	penstock.RegisterFunc(&a, checkout)
	penstock.RegisterFunc(&a, pack)
	penstock.RegisterFunc(&a, publish)
	return &a
}

func main() {
	fmt.Println(Hasty().Validate(actions())) // all problems at once
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	engine, err := penstock.NewEngine(penstock.Config{Actions: actions()})
	if err != nil {
		return err
	}
	return engine.RunWhile(context.Background(), func(ctx context.Context) error { return releases(ctx, engine) })
}

// releases releases to the channel that is the default, and then to another one.
func releases(ctx context.Context, engine *penstock.Engine) error {
	applied, err := engine.Apply(ctx, Release())
	if err != nil {
		return err
	}
	x, err := engine.Wait(ctx, "site", applied.Execution)
	if err != nil {
		return err
	}
	for _, artifact := range x.Artifacts {
		fmt.Println(" ", artifact.Name, "is", artifact.MediaType)
	}
	start := penstock.StartExecution{Pipeline: "site", Variables: map[string]string{"Channel": "stable"}}
	started, err := engine.Do(ctx, start)
	if err != nil {
		return err
	}
	x, err = engine.Wait(ctx, "site", started.Execution)
	fmt.Println("  variables:", x.Variables, "revision:", x.Revisions["Checkout"].Summary)
	return err
}
