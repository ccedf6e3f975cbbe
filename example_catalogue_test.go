package penstock_test

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// A type is declared while engines run; job workers, who poll for it, do its work.
func ExampleEngine_CreateActionType() {
	eng, err := penstock.NewEngine(penstock.Config{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := penstock.WithActor(context.Background(), "ana")
	scan := penstock.CustomActionType{
		Category: penstock.CategoryTest, Provider: "Scan", Version: "1", Inputs: penstock.ArtifactCount{Min: 1, Max: 1},
		Properties: []penstock.ActionTypeProperty{{Name: "Token", Required: true, Secret: true}},
	}
	if err := eng.CreateActionType(ctx, scan); err != nil {
		log.Fatal(err)
	}
	page, err := eng.ActionTypes(ctx, penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
	if err != nil {
		log.Fatal(err)
	}
	for _, found := range page.Types {
		fmt.Println(found.Type, "served here:", found.Served)
	}
	fmt.Println(eng.DeleteActionType(ctx, penstock.CategoryTest, "Scan", "1"))
	// Output:
	// Test/Custom/Scan/1 served here: true
	// <nil>
}

// Who changed the release, and how?
func ExampleEngine_PipelineVersions() {
	operating(Release("shop"), well, func(ctx context.Context, eng *penstock.Engine) error {
		changed := Release("shop").Mode(penstock.Queued)
		if _, err := eng.Apply(penstock.WithActor(ctx, "ana"), changed); err != nil {
			return err
		}
		page, err := eng.PipelineVersions(ctx, penstock.PipelineVersionQuery{Pipeline: "shop", Limit: 1})
		for _, v := range page.Versions {
			fmt.Println("version", v.Version, "by", v.Author)
			for _, change := range v.Changes {
				fmt.Println(change)
			}
		}
		return err
	})
	// Output:
	// version 2 by ana
	// shop (executionMode): SUPERSEDED → QUEUED
}

func ExampleEngine_Tag() {
	operating(Release("shop"), well, func(ctx context.Context, eng *penstock.Engine) error {
		if err := eng.Tag(ctx, "shop", map[string]string{"team": "web"}); err != nil {
			return err
		}
		page, err := eng.Pipelines(ctx, penstock.PipelineQuery{})
		for _, p := range page.Pipelines {
			fmt.Println(p.Name, p.Version, p.Mode, p.Tags)
		}
		return err
	})
	// Output:
	// shop 1 SUPERSEDED map[team:web]
}

func ExampleDiff() {
	ship := func(to string) penstock.Node {
		return penstock.NewAction(to, Ship{To: to, Build: website.In()})
	}
	pipeline := func(production ...penstock.Node) penstock.Pipeline {
		return penstock.NewPipeline("website",
			penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
			penstock.NewStage("Production", production...))
	}
	for _, change := range penstock.Diff(pipeline(ship("eu")), pipeline(penstock.Parallel(ship("eu"), ship("us")).Limit(1))) {
		fmt.Println(change)
	}
	// Output:
	// website/Production/us: added Deploy/Custom/Ship/1
	// website/Production (penstock.tree): added Parallel(eu, us; 1 at once)
}
