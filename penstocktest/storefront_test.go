package penstocktest_test

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock"
)

// The release of docs and README: a storefront that is built, signed off and deployed to regions.

type Image struct{ Digest string }

var (
	code  = penstock.NewArtifact[string]("code")
	image = penstock.NewArtifact[Image]("image")
)

type Checkout struct {
	URL, Branch string
	Code        penstock.Output[string]
}

func (Checkout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "AcmeGit", Version: "1"}
}

type Build struct {
	Code  penstock.Input[string]
	Image penstock.Output[Image]
}

func (Build) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "AcmeBuild", Version: "1"}
}

type GoTest struct {
	Code     penstock.Input[string]
	Packages string
}

func (GoTest) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "GoTest", Version: "1"}
}

// Deploy is an action type: its exported fields are its stored configuration.
type Deploy struct {
	Environment string
	Image       penstock.Input[Image]
}

func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "AcmeDeploy", Version: "1"}
}

// Deployer is what runs it; it owns clients and is never serialised.
type Deployer struct {
	Rollout func(ctx context.Context, environment, digest string) (done bool, err error)
}

func (d *Deployer) Run(ctx context.Context, call *penstock.Call[Deploy]) error {
	img, err := call.Config.Image.Load(ctx, call)
	if err != nil {
		return err
	}
	done, err := d.Rollout(ctx, call.Config.Environment, img.Digest)
	if err == nil && !done {
		return penstock.Pending(30*time.Second, "") // frees the worker; survives a restart
	}
	return err // penstock.Permanent(err) is never retried
}

func Storefront(regions ...string) penstock.Pipeline {
	deploys := make([]penstock.Node, len(regions))
	for i, region := range regions {
		deploys[i] = penstock.NewAction(region, Deploy{Environment: region, Image: image.In()}).Timeout(time.Hour)
	}
	return penstock.NewPipeline("storefront",
		penstock.NewStage("Source",
			penstock.NewAction("Checkout", Checkout{URL: "https://git.example/storefront", Branch: "main", Code: code.Out()}),
		),
		penstock.NewStage("Build",
			penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()}).Retry(2),
			penstock.Parallel(
				penstock.NewAction("Unit", GoTest{Code: code.In(), Packages: "./..."}),
				penstock.NewAction("EndToEnd", GoTest{Code: code.In(), Packages: "./e2e/..."}),
			),
		),
		penstock.NewStage("SignOff", penstock.NewApproval("Release").Expires(7*24*time.Hour)),
		penstock.NewStage("Production", penstock.Parallel(deploys...).Limit(2)).OnFailure(penstock.RollBack()),
	).Mode(penstock.Queued)
}

// fakes stand for Acme's systems: a rollout that is not done when first asked.
func fakes() *penstock.Actions {
	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[Checkout](func(ctx context.Context, call *penstock.Call[Checkout]) error {
		return call.Config.Code.Store(ctx, call, "tree at "+call.RequestedRevision)
	}))
	penstock.Register(&actions, penstock.RunnerFunc[Build](func(ctx context.Context, call *penstock.Call[Build]) error {
		tree, err := call.Config.Code.Load(ctx, call)
		if err != nil {
			return err
		}
		return call.Config.Image.Store(ctx, call, Image{Digest: "image of " + tree})
	}))
	penstock.Register(&actions, penstock.RunnerFunc[GoTest](func(context.Context, *penstock.Call[GoTest]) error { return nil }))
	asked := map[string]bool{}
	penstock.Register(&actions, &Deployer{Rollout: func(_ context.Context, environment, digest string) (bool, error) {
		done := asked[environment+digest]
		asked[environment+digest] = true
		return done, nil
	}})
	return &actions
}
