package penstock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock"
)

// What the examples release.

type Image struct{ Digest string }

var (
	code  = penstock.NewArtifact[penstock.Tree]("code")
	image = penstock.NewArtifact[Image]("image")
)

type Checkout struct {
	Branch string
	Code   penstock.Output[penstock.Tree]
}

func (Checkout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "AcmeGit", Version: "1"}
}

type Build struct {
	Code  penstock.Input[penstock.Tree]
	Image penstock.Output[Image]
}

func (Build) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "AcmeBuild", Version: "1"}
}

// Deploy is the stored half of an action: its exported fields are its configuration.
type Deploy struct {
	Environment string
	Replicas    penstock.Value[int]
	Image       penstock.Input[Image]
}

func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "AcmeDeploy", Version: "1"}
}

// Deployer is the live half: it has the clients, and is never stored.
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
	return err
}

// source and build are the same in most examples: parts of a pipeline are values like any other.
func source() penstock.Stage {
	return penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()}))
}

func build() penstock.Stage {
	return penstock.NewStage("Build", penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()}).Retry(2))
}

func ExampleNewPipeline() {
	p := penstock.NewPipeline("storefront",
		source(),
		build(),
		penstock.NewStage("SignOff", penstock.NewApproval("Release").Expires(7*24*time.Hour)),
		penstock.NewStage("Production",
			penstock.NewAction("Deploy", Deploy{Environment: "production", Image: image.In()}).Timeout(time.Hour),
		).OnFailure(penstock.RollBack()),
	).Mode(penstock.Queued)

	fmt.Println(p.Name(), p.Validate(nil))
	// Output: storefront <nil>
}

// A region more is a loop more: groups take slices of nodes.
func ExampleParallel() {
	var deploys []penstock.Node
	for _, region := range []string{"eu", "us", "ap"} {
		deploys = append(deploys, penstock.Sequence(
			penstock.NewAction(region+"-canary", Deploy{Environment: region, Replicas: penstock.Lit(1), Image: image.In()}),
			penstock.NewAction(region, Deploy{Environment: region, Image: image.In()}),
		))
	}
	p := penstock.NewPipeline("storefront", source(), build(),
		penstock.NewStage("Production", penstock.Parallel(deploys...).Limit(2)),
	)
	fmt.Println(p.Validate(nil))
	// Output: <nil>
}

// All that is wrong is reported at once, and where.
func ExamplePipeline_Validate() {
	var actions penstock.Actions
	penstock.Register(&actions, &Deployer{})

	p := penstock.NewPipeline("storefront",
		source(),
		penstock.NewStage("Production",
			penstock.NewAction("Deploy", Deploy{Environment: "#{Build}"}),
			penstock.NewApproval("Late").Expires(time.Minute),
		),
	)
	err := p.Validate(&actions)
	fmt.Println(errors.Is(err, penstock.ErrInvalidDefinition))

	var problems penstock.Problems
	errors.As(err, &problems)
	for _, problem := range problems {
		fmt.Println(problem.Path, problem.Field)
	}
	// Output:
	// true
	// storefront/Production/Deploy configuration.Image
	// storefront/Production/Late timeoutInMinutes
	// storefront/Source/Checkout actionTypeId
	// storefront/Production/Deploy configuration.Environment
}

// A pipeline's JSON is CodePipeline's own.
func ExampleParsePipeline() {
	p, err := penstock.ParsePipeline([]byte(`{"name": "site", "stages": [
		{"name": "Source", "actions": [{
			"name": "Bucket", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
			"configuration": {"S3Bucket": "site", "S3ObjectKey": "site.zip"}, "outputArtifacts": [{"name": "site"}]}]},
		{"name": "Deploy", "actions": [{
			"name": "Upload", "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"},
			"configuration": {"BucketName": "www", "Extract": "true"}, "inputArtifacts": [{"name": "site"}]}]}
	]}`))
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(p.Validate(nil))
	data, err := json.Marshal(p.Mode(penstock.Queued))
	fmt.Println(len(data) > 0, err)

	_, err = penstock.ParsePipeline([]byte(`{"name": "site", "stage": []}`))
	fmt.Println(err)
	// Output:
	// <nil>
	// true <nil>
	// penstock: parse: pipeline.stage: unknown field; did you mean "stages"?
}

// Two calls that wire the wrong type do not compile: image.In() is no Input[penstock.Tree].
func ExampleNewArtifact() {
	chart := penstock.NewArtifact[penstock.Tree]("chart")
	fmt.Println(chart.Name(), chart.In().Wired(), penstock.Input[penstock.Tree]{}.Wired())
	// Output: chart true false
}

// A variable is a typed name: in a Value it stands alone, in a string it is part of the text.
func ExampleNewVariable() {
	commit := penstock.NewVariable[string]("Git", "CommitId")
	replicas := penstock.NewPipelineVariable[int]("Replicas").Default(3)

	p := penstock.NewPipeline("storefront",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()}).Namespace("Git")),
		build(),
		penstock.NewStage("Production", penstock.NewAction("Deploy", Deploy{
			Environment: "preview-" + commit.String(), Replicas: replicas.Value(), Image: image.In(),
		})),
	).Variables(replicas)

	fmt.Println(p.Validate(nil), commit, replicas)
	// Output: <nil> #{Git.CommitId} #{variables.Replicas}
}

// A condition stands at a gate of a stage.
func ExampleStage_BeforeEntry() {
	branch := penstock.NewVariable[string]("Git", "BranchName")
	skip := penstock.SkipUnless(penstock.NewRule("MainOnly", penstock.VariableCheck{
		Variable: branch.String(), Operator: penstock.OperatorEquals, Value: "main",
	}))
	p := penstock.NewPipeline("storefront",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()}).Namespace("Git")),
		build().BeforeEntry(skip).OnFailure(penstock.RetryStage(penstock.FailedActions)),
	)
	fmt.Println(p.Validate(nil))
	// Output: <nil>
}

func ExampleRegister() {
	var actions penstock.Actions
	penstock.Register(&actions, &Deployer{})
	penstock.Register(&actions, penstock.RunnerFunc[Build](func(ctx context.Context, call *penstock.Call[Build]) error {
		fmt.Fprintln(call.Log(), "building")
		return call.Config.Image.Store(ctx, call, Image{Digest: "sha256:1"})
	}))
	fmt.Println(actions.Types())
	// Output: [Build/Custom/AcmeBuild/1 Deploy/Custom/AcmeDeploy/1]
}

// A failure that no further try can mend is Permanent; an Error in it says with what code and what to do.
func ExamplePermanent() {
	err := penstock.Permanent(&penstock.Error{Code: "QuotaExceeded", Err: errors.New("the cluster is full"), Hint: "ask for a larger one"})
	fmt.Println(err)
	// Output: penstock: the cluster is full; ask for a larger one
}

// Codes are errors, for errors.Is.
func ExampleCode() {
	err := fmt.Errorf("cannot retry: %w", &penstock.Error{Code: penstock.ErrStageNotFound, Path: "storefront/Built"})
	fmt.Println(errors.Is(err, penstock.ErrStageNotFound), errors.Is(err, penstock.ErrNotFound), penstock.CodeOf(err))
	// Output: true true penstock: StageNotFound
}

func ExampleSecret() {
	type Notify struct{ Token penstock.Secret }
	fmt.Println(Notify{Token: penstock.Secret{Ref: "chat-token"}})
	// Output: {secret:chat-token}
}
