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

// Deploy brings a build into an environment.
type Deploy struct {
	To    string
	Build penstock.Input[string]
}

// ActionType is the name that stored pipelines know it by.
func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Deploy", Version: "1"}
}

// deployer fails to reach production once, and never gets done with a build that is stuck.
type deployer struct{ outages int }

func (d *deployer) Run(ctx context.Context, call *penstock.Call[Deploy]) error {
	build, err := call.Config.Build.Load(ctx, call)
	switch {
	case err != nil:
		return err
	case build == "stuck":
		<-ctx.Done() // it minds the context, so that whoever abandons it gets the stage back at once
		return ctx.Err()
	case call.Config.To == "production" && d.outages > 0:
		d.outages--
		return errors.New("the database is being upgraded")
	}
	return nil
}

// Release goes to staging, and with somebody's approval to production.
func Release() penstock.Pipeline {
	build := penstock.NewArtifact[string]("build")
	deploy := func(to string) penstock.Action {
		return penstock.NewAction("Deploy", Deploy{To: to, Build: build.In()})
	}
	return penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Build: build.Out()})),
		penstock.NewStage("Staging", deploy("staging"), penstock.NewApproval("Release").Note("Is staging well?")),
		penstock.NewStage("Production", deploy("production")),
	).Mode(penstock.Queued)
}
