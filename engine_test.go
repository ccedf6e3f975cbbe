package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

// job is an action type whose behaviour a test gives by name.
type job struct {
	Do   string
	Note string                  `penstock:"Note,optional"`
	In   penstock.Input[string]  `penstock:"In,optional"`
	Out  penstock.Output[string] `penstock:"Out,optional"`
}

func (job) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "Job", Version: "1"}
}

// fetch is a source.
type fetch struct {
	Out penstock.Output[string] `penstock:"Out,optional"`
}

func (fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

var text = penstock.NewArtifact[string]("text")

// bench is an engine under test with its actions.
type bench struct {
	*penstock.Engine
	t       *testing.T
	behave  map[string]func(ctx context.Context, call *penstock.Call[job]) error
	stop    context.CancelFunc
	stopped chan error
}

func newBench(t *testing.T, config penstock.Config, more ...func(*penstock.Actions)) *bench {
	b := &bench{t: t, behave: map[string]func(context.Context, *penstock.Call[job]) error{}, stopped: make(chan error, 1)}
	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[fetch](func(ctx context.Context, call *penstock.Call[fetch]) error {
		if err := call.SetRevision(penstock.Revision{ID: "r1"}); err != nil {
			return err
		}
		return call.Config.Out.Store(ctx, call, "content")
	}))
	penstock.Register(&actions, penstock.RunnerFunc[job](func(ctx context.Context, call *penstock.Call[job]) error {
		if do := b.behave[call.Config.Do]; do != nil {
			return do(ctx, call)
		}
		return nil
	}))
	for _, register := range more {
		register(&actions)
	}
	config.Actions = &actions
	var err error
	b.Engine, err = penstock.NewEngine(config)
	require.NoError(t, err)
	return b
}

// run starts driving; the engine drains when the test ends.
func (b *bench) run() {
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	go func() { b.stopped <- b.Run(ctx) }()
	b.t.Cleanup(b.end)
}

func (b *bench) end() {
	if b.stop != nil {
		b.stop()
		require.NoError(b.t, <-b.stopped)
		b.stop = nil
	}
}

// simple is a pipeline with one job in its second stage.
func simple(do string) penstock.Pipeline {
	return penstock.NewPipeline("simple",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("Work", penstock.NewAction("Job", job{Do: do, In: text.In()})),
	).Mode(penstock.Queued)
}

func TestEngineReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		ctx := penstock.WithActor(t.Context(), "ana")
		applied, err := b.Apply(ctx, simple("nothing"))
		require.NoError(t, err)
		require.True(t, applied.Changed)
		require.NotEmpty(t, applied.Execution, "a new pipeline starts")
		b.run()
		x, err := b.Wait(ctx, "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		require.Equal(t, "r1", x.Revisions["Fetch"].ID)

		again, err := b.Apply(ctx, simple("nothing"))
		require.NoError(t, err)
		require.False(t, again.Changed)
		require.Equal(t, 1, again.Version)

		actions, err := b.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "simple", Execution: applied.Execution})
		require.NoError(t, err)
		require.Len(t, actions.Actions, 2)
		require.Equal(t, "Job", actions.Actions[0].Action, "newest first")
		page, err := b.Executions(ctx, penstock.ExecutionQuery{Pipeline: "simple", SucceededIn: "Work"})
		require.NoError(t, err)
		require.Len(t, page.Executions, 1)
		require.Equal(t, "Work", page.Executions[0].Stage)
	})
}

func TestEngineReadsAndEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		ctx := penstock.WithActor(t.Context(), "ana")
		_, err := b.Apply(ctx, penstock.NewPipeline("p",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
			penstock.NewStage("SignOff", penstock.NewApproval("Release")),
		))
		require.NoError(t, err)
		b.run()
		synctest.Wait()
		state, err := b.State(ctx, "p")
		require.NoError(t, err)
		require.Len(t, state.Live, 1)
		approval := state.Stages[1].Actions[0]
		require.NotEmpty(t, approval.Token)
		why, err := b.Explain(ctx, "p", state.Live[0].ID)
		require.NoError(t, err)
		require.Equal(t, penstock.WaitsForApproval, why[0].Kind)
		require.ErrorIs(t, b.Approve(ctx, "p", "SignOff", "Release", "wrong", ""), penstock.ErrInvalidToken)
		require.NoError(t, b.Approve(ctx, "p", "SignOff", "Release", approval.Token, "ok"))
		require.ErrorIs(t, b.Approve(ctx, "p", "SignOff", "Release", approval.Token, "ok"), penstock.ErrApprovalCompleted)

		var kinds []penstock.EventKind
		last := uint64(0)
		for event, err := range b.Follow(ctx, penstock.EventQuery{Pipeline: "p"}) {
			require.NoError(t, err)
			require.Equal(t, last+1, event.Version)
			last = event.Version
			kinds = append(kinds, event.Kind)
			if event.Kind == penstock.EventExecutionEnded {
				require.Equal(t, penstock.StatusSucceeded, event.Status)
				break
			}
		}
		require.Contains(t, kinds, penstock.EventActionEnded)
		all, err := b.Events(ctx, penstock.EventQuery{})
		require.NoError(t, err)
		require.Len(t, all.Events, int(last)+1)
		require.Equal(t, penstock.EventCommandNoted, all.Events[last].Kind, "the approval ended the execution, and is noted behind it")
		_, err = b.State(ctx, "nothing")
		require.ErrorIs(t, err, penstock.ErrNotFound)
		_, err = b.Execution(ctx, "p", "0123")
		require.ErrorIs(t, err, penstock.ErrInvalid)
		back, version, err := b.Pipeline(ctx, "p", 0)
		require.NoError(t, err)
		require.Equal(t, 1, version)
		require.Equal(t, "p", back.Name())
	})
}

func TestEngineTriesPendingAndTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		tries, entries := 0, []string{}
		b.behave["flaky"] = func(context.Context, *penstock.Call[job]) error {
			if tries++; tries < 3 {
				return errors.New("not yet")
			}
			return nil
		}
		b.behave["poll"] = func(_ context.Context, call *penstock.Call[job]) error {
			entries = append(entries, call.Resume)
			if len(entries) < 3 {
				return penstock.Pending(time.Minute, fmt.Sprint("ticket ", len(entries)))
			}
			return nil
		}
		b.behave["hang"] = func(ctx context.Context, _ *penstock.Call[job]) error {
			<-ctx.Done()
			return ctx.Err()
		}
		p := penstock.NewPipeline("p",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
			penstock.NewStage("Work",
				penstock.NewAction("Flaky", job{Do: "flaky"}).Retry(2),
				penstock.NewAction("Poll", job{Do: "poll"}),
				penstock.NewAction("Hang", job{Do: "hang"}).Timeout(10*time.Minute)))
		applied, err := b.Apply(t.Context(), p)
		require.NoError(t, err)
		b.run()
		x, err := b.Wait(t.Context(), "p", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, 3, tries)
		require.Equal(t, []string{"", "ticket 1", "ticket 2"}, entries)
		require.Equal(t, penstock.StatusFailed, x.Status)
		require.Contains(t, x.Summary, "Work/Hang")
	})
}

func TestEnginePanicIsTheActionsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		b.behave["panic"] = func(context.Context, *penstock.Call[job]) error { panic("a bug") }
		applied, err := b.Apply(t.Context(), simple("panic"))
		require.NoError(t, err)
		b.run()
		x, err := b.Wait(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Contains(t, x.Summary, "a bug")
	})
}

func TestEngineActionsMayCallTheEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{Slots: 1})
		b.behave["reenter"] = func(ctx context.Context, call *penstock.Call[job]) error {
			if err := b.DisableTransition(ctx, "simple", "Work", "from inside"); err != nil {
				return err
			}
			call.Progress(50, "half way")
			return call.External("job-7", "https://ci.example/7")
		}
		applied, err := b.Apply(t.Context(), simple("reenter"))
		require.NoError(t, err)
		b.run()
		x, err := b.Wait(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		actions, err := b.ActionExecutions(t.Context(), penstock.ActionExecutionQuery{Pipeline: "simple"})
		require.NoError(t, err)
		require.Equal(t, "job-7", actions.Actions[0].ExternalID)
	})
}

func TestEngineAbandonEndsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		var ended atomic.Bool
		b.behave["long"] = func(ctx context.Context, _ *penstock.Call[job]) error {
			<-ctx.Done()
			ended.Store(true)
			return ctx.Err()
		}
		applied, err := b.Apply(t.Context(), simple("long"))
		require.NoError(t, err)
		b.run()
		synctest.Wait()
		began := time.Now()
		require.NoError(t, b.Abandon(t.Context(), "simple", applied.Execution, "wrong build"))
		x, err := b.Wait(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusStopped, x.Status)
		require.True(t, ended.Load())
		require.Less(t, time.Since(began), 2*time.Second, "the lock does not wait for the grace when the work is known to be gone")
	})
}

func TestEngineDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		b := newBench(t, penstock.Config{State: state})
		release := make(chan struct{})
		b.behave["wait"] = func(context.Context, *penstock.Call[job]) error { <-release; return nil }
		applied, err := b.Apply(t.Context(), simple("wait"))
		require.NoError(t, err)
		b.run()
		synctest.Wait()
		go func() { time.Sleep(5 * time.Second); close(release) }()
		b.end()
		x, err := b.Execution(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status, "what ran was let end")
		due, err := state.Due(t.Context(), 0)
		require.NoError(t, err)
		require.LessOrEqual(t, len(due.Ended), 1)
	})
}

func TestEngineTakesOverAfterALostReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		first := newBench(t, penstock.Config{State: state, DrainTimeout: time.Nanosecond})
		first.behave["work"] = func(ctx context.Context, _ *penstock.Call[job]) error { <-ctx.Done(); return ctx.Err() }
		applied, err := first.Apply(t.Context(), simple("work"))
		require.NoError(t, err)
		first.run()
		synctest.Wait()
		second := newBench(t, penstock.Config{State: state})
		second.run()
		synctest.Wait()
		first.end() // shut down with the action running: its worker counts as lost
		x, err := second.Wait(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		actions, err := second.ActionExecutions(t.Context(), penstock.ActionExecutionQuery{Pipeline: "simple"})
		require.NoError(t, err)
		require.Equal(t, 2, actions.Actions[0].Run)
	})
}

func TestSeveralEnginesShareAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		var engines []*bench
		for range 3 {
			b := newBench(t, penstock.Config{State: state})
			b.run()
			engines = append(engines, b)
		}
		_, err := engines[0].Do(t.Context(), penstock.ApplyPipeline{Pipeline: simple("x"), NoStart: true})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				b := engines[i%3]
				x, err := b.Start(t.Context(), "simple")
				require.NoError(t, err)
				done, err := engines[(i+1)%3].Wait(t.Context(), "simple", x)
				require.NoError(t, err)
				require.Equal(t, penstock.StatusSucceeded, done.Status)
			})
		}
		wg.Wait()
	})
}

func TestACommandWithAnIDActsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		_, err := b.Do(t.Context(), penstock.ApplyPipeline{Pipeline: simple("x"), NoStart: true})
		require.NoError(t, err)
		first, err := b.Do(t.Context(), penstock.StartExecution{ID: "request-1", Pipeline: "simple"})
		require.NoError(t, err)
		second, err := b.Do(t.Context(), penstock.StartExecution{ID: "request-1", Pipeline: "simple"})
		require.NoError(t, err)
		require.Equal(t, first.Execution, second.Execution)
	})
}

func TestEngineSurvivesAFailingStore(t *testing.T) {
	for name, fault := range map[string]storetest.Fault{"nothing is done": storetest.Lost, "done, but nobody is told": storetest.Ambiguous} {
		t.Run(name, func(t *testing.T) {
			for n := 1; n <= 40; n++ {
				synctest.Test(t, func(t *testing.T) { failNth(t, n, fault) })
			}
		})
	}
}

// failNth runs a release on a store whose n-th call fails.
func failNth(t *testing.T, n int, fault storetest.Fault) {
	state := &storetest.Faulty{Store: memory.New(nil), Plan: func(_ string, call int) storetest.Fault {
		if call == n {
			return fault
		}
		return storetest.None
	}}
	b := newBench(t, penstock.Config{State: state})
	ran := 0
	b.behave["count"] = func(context.Context, *penstock.Call[job]) error { ran++; return nil }
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { // Run gives up when the store fails at its start; an operator starts it again
		for b.Run(ctx) != nil {
			<-time.After(time.Second)
		}
	})
	var reply penstock.Reply
	for {
		var err error
		if reply, err = b.Do(t.Context(), penstock.ApplyPipeline{ID: "apply", Pipeline: simple("count")}); err == nil {
			break
		}
		<-time.After(time.Second)
	}
	for {
		x, err := b.Wait(t.Context(), "simple", reply.Execution)
		if err == nil {
			require.Equal(t, penstock.StatusSucceeded, x.Status)
			break
		}
	}
	require.Equal(t, 1, ran)
	stop()
	running.Wait()
}
