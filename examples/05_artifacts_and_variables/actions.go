package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/penstock-dev/penstock"
)

// Checkout puts out a directory of files.
type Checkout struct {
	Site penstock.Output[penstock.Tree]
}

// ActionType is the name that stored pipelines know it by.
func (Checkout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Checkout", Version: "1"}
}

func checkout(ctx context.Context, call *penstock.Call[Checkout]) error {
	dir, err := os.MkdirTemp("", "checkout-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"index.html": "Welcome", "prices.html": "3 each"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return errors.Join(
		call.SetRevision(penstock.Revision{ID: "a1b2c3", Summary: "Lower the prices"}),
		call.Config.Site.Store(ctx, call, penstock.TreeAt(dir)),
	)
}

// Pack makes one file of a tree, and a report; its output variables are Version and Pages.
type Pack struct {
	Version string
	Site    penstock.Input[penstock.Tree]
	Bundle  penstock.Output[penstock.File]
	Report  penstock.Output[Report]
}

// Report is an artifact's content as JSON.
type Report struct{ Files []string }

// ActionType is the name that stored pipelines know it by.
func (Pack) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Pack", Version: "1"}
}

func pack(ctx context.Context, call *penstock.Call[Pack]) error {
	dir, err := os.MkdirTemp("", "pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	site, err := call.Config.Site.Load(ctx, call)
	if err != nil {
		return err
	}
	if err := site.Unpack(ctx, dir); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		return err
	}
	report := Report{}
	for _, file := range files {
		report.Files = append(report.Files, filepath.Base(file))
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	if err := errors.Join(archive.AddFS(os.DirFS(dir)), archive.Close()); err != nil {
		return err
	}
	return errors.Join(
		call.SetVariable("Version", call.Config.Version),
		call.SetVariable("Pages", len(files)),
		call.Config.Report.Store(ctx, call, report),
		call.Config.Bundle.Store(ctx, call, penstock.FileFrom(&packed)), // any reader: it is streamed
	)
}

// Publish takes both in. Its Name and Pages are made of variables when it starts.
type Publish struct {
	Name   string
	Pages  penstock.Value[int]
	Bundle penstock.Input[penstock.File]
	Report penstock.Input[Report]
	Banner penstock.Input[string] `penstock:"Banner,optional"` // may be left unwired
}

// ActionType is the name that stored pipelines know it by.
func (Publish) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Publish", Version: "1"}
}

func publish(ctx context.Context, call *penstock.Call[Publish]) error {
	report, err := call.Config.Report.Load(ctx, call)
	if err != nil {
		return err
	}
	bundle, err := call.Config.Bundle.Load(ctx, call)
	if err != nil {
		return err
	}
	content, err := bundle.Open(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	n, err := io.Copy(io.Discard, content) // an error where the content is not what was stored
	if err == nil {
		fmt.Printf("publishing %s: %d pages %v, whole: %t, with a banner: %t\n",
			call.Config.Name, call.Config.Pages.Get(), report.Files, n == bundle.Size(), call.Config.Banner.Wired())
	}
	return err
}
