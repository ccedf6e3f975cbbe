// Durable keeps everything in SQLite and a directory: a process is killed in the middle of a build, and the next one ends what it began. Then
// somebody commits a change, which a poller notices, and the site is released anew. It needs git and a shell.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

func main() {
	run := demonstrate
	if len(os.Args) == 3 && os.Args[1] == "begin" { // as the process that is killed
		run = func() error { return begin(context.Background(), os.Args[2]) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func demonstrate() error {
	data, err := os.MkdirTemp("", "penstock-durable-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	if err := commitTitle(repository(data).URL, "Hello"); err != nil {
		return err
	}
	if err := beginAndKill(data); err != nil {
		return err
	}
	s, err := open(context.Background(), data)
	if err != nil {
		return err
	}
	err = s.RunWhile(context.Background(), func(ctx context.Context) error { return goOn(ctx, s, data) }) // takes up what was going on
	return errors.Join(err, s.Close())
}

func repository(data string) git.Source {
	return git.Source{URL: filepath.Join(data, "repository"), Branch: "main"}
}

// goOn waits for the end of what the first process began, and releases a change.
func goOn(ctx context.Context, s *station, data string) error {
	if _, err := s.Apply(ctx, Release(repository(data))); err != nil { // as every start of a service does: equal to what is stored, it changes nothing
		return err
	}
	if err := show(ctx, s, data); err != nil {
		return err
	}
	poller := git.Poller{Options: s.Git, Starter: git.ForEngine(s.Engine), Watches: func(context.Context) ([]git.Watch, error) {
		return []git.Watch{{Pipeline: "site", Action: "Checkout", Source: repository(data)}}, nil
	}}
	if err := commitTitle(repository(data).URL, "Welcome"); err != nil {
		return err
	}
	if err := poller.Poll(ctx); err != nil { // a service calls its Run
		return err
	}
	return show(ctx, s, data)
}

// show shows the newest release, once it has ended.
func show(ctx context.Context, s *station, data string) error {
	newest, err := s.Executions(ctx, penstock.ExecutionQuery{Pipeline: "site", Limit: 1})
	if err != nil {
		return err
	}
	x, err := s.Wait(ctx, "site", newest.Executions[0].ID)
	if err != nil {
		return err
	}
	ran, err := s.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "site", Execution: x.ID})
	if err != nil {
		return err
	}
	for _, a := range ran.Actions {
		if a.Run > 1 {
			fmt.Printf("%s was run %d times.\n", a.Action, a.Run)
		}
	}
	if x.Status != penstock.StatusSucceeded {
		return errors.New(x.Summary)
	}
	page, err := os.ReadFile(filepath.Join(data, "sites", "site", "current", "index.html"))
	fmt.Printf("Release #%d of %q has %s: %s", x.Number, x.Revisions["Checkout"].Summary, x.Status, page)
	return err
}
