package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
	programs "github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/actions/invoke"
	"github.com/penstock-dev/penstock/actions/s3dir"
)

// works are the engine with what it can run by itself.
type works struct {
	*penstock.Engine
	served []string // types
	fresh  bool     // nothing was defined when it began
	poller *s3dir.Poller
	log    *slog.Logger
}

func newWorks(d *data, o serveOptions, values penstock.SecretResolver, log *slog.Logger) (*works, error) {
	w, invoker := &works{log: log}, &invoke.Invoker{}
	buckets := s3dir.Options{Root: d.path("s3")}
	var actions penstock.Actions
	programs.RegisterCommands(&actions, programs.Options{Root: d.path("work")})
	s3dir.Register(&actions, buckets)
	penstock.Register(&actions, invoker)
	w.served = actions.Types()
	var err error
	w.Engine, err = penstock.NewEngine(penstock.Config{
		Actions: &actions, State: d.state, Artifacts: d.artifacts, Logs: d.logs, Secrets: values, Slots: o.slots,
		Judging: penstock.Judging{Region: o.region}, DrainTimeout: max(o.drain, time.Millisecond), Logger: log,
	})
	if err != nil {
		return nil, err
	}
	there, err := w.Pipelines(context.Background(), penstock.PipelineQuery{Limit: 1})
	if err != nil {
		return nil, err
	}
	w.fresh, invoker.Engine = len(there.Pipelines) == 0, w.Engine
	w.poller = &s3dir.Poller{Options: buckets, Engine: w.Engine, Logger: log}
	return w, nil
}

// nobody reports whether no worker here, and none that polls, runs a type.
func (w *works) nobody(of string) bool {
	ours := strings.Contains(of, "/"+string(penstock.OwnerCustom)+"/") || strings.HasPrefix(of, string(penstock.CategoryApproval)+"/")
	return !ours && !slices.Contains(w.served, of)
}

// Do carries out a command, and says which actions of a new definition nobody here will run.
func (w *works) Do(ctx context.Context, c penstock.Command) (penstock.Reply, error) {
	reply, err := w.Engine.Do(ctx, c)
	if applied, ok := c.(penstock.ApplyPipeline); ok && err == nil {
		for _, a := range actionsOf(applied.Pipeline) {
			if w.nobody(a.kind) {
				w.log.Warn("an action will wait: nobody here runs its type", "pipeline", applied.Pipeline.Name(), "action", a.name, "type", a.kind)
			}
		}
	}
	return reply, err
}

// State has an action that waits for a worker say so, where none is going to come by itself.
func (w *works) State(ctx context.Context, pipeline string) (penstock.PipelineState, error) {
	state, err := w.Engine.State(ctx, pipeline)
	for _, stage := range state.Stages {
		for i := range stage.Actions {
			a := &stage.Actions[i]
			if a.Status == penstock.StatusInProgress && a.Run == 0 && a.Summary == "" && w.nobody(a.Type) {
				a.Summary = "Waits: nobody here runs " + a.Type
			}
		}
	}
	return state, err
}
