package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock-dev/penstock/executor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const work1 = "Test/Penstock/Work/1"

// newExecutor serves work1 with this function.
func newExecutor(t *testing.T, options Options, run Func) *Executor {
	e, err := New([]Type{{Name: work1, Run: run, Rerun: true}}, options)
	require.NoError(t, err)
	return e
}

func task(id string, run int, fence uint64) executor.Task {
	return executor.Task{Ref: executor.Ref{ID: id, Run: run, Fence: fence}, Type: work1}
}

// text is a Reporter that keeps the log.
type text struct {
	mu       sync.Mutex
	log      strings.Builder
	external []string
	opened   int
}

func (l *text) Log() io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened++
	return l
}

func (l *text) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}

func (l *text) Progress(int, string) {}

func (l *text) External(id, _ string) error {
	l.external = append(l.external, id)
	return nil
}

// deaf does not mind its ctx; it ends when told.
func deaf(end <-chan struct{}) Func {
	return func(context.Context, executor.Task, executor.Reporter) executor.Outcome {
		<-end
		return executor.Outcome{Summary: "ended at last"}
	}
}

func polite(ctx context.Context, _ executor.Task, _ executor.Reporter) executor.Outcome {
	<-ctx.Done()
	return executor.Outcome{Summary: context.Cause(ctx).Error()}
}

func TestNewRefuses(t *testing.T) {
	ok := Type{Name: work1, Run: polite}
	for _, tc := range []struct {
		name    string
		types   []Type
		options Options
		want    string
	}{
		{"no name", []Type{{Run: polite}}, Options{}, `executor/local: type 0 ("") needs a name and a function`},
		{"no function", []Type{ok, {Name: "x"}}, Options{}, `executor/local: type 1 ("x") needs a name and a function`},
		{"a name twice", []Type{ok, ok}, Options{}, `executor/local: type "Test/Penstock/Work/1" comes twice`},
		{"negative slots", []Type{ok}, Options{Slots: -1}, "executor/local: negative options"},
		{"negative grace", []Type{ok}, Options{CancelGrace: -1}, "executor/local: negative options"},
		{"negative memory", []Type{ok}, Options{Remember: -1}, "executor/local: negative options"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := New(tc.types, tc.options)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestTypes(t *testing.T) {
	e := newExecutor(t, Options{}, polite)
	types, _ := e.Types()
	require.Equal(t, []executor.Type{{Name: work1, Free: DefaultSlots, Rerun: true}}, types)
}

func TestCancelGivesUpAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		e := newExecutor(t, Options{Slots: 1}, deaf(end))
		outcome := make(chan executor.Outcome)
		go func() {
			got, _ := e.Execute(t.Context(), task("a", 1, 1), nil)
			outcome <- got
		}()
		synctest.Wait()

		begin := time.Now()
		second := make(chan time.Duration)
		go func() {
			time.Sleep(2 * time.Second)
			_ = e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 1, Fence: 2})
			second <- time.Since(begin)
		}()
		err := e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 1, Fence: 2})
		require.EqualError(t, err, "executor/local: a run 1 does not mind its ctx and still runs")
		require.Equal(t, DefaultCancelGrace, time.Since(begin))
		require.Equal(t, DefaultCancelGrace, <-second, "one grace, however often it is cancelled")
		require.Equal(t, 1, e.Stuck())
		_, err = e.Execute(t.Context(), task("b", 1, 1), nil)
		require.ErrorIs(t, err, ErrFull, "the slot stays taken")
		require.Error(t, e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 1, Fence: 3}))
		require.Equal(t, DefaultCancelGrace, time.Since(begin), "known to be stuck: no further wait")

		close(end)
		require.Equal(t, "ended at last", (<-outcome).Summary)
		require.Zero(t, e.Stuck())
		require.NoError(t, e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 1, Fence: 3}))
		types, _ := e.Types()
		require.Equal(t, 1, types[0].Free)
	})
}

func TestCancelMindsItsOwnContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		e := newExecutor(t, Options{}, deaf(end))
		go func() { _, _ = e.Execute(context.Background(), task("a", 1, 1), nil) }()
		synctest.Wait()
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		begin := time.Now()
		require.Error(t, e.Cancel(ctx, executor.Ref{ID: "a", Run: 1, Fence: 1}))
		require.Equal(t, time.Second, time.Since(begin))
		require.Equal(t, 1, e.Stuck(), "it is given up now")
		time.Sleep(DefaultCancelGrace)
		require.Equal(t, 1, e.Stuck(), "once")
	})
}

func TestReportsInTheGraceGetThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var after error
		e := newExecutor(t, Options{}, func(ctx context.Context, _ executor.Task, to executor.Reporter) executor.Outcome {
			<-ctx.Done()
			fmt.Fprint(to.Log(), "cleaning up")
			time.Sleep(DefaultCancelGrace - 1)
			fmt.Fprint(to.Log(), ", done")
			time.Sleep(2)
			_, after = fmt.Fprint(to.Log(), ", too late")
			return executor.Outcome{}
		})
		log := &text{}
		go func() { _, _ = e.Execute(context.Background(), task("a", 1, 1), log) }()
		synctest.Wait()
		require.Error(t, e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 1, Fence: 1}))
		require.NoError(t, e.Close(t.Context()))
		require.Equal(t, "cleaning up, done", log.log.String())
		require.ErrorIs(t, after, executor.ErrFenced)
	})
}

func TestExecuteWhoseContextEnds(t *testing.T) {
	for _, tc := range []struct {
		name  string
		cause error
		takes time.Duration
		stuck int
	}{
		{"detached", executor.ErrDetach, 0, 0},
		{"detached for a reason", fmt.Errorf("restart: %w", executor.ErrDetach), 0, 0},
		{"cancelled", errors.New("stopped"), DefaultCancelGrace, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				end := make(chan struct{})
				defer close(end)
				e := newExecutor(t, Options{}, deaf(end))
				ctx, stop := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Minute, func() { stop(tc.cause) })
				begin := time.Now()
				_, err := e.Execute(ctx, task("a", 1, 1), nil)
				require.ErrorIs(t, err, tc.cause)
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, time.Minute+tc.takes, time.Since(begin))
				require.Equal(t, tc.stuck, e.Stuck())
			})
		})
	}
}

func TestCancelledInTimeAnswersTheOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(t, Options{}, polite)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		got, err := e.Execute(ctx, task("a", 1, 1), nil)
		require.NoError(t, err)
		require.Equal(t, errCancelled.Error(), got.Summary, "the function learns why")
	})
}

func TestCancelBeforeTheStart(t *testing.T) {
	e := newExecutor(t, Options{}, func(context.Context, executor.Task, executor.Reporter) executor.Outcome {
		panic("started")
	})
	require.NoError(t, e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 2, Fence: 5}))
	_, err := e.Execute(t.Context(), task("a", 2, 4), nil)
	require.ErrorIs(t, err, executor.ErrFenced)
	_, err = e.Execute(t.Context(), task("a", 1, 5), nil)
	require.ErrorIs(t, err, executor.ErrFenced, "an earlier run does not start either")
	got, err := e.Execute(t.Context(), task("a", 2, 5), nil)
	require.NoError(t, err)
	require.Equal(t, "Cancelled", got.Failure.Code)
	got, err = e.Execute(t.Context(), task("a", 3, 6), nil)
	require.NoError(t, err)
	require.Equal(t, "Panic", got.Failure.Code, "a later run does")
}

func TestLaterRunGivesUpAnEarlierOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lateErr error
		e := newExecutor(t, Options{}, func(ctx context.Context, task executor.Task, to executor.Reporter) executor.Outcome {
			if task.Run == 1 {
				<-ctx.Done()
				time.Sleep(time.Minute)
				_, lateErr = fmt.Fprint(to.Log(), "late")
			}
			return executor.Outcome{Summary: fmt.Sprint("run ", task.Run)}
		})
		log := &text{}
		go func() { _, _ = e.Execute(context.Background(), task("a", 1, 1), log) }()
		synctest.Wait()
		got, err := e.Execute(t.Context(), task("a", 2, 2), log)
		require.NoError(t, err)
		require.Equal(t, "run 2", got.Summary)
		require.Equal(t, 1, e.Stuck())
		err = e.Cancel(t.Context(), executor.Ref{ID: "a", Run: 2, Fence: 2})
		require.EqualError(t, err, "executor/local: a run 1 does not mind its ctx and still runs")
		require.NoError(t, e.Close(t.Context()))
		require.ErrorIs(t, lateErr, executor.ErrFenced)
		require.Empty(t, log.log.String())
		require.Zero(t, e.Stuck())
	})
}

func TestEarlierRunIsRefusedWhileALaterOneRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(t, Options{}, func(ctx context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
			if task.Run == 2 {
				<-ctx.Done()
			}
			return executor.Outcome{}
		})
		_, err := e.Execute(t.Context(), task("a", 1, 1), nil)
		require.NoError(t, err)
		go func() { _, _ = e.Execute(context.Background(), task("a", 2, 2), nil) }()
		synctest.Wait()
		_, err = e.Execute(t.Context(), task("a", 1, 2), nil)
		require.ErrorIs(t, err, executor.ErrFenced)
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestGivingUpWhatHasJustEnded(t *testing.T) {
	e := newExecutor(t, Options{}, func(context.Context, executor.Task, executor.Reporter) executor.Outcome {
		return executor.Outcome{}
	})
	_, err := e.Execute(t.Context(), task("a", 1, 1), nil)
	require.NoError(t, err)
	e.giveUp(e.works["a"].runs[0]) // as the timer of the grace does when it is too late to be stopped
	require.Zero(t, e.Stuck())
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		e := newExecutor(t, Options{}, func(ctx context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
			<-ctx.Done()
			if task.ID == "deaf" {
				<-end
			}
			return executor.Outcome{Summary: context.Cause(ctx).Error()}
		})
		got := make(chan executor.Outcome, 1)
		go func() { _, _ = e.Execute(context.Background(), task("deaf", 1, 1), nil) }()
		go func() {
			outcome, _ := e.Execute(context.Background(), task("polite", 1, 1), nil)
			got <- outcome
		}()
		synctest.Wait()
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		require.EqualError(t, e.Close(ctx), "executor/local: 1 functions still run: context deadline exceeded")
		require.Equal(t, errClosing.Error(), (<-got).Summary)
		require.Equal(t, 1, e.Stuck())
		_, err := e.Execute(t.Context(), task("new", 1, 1), nil)
		require.ErrorIs(t, err, ErrClosed)
		close(end)
		require.NoError(t, e.Close(t.Context()))
		require.NoError(t, e.Close(t.Context()), "again")
		require.Zero(t, e.Stuck())
	})
	e := newExecutor(t, Options{}, polite)
	require.NoError(t, e.Close(t.Context()), "nothing ran")
}

