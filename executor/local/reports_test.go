package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
)

func TestPanic(t *testing.T) {
	var nothing map[string]int
	for _, tc := range []struct {
		name, message string
		run           Func
	}{
		{"a text", "panic: boom", blowUp("boom")},
		{"an error", "panic: boom", blowUp(errors.New("boom"))},
		{"nil", "panic: panic called with nil argument", blowUp(nil)},
		{"the runtime's", "panic: assignment to entry in nil map", func(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
			nothing["a"] = 1
			return executor.Outcome{}
		}},
		{"a long text", strings.Repeat("x", 100), blowUp(strings.Repeat("x", 1<<20))},
		{"no return", "the function ended its goroutine instead of returning (runtime.Goexit)",
			func(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
				runtime.Goexit()
				return executor.Outcome{}
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := newExecutor(t, Options{}, tc.run)
			log := &text{}
			got, err := e.Execute(t.Context(), task("a", 1, 1), log)
			require.NoError(t, err)
			require.Equal(t, "Panic", got.Failure.Code)
			require.False(t, got.Failure.Retryable)
			require.Contains(t, got.Failure.Message, tc.message)
			require.Less(t, len(got.Failure.Message), panicLimit+10)
			require.Regexp(t, `^Fix the action's code in \S+/local\.\S+ \(reports_test\.go:\d+\); the stack is in the log\.$`, got.Failure.Hint)
			require.Contains(t, log.log.String(), tc.message)
			require.Contains(t, log.log.String(), "reports_test.go:")
			require.NotContains(t, log.log.String(), "run.go:", "only the action's own frames")
			require.NotContains(t, log.log.String(), "\nruntime.")
		})
	}
}

func TestFunctionContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var leaked context.Context
		e := newExecutor(t, Options{}, func(ctx context.Context, _ *executor.Task, _ executor.Reporter) executor.Outcome {
			leaked = ctx
			<-ctx.Done()
			return executor.Outcome{Summary: ctx.Err().Error()}
		})
		late := task("a", 1, 1)
		late.Deadline = time.Now().Add(time.Hour)
		begin := time.Now()
		got, err := e.Execute(context.WithValue(t.Context(), key{}, "engine"), late, nil)
		require.NoError(t, err)
		require.Equal(t, "context deadline exceeded", got.Summary)
		require.Equal(t, time.Hour, time.Since(begin))
		at, _ := leaked.Deadline()
		require.True(t, at.Equal(late.Deadline))
		require.Nil(t, leaked.Value(key{}), "as in another process, nothing of the engine's comes with it")

		e = newExecutor(t, Options{}, func(ctx context.Context, _ *executor.Task, _ executor.Reporter) executor.Outcome {
			leaked = ctx
			return executor.Outcome{}
		})
		_, err = e.Execute(t.Context(), task("a", 1, 1), nil)
		require.NoError(t, err)
		require.Error(t, leaked.Err(), "what the function left behind is told to end")
	})
}

func TestReportsWhileNobodyIsAttached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept executor.Reporter
		goOn := make(chan struct{})
		e := newExecutor(t, Options{}, func(_ context.Context, _ *executor.Task, to executor.Reporter) executor.Outcome {
			kept = to
			<-goOn
			return executor.Outcome{}
		})
		first, second := &text{}, &text{}
		ctx, stop := context.WithCancelCause(t.Context())
		go func() { _, _ = e.Execute(ctx, task("a", 1, 1), first) }()
		synctest.Wait()
		n, err := kept.Log().Write(nil)
		require.NoError(t, err)
		require.Zero(t, n+first.opened, "nothing is opened before the first byte")
		fmt.Fprint(kept.Log(), "one ")
		stop(executor.ErrDetach)
		synctest.Wait()

		n, err = fmt.Fprint(kept.Log(), "lost")
		require.NoError(t, err, "an action does not fail because nobody listens")
		require.Equal(t, 4, n)
		kept.Progress(1, "lost")
		require.ErrorIs(t, kept.External("lost", ""), executor.ErrDetach, "it would not be durable")

		go func() { _, _ = e.Execute(context.Background(), task("a", 1, 2), second) }()
		synctest.Wait()
		fmt.Fprint(kept.Log(), "two")
		require.NoError(t, kept.External("found", ""))
		close(goOn)
		synctest.Wait()
		_, err = fmt.Fprint(kept.Log(), "late")
		require.ErrorIs(t, err, executor.ErrFenced)
		require.ErrorIs(t, kept.External("late", ""), executor.ErrFenced)
		kept.Progress(1, "late")
		require.Equal(t, "one ", first.log.String())
		require.Equal(t, "two", second.log.String())
		require.Equal(t, []string{"found"}, second.external)
	})
}

