package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// engineSide is the real thing: the engine on its SQLite store, driven by callers that start an execution and wait for its end.
func engineSide() side {
	return side{"engine", func(dir string, inFlight int, more func() bool) (figures, error) {
		ctx := context.Background()
		state, err := sqlite.Open(ctx, dir, nil)
		if err != nil {
			return figures{}, err
		}
		f, executions, err := measureEngine(ctx, state, inFlight, more)
		if err := errors.Join(err, state.Close()); err != nil {
			return f, err
		}
		file, err := os.Stat(filepath.Join(dir, "penstock.db"))
		if err == nil {
			f.stored = float64(file.Size()) / 1024 / float64(executions)
		}
		return f, err
	}}
}

func measureEngine(ctx context.Context, state *sqlite.Store, inFlight int, more func() bool) (f figures, executions int, err error) {
	engine, err := penstock.NewEngine(penstock.Config{Actions: noops(), State: state, Slots: 2 * inFlight})
	if err != nil {
		return f, 0, err
	}
	err = engine.RunWhile(ctx, func(ctx context.Context) error {
		for slot := range inFlight {
			if _, err := engine.Do(ctx, penstock.ApplyPipeline{Pipeline: release12(slot), NoStart: true}); err != nil {
				return err
			}
		}
		before := readMeter()
		executions, err = callers(ctx, engine, inFlight, more)
		f = before.figures(executions, 0)
		return err
	})
	return f, executions, err
}

// callers keep one execution of each pipeline in flight, and count those that succeeded.
func callers(ctx context.Context, engine *penstock.Engine, inFlight int, more func() bool) (executions int, err error) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	for slot := range inFlight {
		wait.Go(func() {
			for {
				mu.Lock()
				again := err == nil && more()
				mu.Unlock()
				if !again {
					return
				}
				failed := releaseOnce(ctx, engine, fmt.Sprintf("release-%d", slot))
				mu.Lock()
				executions++
				err = errors.Join(err, failed)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return executions, err
}

func releaseOnce(ctx context.Context, engine *penstock.Engine, pipeline string) error {
	id, err := engine.Start(ctx, pipeline)
	if err != nil {
		return err
	}
	x, err := engine.Wait(ctx, pipeline, id)
	if err == nil && x.Status != penstock.StatusSucceeded {
		err = fmt.Errorf("%s is %s", id, x.Status)
	}
	return err
}

// noop takes a text in and puts another out.
type noop struct {
	In  penstock.Input[string] `penstock:"In,optional"`
	Out penstock.Output[string]
}

func (noop) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Noop", Version: "1"}
}

// fetch is where a release begins.
type fetch struct{ Out penstock.Output[string] }

func (fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

// noops do what the raw group commit does: an output is the digest of what came in.
func noops() *penstock.Actions {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[fetch]) error {
		return call.Config.Out.Store(ctx, call, chained("", call.Action))
	})
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[noop]) error {
		in, err := call.Config.In.Load(ctx, call)
		if err != nil {
			return err
		}
		return call.Config.Out.Store(ctx, call, chained(in, call.Action))
	})
	return &actions
}

// chained is an output: 62 digits, 64 bytes of JSON.
func chained(in, action string) string {
	sum := sha256.Sum256([]byte(in + action))
	return hex.EncodeToString(sum[:31])
}

// release12 is the work: stages of two actions at once and then one.
func release12(slot int) penstock.Pipeline {
	artifact := func(stage, action int) penstock.Artifact[string] {
		return penstock.NewArtifact[string](fmt.Sprintf("out-%d-%d", stage, action))
	}
	all := make([]penstock.Stage, stages)
	for s := range all {
		action := func(name string, n int, in penstock.Input[string]) penstock.Action {
			if s == 0 {
				return penstock.NewAction(name, fetch{Out: artifact(s, n).Out()}).Timeout(time.Hour)
			}
			return penstock.NewAction(name, noop{In: in, Out: artifact(s, n).Out()}).Timeout(time.Hour)
		}
		before := artifact(s-1, 2).In()
		all[s] = penstock.NewStage(fmt.Sprintf("Stage%d", s),
			penstock.Parallel(action("A", 0, before), action("B", 1, before)), action("C", 2, artifact(s, 0).In()))
	}
	return penstock.NewPipeline(fmt.Sprintf("release-%d", slot), all...).Mode(penstock.Queued)
}
