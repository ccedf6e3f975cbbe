package local

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	return func(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
		<-end
		return executor.Outcome{Summary: "ended at last"}
	}
}

func polite(ctx context.Context, _ *executor.Task, _ executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{}, func(ctx context.Context, _ *executor.Task, to executor.Reporter) executor.Outcome {
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
	e := newExecutor(t, Options{}, func(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{}, func(ctx context.Context, task *executor.Task, to executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{}, func(ctx context.Context, task *executor.Task, _ executor.Reporter) executor.Outcome {
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
	e := newExecutor(t, Options{}, func(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{}, func(ctx context.Context, task *executor.Task, _ executor.Reporter) executor.Outcome {
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
	e := newExecutor(t, Options{Remember: 2}, func(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
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
		e := newExecutor(t, Options{Remember: 1}, func(ctx context.Context, task *executor.Task, _ executor.Reporter) executor.Outcome {
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
