//go:build unix

package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

// A Commands action is stored as CodePipeline stores it.
func ExampleCommands() {
	build := penstock.NewAction("Package", command.Commands{
		Commands:    []string{"VERSION=$(cat VERSION)", "make dist/program-$VERSION"},
		Environment: map[string]string{"CC": "gcc"},
		Outputs:     []string{"VERSION"},
		Inputs:      []penstock.Input[penstock.Tree]{code.In()},
		Artifact:    packages.Out(),
		Files:       []string{"dist/**"},
	})
	text, err := json.Marshal(penstock.NewPipeline("release",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Code: code.Out()})),
		penstock.NewStage("Build", build),
	))
	if err != nil {
		log.Fatal(err)
	}
	var stored struct {
		Stages []struct{ Actions []json.RawMessage }
	}
	var indented bytes.Buffer
	err = errors.Join(json.Unmarshal(text, &stored), json.Indent(&indented, stored.Stages[1].Actions[0], "", " "))
	fmt.Println(indented.String(), err)
	// Output:
	// {
	//  "name": "Package",
	//  "actionTypeId": {
	//   "category": "Compute",
	//   "owner": "AWS",
	//   "provider": "Commands",
	//   "version": "1"
	//  },
	//  "runOrder": 1,
	//  "configuration": {},
	//  "commands": [
	//   "VERSION=$(cat VERSION)",
	//   "make dist/program-$VERSION"
	//  ],
	//  "environmentVariables": [
	//   {
	//    "name": "CC",
	//    "value": "gcc",
	//    "type": "PLAINTEXT"
	//   }
	//  ],
	//  "outputVariables": [
	//   "VERSION"
	//  ],
	//  "outputArtifacts": [
	//   {
	//    "name": "packages",
	//    "files": [
	//     "dist/**"
	//    ]
	//   }
	//  ],
	//  "inputArtifacts": [
	//   {
	//    "name": "code"
	//   }
	//  ]
	// } <nil>
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
