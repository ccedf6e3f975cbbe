package penstock_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

// BenchmarkRelease12 is the work that engines are compared by: 4 stages of 2 parallel actions and then 1, 64-byte outputs chained, no-op
// actions, 100 executions in flight, everything in memory. One operation is one execution; µs/action is CPU time of the whole process.
func BenchmarkRelease12(b *testing.B) {
	const inFlight = 100
	eng, err := penstock.NewEngine(penstock.Config{Actions: noops(), State: memory.New(&memory.Options{Exclusive: true}), Slots: 2 * inFlight})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = eng.Run(ctx) })
	for i := range inFlight {
		if _, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: release12(i), NoStart: true}); err != nil {
			b.Fatal(err)
		}
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
				releaseOnce(b, ctx, eng, fmt.Sprintf("release-%d", i))
			}
		})
	}
	clients.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpuTime()-began).Microseconds())/float64(b.N)/12, "µs-cpu/action")
	stop()
	running.Wait()
}

func releaseOnce(b *testing.B, ctx context.Context, eng *penstock.Engine, pipeline string) {
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

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// noops pass a 64-byte text on.
func noops() *penstock.Actions {
	content := strings.Repeat("x", 62) // 64 with its quotes
	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[fetch](func(ctx context.Context, call *penstock.Call[fetch]) error {
		return call.Config.Out.Store(ctx, call, content)
	}))
	penstock.Register(&actions, penstock.RunnerFunc[job](func(ctx context.Context, call *penstock.Call[job]) error {
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
	stages := make([]penstock.Stage, 4)
	for s := range stages {
		var nodes []penstock.Node
		if s == 0 {
			nodes = []penstock.Node{
				penstock.Parallel(penstock.NewAction("A", fetch{Out: out("a", s).Out()}), penstock.NewAction("B", fetch{Out: out("b", s).Out()})),
				penstock.NewAction("C", fetch{Out: out("c", s).Out()}),
			}
		} else {
			nodes = []penstock.Node{
				penstock.Parallel(
					penstock.NewAction("A", job{In: out("c", s-1).In(), Out: out("a", s).Out()}),
					penstock.NewAction("B", job{In: out("c", s-1).In(), Out: out("b", s).Out()})),
				penstock.NewAction("C", job{In: out("a", s).In(), Out: out("c", s).Out()}),
			}
		}
		stages[s] = penstock.NewStage(fmt.Sprintf("Stage%d", s), nodes...)
	}
	return penstock.NewPipeline(fmt.Sprintf("release-%d", i), stages...).Mode(penstock.Queued)
}
