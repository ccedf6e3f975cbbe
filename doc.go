// Package penstock answers one question: how is a release described in Go, run, and operated?
//
// A release is a pipeline, a value composed by plain functions. Stages follow each other; a stage holds actions, run in sequence or in
// parallel. Its semantics are those of AWS CodePipeline, and so is its JSON:
//
//	var image = penstock.NewArtifact[Image]("image")
//
//	penstock.NewPipeline("storefront",
//		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()})),
//		penstock.NewStage("Build", penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()}).Retry(2)),
//		penstock.NewStage("SignOff", penstock.NewApproval("Release").Expires(7*24*time.Hour)),
//		penstock.NewStage("Production", penstock.NewAction("Deploy", Deploy{Image: image.In()})).OnFailure(penstock.RollBack()),
//	).Mode(penstock.Queued)
//
// Every builder answers a changed copy, so that parts can be shared, and loops and helper functions need nothing special. Nothing
// in it fails or panics: Pipeline.Validate, and whatever takes a pipeline, reports all of its problems at once.
//
// # Actions
//
// An action has two halves. The stored half is a struct with an ActionType method: see ActionConfig. The live half, a Runner, has the
// clients that the work needs; Register joins them. A Call is what a Runner is told and how it answers; Pending frees the worker
// while the work goes on elsewhere.
//
// Work that nobody here can be called to do is left to job workers: RegisterJob instead of Register. They poll, acknowledge and answer: see
// Engine.PollJobs.
// # Conditions
//
// A stage can be asked something before it is entered, when its actions have succeeded, and when it has failed:
//
//	penstock.NewStage("Production", deploy).
//		BeforeEntry(penstock.Require(penstock.NewRule("Office", penstock.DeploymentWindow{Cron: "* * 9-16 ? * MON-FRI"}).Within(72 * time.Hour))).
//		OnSuccess(penstock.RollBackUnless(penstock.NewRule("Errors", ErrorBudget{Service: "shop"})))
//
// A rule type of your own is made like an action type: its ActionType has CategoryRule, and Register joins it to a Runner. The rule succeeds when
// Run answers nil. VariableCheck and DeploymentWindow are decided by the engine; rules of AWS run where somebody serves their type.
//
// An action type is declared, or no pipeline can have it: by AWS, by whoever registers it, or by Engine.CreateActionType. It need not be
// served: an action that no worker serves now waits.
//
// # Configurations
//
// Each exported field of a configuration is stored as one entry of text, under its name or under that of its tag, as in
//
//	Overlay penstock.Input[penstock.Tree] `penstock:"Overlay,optional"`
//
// The tag "-" leaves a field out; the fields of an embedded struct count as the configuration's own; zero values are absent.
//
//   - string, bool, integers, floats and time.Duration are stored as such text; a pointer to one tells absent from zero
//   - types with MarshalText and UnmarshalText are stored as that text
//   - Input and Output are artifacts; []Input is any number of them. One that is not a list must be wired unless tagged optional
//   - Value is a literal or a reference to a variable; in a string, #{namespace.key} is such a reference too
//   - Secret is a reference to a secret, which is resolved where the action runs
//   - structs, maps, slices and arrays are stored as one JSON text; they may hold a Secret, but no Input, Output or Value
//
// An entry that no field belongs to is an error, when a pipeline is validated and when the action runs.
package penstock
