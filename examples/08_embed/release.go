package main

import (
	"context"
	"errors"

	"github.com/penstock-dev/penstock"
)

// Fetch is the source.
type Fetch struct{ Build penstock.Output[string] }

// ActionType is the name that stored pipelines know it by.
func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

func fetch(ctx context.Context, call *penstock.Call[Fetch]) error {
	return errors.Join(
		call.SetRevision(penstock.Revision{ID: call.RequestedRevision}),
		call.Config.Build.Store(ctx, call, call.RequestedRevision),
	)
}

// Ship is the deploy action.
type Ship struct{ Build penstock.Input[string] }

// ActionType is the name that stored pipelines know it by.
func (Ship) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Ship", Version: "1"}
}

func ship(ctx context.Context, call *penstock.Call[Ship]) error {
	build, err := call.Config.Build.Load(ctx, call)
	call.Summary("shipped " + build)
	return err
}

// Release is what the service releases.
func Release() penstock.Pipeline {
	build := penstock.NewArtifact[string]("build")
	return penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Build: build.Out()})),
		penstock.NewStage("SignOff", penstock.NewApproval("Release")),
		penstock.NewStage("Production", penstock.NewAction("Ship", Ship{Build: build.In()})),
	).Mode(penstock.Queued)
}
