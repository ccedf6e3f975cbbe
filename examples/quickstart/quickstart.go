package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/penstock-dev/penstock"
)

// quickstart is the program: what it talks to, and where it keeps its state.
type quickstart struct {
	in         *os.File
	out        io.Writer
	problems   io.Writer
	interrupts <-chan os.Signal
	openState  func(ctx context.Context, dir string) (state, error)
}

// patience is how long the first Ctrl-C waits for what runs: as long as the longest of the actions may take.
const patience = 15 * time.Minute

// run brings the newest commit into production, after whatever was cut off.
func (q *quickstart) run(o options) (err error) {
	repo, err := openRepository(o.Repository)
	if err != nil {
		return err
	}
	settings, err := repo.settings(o.Package)
	if err != nil {
		return err
	}
	if o.Data == "" {
		if o.Data, err = cacheFor(repo.root); err != nil {
			return err
		}
	}
	ctx, end := context.WithCancelCause(context.Background())
	defer end(nil)
	d, err := q.openData(ctx, o.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	d.state = impatient{d.state, end}
	screen := newScreen(q.out)
	engine, err := penstock.NewEngine(penstock.Config{
		Actions: actions(d), State: d.state, Artifacts: d.artifacts, Logs: d.logs,
		Logger: screen.logger(q.problems), DrainTimeout: patience,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(screen, "%s is at %s %s\n", repo.root, short(repo.head), repo.subject)
	if repo.dirty {
		fmt.Fprintln(screen, "The working tree has changes that are not committed: only the commit is released.")
	}
	s := &session{engine: engine, pipeline: Release(settings), head: repo.head, again: o.Again, screen: screen, approver: approver{in: q.in, out: q.problems}}
	life, over := context.WithCancel(context.Background())
	defer over()
	go s.heed(life, q.interrupts, end)
	err = s.bring(ctx)
	screen.draw(nil)
	if broken(ctx) {
		err = fmt.Errorf("%w; run this again then, and it goes on", context.Cause(ctx))
	}
	d.describe(screen, settings)
	return err
}