// TestChangedWakesWhenUseful plays the engine: it starts what it was told it may, and sleeps only when it has used that up.
func TestChangedWakesWhenUseful(t *testing.T) {
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	for _, tc := range []struct {
		name  string
		steps string // s starts, e ends one, t asks Types
		want  bool   // that the channel of the last t is closed
	}{
		{"not full", "tses", false},
		{"full, then free", "sstessse", true},
		{"asked when full", "sssste", true},
		{"asked when full and still full", "sssst", false},
		{"an end between the answer and the starts", "sstess", true},
		{"an end after fewer starts than told", "sstes", false},
		{"asked again since", "tsststse", true},
		{"two ends between the answer and the starts", "ssteess", true},
		{"one still offered", "ssts", false},
		{"somebody else asked since", "tssetss", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				end := make(chan struct{})
				e := newExecutor(t, Options{Slots: 4}, deaf(end))
				var changed <-chan struct{}
				for i, step := range tc.steps {
					switch step {
					case 's':
						go func() { _, _ = e.Execute(context.Background(), task(fmt.Sprint(i), 1, 1), nil) }()
					case 'e':
						end <- struct{}{}
					case 't':
						_, changed = e.Types()
					}
					synctest.Wait()
				}
				require.Equal(t, tc.want, closed(changed))
				close(end)
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
}

// TestStorm has engines do everything at once. A run starts once, slots are never exceeded, and all is at rest in the end.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slots = 5
		var running, most atomic.Int32
		var starts sync.Map
		e := newExecutor(t, Options{Slots: slots, Remember: 1 << 20}, func(ctx context.Context, task *executor.Task, to executor.Reporter) executor.Outcome {
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer running.Add(-1)
			if _, twice := starts.LoadOrStore(fmt.Sprint(task.ID, "/", task.Run), true); twice {
				t.Errorf("%s run %d started twice", task.ID, task.Run)
			}
			fmt.Fprint(to.Log(), "x")
			switch rand.IntN(4) {
			case 0:
				panic("storm")
			case 1:
				<-ctx.Done()
			case 2:
				time.Sleep(time.Duration(rand.IntN(20)) * time.Second)
			}
			return executor.Outcome{}
		})
		var engines sync.WaitGroup
		for range 20 {
			engines.Go(func() {
				for range 200 {
					ref := executor.Ref{ID: fmt.Sprint(rand.IntN(30)), Run: rand.IntN(5), Fence: rand.Uint64N(1000)}
					ctx, stop := context.WithCancelCause(t.Context())
					timer := time.AfterFunc(time.Duration(rand.IntN(10_000))*time.Millisecond, func() {
						stop([]error{executor.ErrDetach, nil}[rand.IntN(2)])
					})
					switch rand.IntN(4) {
					case 0:
						_ = e.Cancel(ctx, ref)
					case 1:
						e.Types()
					default:
						_, _ = e.Execute(ctx, executor.Task{Ref: ref, Type: work1}, &text{})
					}
					timer.Stop()
					stop(nil)
				}
			})
		}
		engines.Wait()
		require.NoError(t, e.Close(t.Context()))
		require.LessOrEqual(t, most.Load(), int32(slots))
		require.Zero(t, running.Load())
		require.Zero(t, e.Stuck())
		require.Equal(t, slots, e.free)
		for id, w := range e.works {
			require.Len(t, w.runs, 1, "%s keeps only its newest run", id)
		}
	})
}

func blowUp(value any) Func {
	return func(context.Context, *executor.Task, executor.Reporter) executor.Outcome { panic(value) }
}
