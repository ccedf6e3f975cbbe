package main

import (
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/actions/deploy"
	"github.com/penstock-dev/penstock/actions/git"
)

// What travels from action to action. These are typed names: an action that takes in anything else does not compile.
var (
	code    = penstock.NewArtifact[penstock.Tree]("code")
	program = penstock.NewArtifact[penstock.Tree]("program")
	commit  = penstock.NewVariable[string]("source", "CommitId")
)

// checkout is the name of the source action: whoever starts a release says by it which commit.
const checkout = "Checkout"

// Settings are what differs from one repository to the next.
type Settings struct {
	Repository string // URL
	Package    string // as in ./cmd/shop
	Program    string // name of the program that the package is built to
}

// Release is the whole release. It is a value: release_test.go runs it on fakes, without git, Go or a clock.
func Release(s Settings) penstock.Pipeline {
	binary := "bin/" + s.Program
	return penstock.NewPipeline("quickstart",
		penstock.NewStage("Source",
			penstock.NewAction(checkout, git.Source{URL: s.Repository, Code: code.Out()}).Namespace("source"),
		),
		penstock.NewStage("Build", // the two checks at once, and then the program
			penstock.Parallel(
				penstock.NewAction("Vet", goTool("vet", s.Package)),
				penstock.NewAction("Test", goTool("test", "-count=1", s.Package)).Timeout(15*time.Minute),
			),
			penstock.NewAction("Compile", build(binary, s.Package)),
		),
		penstock.NewStage("SignOff",
			penstock.NewApproval("Approve").Note("Deploy "+s.Program+" "+commit.String()+"?"),
		),
		penstock.NewStage("Deploy",
			penstock.NewAction("Install", deploy.Directory{
				To: "production", Release: commit.String(), Tree: program.In(), Check: []string{binary},
			}),
		),
	).Mode(penstock.Queued)
}

// goTool is an action that runs the go command on the code.
func goTool(args ...string) command.Run {
	return command.Run{Argv: append([]string{"go"}, args...), Inputs: []penstock.Input[penstock.Tree]{code.In()}}
}

// build is goTool with a result: the program, which knows the commit that it was built from.
func build(binary, pkg string) command.Run {
	run := goTool("build", "-buildvcs=false", "-ldflags=-X main.version="+commit.String(), "-o", binary, pkg)
	run.Files, run.Output = []string{binary}, program.Out()
	return run
}
