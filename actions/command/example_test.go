//go:build unix

package command_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
)

// Checkout is a source; see package git for a real one.
type Checkout struct {
	Code penstock.Output[penstock.Tree]
}

func (Checkout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Checkout", Version: "1"}
}

func checkout(ctx context.Context, call *penstock.Call[Checkout]) error {
	dir, err := os.MkdirTemp("", "checkout-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "VERSION"), []byte("1.2.3\n"), 0o644); err != nil {
		return err
	}
	return call.Config.Code.Store(ctx, call, penstock.TreeAt(dir))
}

var (
	code     = penstock.NewArtifact[penstock.Tree]("code")
	packages = penstock.NewArtifact[penstock.Tree]("packages")
	version  = penstock.NewVariable[string]("Build", "VERSION")
)

// Release builds with a few lines of shell, and runs a program on what they made.
func Release() penstock.Pipeline {
	return penstock.NewPipeline("release",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Code: code.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Package", command.Run{
			Script: `
				VERSION=$(cat VERSION)
				mkdir dist
				echo "the program" >dist/program-$VERSION
			`,
			Inputs:  []penstock.Input[penstock.Tree]{code.In()},
			Exports: []string{"VERSION"},
			Files:   []string{"dist/*"},
			Output:  packages.Out(),
		}).Namespace("Build")),
		penstock.NewStage("Check", penstock.NewAction("Show", command.Run{
			Argv:   []string{"cat", "dist/program-" + version.String()},
			Inputs: []penstock.Input[penstock.Tree]{packages.In()},
		})),
	)
}

func Example() {
	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[Checkout](checkout))
	root, err := os.MkdirTemp("", "commands-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	command.Register(&actions, command.Options{Root: root})

	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error)
	go func() { running <- eng.Run(ctx) }()
	applied, err := eng.Apply(ctx, Release())
	if err != nil {
		log.Fatal(err)
	}
	x, err := eng.Wait(ctx, "release", applied.Execution)
	if err != nil {
		log.Fatal(err)
	}
	ended, err := eng.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "release", Execution: applied.Execution})
	if err != nil {
		log.Fatal(err)
	}
	for _, action := range ended.Actions {
		if action.Action == "Show" {
			output, err := eng.Log(ctx, penstock.LogQuery{ActionExecution: action.ID, Run: 1})
			if err != nil {
				log.Fatal(err)
			}
			fmt.Print(string(output.Data))
		}
	}
	fmt.Println(x.Status)
	stop()
	if err := <-running; err != nil {
		log.Fatal(err)
	}
	// Output:
	// $ cat dist/program-1.2.3
	// the program
	// Succeeded
}
