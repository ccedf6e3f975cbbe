package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	"github.com/penstock-dev/penstock"
)

// Deploy puts a program into production, which is a directory here: releases/RELEASE/NAME, with a link "current" to the release.
type Deploy struct {
	Program penstock.Input[penstock.File]
	Name    string // of the binary
	Release string
}

// ActionType is the name by which stored pipelines know the action.
func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Directory", Version: "1"}
}

// Deployer runs Deploy. It knows where production is; a pipeline does not, so the same one serves a test environment.
type Deployer struct{ Directory string }

// Run installs, switches, and checks. It may run again after a crash at any point: every step replaces what it finds, at one stroke.
func (d *Deployer) Run(ctx context.Context, call *penstock.Call[Deploy]) error {
	root, err := os.OpenRoot(d.Directory) // nothing outside of it is touched, whatever the names are
	if err != nil {
		return err
	}
	defer root.Close()
	c, scratch := call.Config, ".new-"+call.ActionExecution
	release := path.Join("releases", c.Release)
	content, err := c.Program.Load(ctx, call)
	if err != nil {
		return err
	}
	if err := install(ctx, root, content, scratch, path.Join(release, c.Name)); err != nil {
		return err
	}
	before, err := root.Readlink("current")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := point(root, "current", release, scratch); err != nil {
		return err
	}
	program := filepath.Join(d.Directory, "current", c.Name)
	if err := runLogged(exec.CommandContext(ctx, program, "-check"), call.Log()); err != nil {
		return errors.Join(err, point(root, "current", before, scratch))
	}
	call.Summary(program + " is well")
	return nil
}

// install writes a program under another name first, so that under its own there is never half of it.
func install(ctx context.Context, root *os.Root, content penstock.File, scratch, name string) error {
	from, err := content.Open(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	to, err := root.OpenFile(scratch, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		return errors.Join(err, root.Remove(scratch))
	}
	return root.Rename(scratch, name)
}

// point has a link lead to a target, or to nothing when the target is empty.
func point(root *os.Root, link, target, scratch string) error {
	if target == "" {
		return root.Remove(link)
	}
	if err := root.Remove(scratch); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := root.Symlink(target, scratch); err != nil {
		return err
	}
	return root.Rename(scratch, link)
}
