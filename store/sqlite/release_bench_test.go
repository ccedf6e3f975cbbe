package sqlite_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// BenchmarkRelease12 is the work that engines are compared by, on a disk: 4 stages of 2 parallel actions and then 1, 64-byte outputs chained,
// no-op actions. One operation is one execution.
func BenchmarkRelease12(b *testing.B) {
	for _, inFlight := range []int{1, 100} {
		b.Run(fmt.Sprintf("in flight=%d", inFlight), func(b *testing.B) { releases(b, inFlight) })
	}
}

func releases(b *testing.B, inFlight int) {
	eng, err := penstock.NewEngine(penstock.Config{Actions: noops(), State: open(b, b.TempDir(), nil), Slots: 2 * inFlight})
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = eng.Run(ctx) })
	for i := range inFlight {
		_, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: release12(i), NoStart: true})
		require.NoError(b, err)
	}
	began := cpuTime()
	b.ResetTimer()
	executions := make(chan struct{})
	go func() {
		for range b.N {
			executions <- struct{}{}
		}
		close(executions)
	}()
	var clients sync.WaitGroup
	for i := range inFlight {
		clients.Go(func() {
			for range executions {
				releaseOnce(ctx, b, eng, fmt.Sprintf("release-%d", i))
			}
		})
	}
	clients.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpuTime()-began).Microseconds())/float64(b.N)/12, "µs-cpu/action")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "exec/s")
	stop()
	running.Wait()
}

func releaseOnce(ctx context.Context, b *testing.B, eng *penstock.Engine, pipeline string) {
	x, err := eng.Start(ctx, pipeline)
	if err != nil {
		b.Error(err)
		return
	}
	done, err := eng.Wait(ctx, pipeline, x)
	if err != nil || done.Status != penstock.StatusSucceeded {
		b.Errorf("%s: %v %v", x, done.Status, err)
	}
}

// step is an action type that passes a text on.
type step struct {
	In  penstock.Input[string] `penstock:"In,optional"`
	Out penstock.Output[string]
}

// ActionType is for the engine.
func (step) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Step", Version: "1"}
}

type source struct{ Out penstock.Output[string] }

// ActionType is for the engine.
func (source) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Step", Version: "1"}
}

func noops() *penstock.Actions {
	content := strings.Repeat("x", 62) // 64 with its quotes
	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[source](func(ctx context.Context, call *penstock.Call[source]) error {
		return call.Config.Out.Store(ctx, call, content)
	}))
	penstock.Register(&actions, penstock.RunnerFunc[step](func(ctx context.Context, call *penstock.Call[step]) error {
		if call.Config.In.Wired() {
			if _, err := call.Config.In.Load(ctx, call); err != nil {
				return err
			}
		}
		return call.Config.Out.Store(ctx, call, content)
	}))
	return &actions
}

func release12(i int) penstock.Pipeline {
	out := func(name string, stage int) penstock.Artifact[string] {
		return penstock.NewArtifact[string](fmt.Sprintf("%s%d", name, stage))
	}
	action := func(name string, stage int, in *penstock.Artifact[string]) penstock.Node {
		to := out(strings.ToLower(name), stage).Out()
		if stage == 0 {
			return penstock.NewAction(name, source{Out: to})
		}
		return penstock.NewAction(name, step{In: in.In(), Out: to})
	}
	stages := make([]penstock.Stage, 4)
	for s := range stages {
		last, first := out("c", s-1), out("a", s)
		stages[s] = penstock.NewStage(fmt.Sprintf("Stage%d", s),
			penstock.Parallel(action("A", s, &last), action("B", s, &last)), action("C", s, &first))
	}
	return penstock.NewPipeline(fmt.Sprintf("release-%d", i), stages...).Mode(penstock.Queued)
}
