package main

import (
	"time"

	"github.com/penstock-dev/penstock"
)

// What travels from action to action. These are typed names: an action that takes in anything else does not compile.
var (
	code    = penstock.NewArtifact[penstock.Tree]("code")
	program = penstock.NewArtifact[penstock.File]("program")
	commit  = penstock.NewVariable[string]("source", "commit")
	name    = penstock.NewVariable[string]("build", "name")
)

// checkoutAction is the name of the source action: whoever starts a release says by it which commit.
const checkoutAction = "Checkout"

// Settings are what differs from one repository to the next.
type Settings struct {
	Repository string // git directory
	Package    string // package to be vetted and tested
	Program    string // main package to be built and deployed
}

// Release is the whole release. It is a value: release_test.go runs it on fakes, without git, Go or a clock.
func Release(s Settings) penstock.Pipeline {
	return penstock.NewPipeline("quickstart",
		penstock.NewStage("Source",
			penstock.NewAction(checkoutAction, Checkout{Repository: s.Repository, Code: code.Out()}).Namespace("source"),
		),
		penstock.NewStage("Check", penstock.Parallel(
			penstock.NewAction("Vet", GoVet{Code: code.In(), Package: s.Package}),
			penstock.NewAction("Test", GoTest{Code: code.In(), Package: s.Package}).Timeout(15*time.Minute),
		)),
		penstock.NewStage("Build",
			penstock.NewAction("Compile", GoBuild{
				Code: code.In(), Package: s.Program, Version: commit.String(), Program: program.Out(),
			}).Namespace("build"),
		),
		penstock.NewStage("SignOff",
			penstock.NewApproval("Approve").Note("Deploy "+name.String()+" "+commit.String()+"."),
		),
		penstock.NewStage("Deploy",
			penstock.NewAction("Install", Deploy{Program: program.In(), Name: name.String(), Release: commit.String()}),
		),
	)
}
