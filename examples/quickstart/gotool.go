package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock-dev/penstock"
)

// GoVet runs go vet on a package of the code.
type GoVet struct {
	Code    penstock.Input[penstock.Tree]
	Package string
}

// ActionType is the name by which stored pipelines know the action.
func (GoVet) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "GoVet", Version: "1"}
}

func goVet(ctx context.Context, call *penstock.Call[GoVet]) error {
	return inTree(ctx, call, call.Config.Code, func(dir string) error {
		return runLogged(goCommand(ctx, dir, "vet", call.Config.Package), call.Log())
	})
}

// GoTest runs the tests of a package of the code.
type GoTest struct {
	Code    penstock.Input[penstock.Tree]
	Package string
}

// ActionType is the name by which stored pipelines know the action.
func (GoTest) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "GoTest", Version: "1"}
}

func goTest(ctx context.Context, call *penstock.Call[GoTest]) error {
	return inTree(ctx, call, call.Config.Code, func(dir string) error {
		return runLogged(goCommand(ctx, dir, "test", "-count=1", call.Config.Package), call.Log())
	})
}

// GoBuild builds a main package of the code.
type GoBuild struct {
	Code    penstock.Input[penstock.Tree]
	Package string
	Version string // what the program's variable main.version is set to, if it has one
	Program penstock.Output[penstock.File]
}

// ActionType is the name by which stored pipelines know the action.
func (GoBuild) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "GoBuild", Version: "1"}
}

func goBuild(ctx context.Context, call *penstock.Call[GoBuild]) error {
	return inTree(ctx, call, call.Config.Code, func(dir string) error {
		out := filepath.Join(dir, ".quickstart")               // go does not look into it
		cmd := goCommand(ctx, dir, "build", "-buildvcs=false", // the copy is in no repository
			"-ldflags=-X main.version="+call.Config.Version, "-o", out+string(filepath.Separator), call.Config.Package)
		if err := runLogged(cmd, call.Log()); err != nil {
			return err
		}
		built, err := filepath.Glob(filepath.Join(out, "*"))
		if err != nil || len(built) != 1 {
			return errors.Join(err, fmt.Errorf("%s is %d programs; a release is one", call.Config.Package, len(built)))
		}
		file, err := os.Open(built[0])
		if err != nil {
			return err
		}
		defer file.Close()
		return errors.Join(
			call.SetVariable("name", filepath.Base(built[0])),
			call.Config.Program.Store(ctx, call, penstock.FileFrom(file)),
		)
	})
}

// inTree works in a copy of the code that is gone afterwards: actions share nothing but artifacts, so they may run on different machines.
func inTree(ctx context.Context, call penstock.Scope, code penstock.Input[penstock.Tree], work func(dir string) error) (err error) {
	tree, err := code.Load(ctx, call)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "quickstart-code-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := tree.Unpack(ctx, dir); err != nil {
		return err
	}
	return work(dir)
}

// goCommand is a go command on the code and nothing else: a go.work counts only if it is a part of it.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	workspace := filepath.Join(dir, "go.work")
	if _, err := os.Stat(workspace); err != nil {
		workspace = "off"
	}
	cmd.Env = append(cmd.Environ(), "GOWORK="+workspace)
	return cmd
}