func TestMemoryIsBounded(t *testing.T) {
	var calls atomic.Int32
	e := newExecutor(t, Options{Remember: 2}, func(context.Context, executor.Task, executor.Reporter) executor.Outcome {
		return executor.Outcome{Summary: fmt.Sprint(calls.Add(1))}
	})
	ask := func(id string, run int) string {
		got, err := e.Execute(t.Context(), task(id, run, 1), nil)
		require.NoError(t, err)
		return got.Summary
	}
	require.Equal(t, "1", ask("a", 1))
	require.Equal(t, "2", ask("b", 1))
	require.Equal(t, "1", ask("a", 1), "remembered")
	require.Equal(t, "3", ask("c", 1))
	require.Equal(t, "2", ask("b", 1), "remembered")
	require.Equal(t, "4", ask("a", 1), "forgotten: more than two have ended since")
	for run := range 10 {
		ask("again", run)
	}
	require.Equal(t, "14", ask("again", 9), "its own later runs do not make it forgotten")
	for i := range 100 {
		ask(fmt.Sprint(i), 1)
		require.NoError(t, e.Cancel(t.Context(), executor.Ref{ID: fmt.Sprint("never", i)}))
	}
	require.LessOrEqual(t, len(e.works), 2)
}

func TestWhatRunsIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		e := newExecutor(t, Options{Remember: 1}, func(ctx context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
			calls.Add(1)
			if task.Run == 2 {
				<-ctx.Done()
			}
			return executor.Outcome{}
		})
		for _, run := range []int{1, 2} {
			ctx, stop := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { stop(executor.ErrDetach) })
			_, _ = e.Execute(ctx, task("a", run, 1), nil)
		}
		for i := range 5 {
			_, err := e.Execute(t.Context(), task(fmt.Sprint(i), 1, 1), nil)
			require.NoError(t, err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err := e.Execute(ctx, task("a", 2, 1), nil)
		require.NoError(t, err)
		require.EqualValues(t, 7, calls.Load(), "attached, not started again")
	})
}

func blowUp(value any) Func {
	return func(context.Context, executor.Task, executor.Reporter) executor.Outcome { panic(value) }
}

func TestPanic(t *testing.T) {
	var nothing map[string]int
	for _, tc := range []struct {
		name, message string
		run           Func
	}{
		{"a text", "panic: boom", blowUp("boom")},
		{"an error", "panic: boom", blowUp(errors.New("boom"))},
		{"nil", "panic: panic called with nil argument", blowUp(nil)},
		{"the runtime's", "panic: assignment to entry in nil map", func(context.Context, executor.Task, executor.Reporter) executor.Outcome {
			nothing["a"] = 1
			return executor.Outcome{}
		}},
		{"a long text", strings.Repeat("x", 100), blowUp(strings.Repeat("x", 1<<20))},
		{"no return", "the function ended its goroutine instead of returning (runtime.Goexit)",
			func(context.Context, executor.Task, executor.Reporter) executor.Outcome {
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
			require.Regexp(t, `^Fix the action's code in \S+/local\.\S+ \(local_test\.go:\d+\); the stack is in the log\.$`, got.Failure.Hint)
			require.Contains(t, log.log.String(), tc.message)
			require.Contains(t, log.log.String(), "local_test.go:")
			require.NotContains(t, log.log.String(), "run.go:", "only the action's own frames")
			require.NotContains(t, log.log.String(), "\nruntime.")
		})
	}
}

func TestFunctionContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var leaked context.Context
		e := newExecutor(t, Options{}, func(ctx context.Context, _ executor.Task, _ executor.Reporter) executor.Outcome {
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

		e = newExecutor(t, Options{}, func(ctx context.Context, _ executor.Task, _ executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{}, func(_ context.Context, _ executor.Task, to executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{Slots: slots, Remember: 1 << 20}, func(ctx context.Context, task executor.Task, to executor.Reporter) executor.Outcome {
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
