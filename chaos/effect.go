package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
)

// Effect is an action that leaves a line in the ledger.
type Effect struct{}

// ActionType is Test/Custom/Effect/1.
func (Effect) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "Effect", Version: "1"}
}

// Fetch is a source that does the same.
type Fetch struct{}

// ActionType is Source/Custom/Fetch/1.
func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

// pipelines are one a mode. The program of a script has a child, so that there is a tree to be left behind.
func pipelines() (out []penstock.Pipeline) {
	for _, mode := range []penstock.ExecutionMode{penstock.Superseded, penstock.Queued, penstock.InParallel} {
		production := penstock.NewStage("Production", penstock.Parallel(
			penstock.NewAction("East", Effect{}).Retry(1), penstock.NewAction("West", Effect{}), penstock.NewAction("North", Effect{}),
		).Limit(2))
		if mode == penstock.Queued {
			production = production.OnFailure(penstock.RollBack())
		}
		out = append(out, penstock.NewPipeline(string(mode),
			penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{})),
			penstock.NewStage("Build", penstock.NewAction("Compile", Effect{}), penstock.Parallel(
				penstock.NewAction("Script", command.Run{Script: "sleep 0.02 & wait"}), penstock.NewAction("Check", Effect{}),
			)),
			penstock.NewStage("SignOff", penstock.NewApproval("Release")),
			production,
		).Mode(mode))
	}
	return out
}

// Entry is a line of the ledger: the beginning of an effect, or its end.
type Entry struct {
	Nonce, Pipeline, Execution, Stage, ActionExecution string
	Life                                               int
	End                                                bool
}

// effector makes effects.
type effector struct {
	life   int
	ledger *appender
	reaper *reaper
	made   atomic.Int64
}

func (e *effector) register(actions *penstock.Actions) {
	penstock.Register(actions, penstock.RunnerFunc[Effect](func(ctx context.Context, call *penstock.Call[Effect]) error {
		entry := Entry{Pipeline: call.Pipeline, Execution: call.Execution, Stage: call.Stage, ActionExecution: call.ActionExecution}
		nonce, err := e.make(ctx, entry)
		call.Summary(nonce)
		return err
	}))
	penstock.Register(actions, penstock.RunnerFunc[Fetch](func(ctx context.Context, call *penstock.Call[Fetch]) error {
		entry := Entry{Pipeline: call.Pipeline, Execution: call.Execution, Stage: call.Stage, ActionExecution: call.ActionExecution}
		nonce, err := e.make(ctx, entry)
		call.Summary(nonce)
		return err
	}))
}

// make makes an effect: it is in the ledger before the engine hears of it.
func (e *effector) make(ctx context.Context, entry Entry) (nonce string, err error) {
	entry.Nonce, entry.Life = fmt.Sprintf("%d-%d", e.life, e.made.Add(1)), e.life
	e.reaper.boundary()
	if err := e.ledger.write(entry); err != nil {
		return "", err
	}
	e.reaper.boundary()
	rest(ctx, 5*time.Millisecond)
	entry.End = true
	if err := e.ledger.write(entry); err != nil {
		return "", err
	}
	e.reaper.boundary()
	if rand.IntN(10) == 0 {
		return entry.Nonce, errors.New("as drawn")
	}
	return entry.Nonce, ctx.Err()
}

func rest(ctx context.Context, most time.Duration) {
	select {
	case <-time.After(time.Duration(rand.Int64N(int64(most)))):
	case <-ctx.Done():
	}
}
