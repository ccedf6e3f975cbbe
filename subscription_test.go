package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// told is what a subscription was told.
type told struct {
	mu   sync.Mutex
	all  []penstock.Notice
	fail func(n int) error // asked before each delivery, with how many there were
	n    int
}

func (s *told) tell(_ context.Context, notices []penstock.Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if s.fail != nil {
		if err := s.fail(s.n); err != nil {
			return err
		}
	}
	s.all = append(s.all, notices...)
	return nil
}

// lines shows what was told, a notice a line, without commands.
func (s *told) lines() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.all {
		line := string(n.Kind)
		if n.Stage != "" {
			line += " " + n.Stage
		}
		if n.Action != nil {
			line += "/" + n.Action.Name
		}
		if n.Kind != penstock.NoticeCommand {
			out = append(out, fmt.Sprintf("%s %s %d.%d", line, n.State, n.Version, n.Attempt))
		}
	}
	return out
}

// subscribe has a subscription told until stop is called.
func subscribe(t *testing.T, e *penstock.Engine, s penstock.Subscription, to *told) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Subscribe(ctx, s, to.tell) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(stop)
	synctest.Wait()
	return stop
}

// askedFor is a pipeline that ends with an approval.
func askedFor(note string) penstock.Pipeline {
	return penstock.NewPipeline("simple",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("SignOff", penstock.NewApproval("Release"), penstock.NewAction("After", job{Do: "nothing", Note: note})),
	).Mode(penstock.Queued)
}

func TestWhatASubscriptionIsTold(t *testing.T) {
	work := []string{"stage Source STARTED 1.1", "action Source/Fetch STARTED 1.1", "action Source/Fetch SUCCEEDED 1.1", "stage Source SUCCEEDED 1.1"}
	begin := append([]string{"execution STARTED 1.1"}, work...)
	asked := slices.Concat(begin, []string{"stage SignOff STARTED 1.1", "action SignOff/Release STARTED 1.1", "approval SignOff/Release  1.1"})
	for _, test := range []struct {
		name     string
		pipeline penstock.Pipeline
		do       func(b *bench, x string)
		want     []string
	}{
		{"success", simple("nothing"), nil, slices.Concat(begin, []string{
			"stage Work STARTED 1.1", "action Work/Job STARTED 1.1", "action Work/Job SUCCEEDED 1.1", "stage Work SUCCEEDED 1.1", "execution SUCCEEDED 1.1",
		})},
		{"failure and retry", simple("fail"), func(b *bench, x string) {
			b.behave["fail"] = nil
			require.NoError(b.t, b.Retry(b.t.Context(), "simple", "Work", x))
		}, slices.Concat(begin, []string{
			"stage Work STARTED 1.1", "action Work/Job STARTED 1.1", "action Work/Job FAILED 1.1", "stage Work FAILED 1.1", "execution FAILED 1.1",
			"execution RESUMED 1.2", "stage Work RESUMED 1.2", "action Work/Job STARTED 1.2", "action Work/Job SUCCEEDED 1.2", "stage Work SUCCEEDED 1.2", "execution SUCCEEDED 1.2",
		})},
		{"approval", askedFor(""), func(b *bench, _ string) {
			state, err := b.State(b.t.Context(), "simple")
			require.NoError(b.t, err)
			require.NoError(b.t, b.Approve(b.t.Context(), "simple", "SignOff", "Release", state.Stages[1].Actions[0].Token, "go"))
		}, slices.Concat(asked, []string{
			"action SignOff/Release SUCCEEDED 1.1", "action SignOff/After STARTED 1.1", "action SignOff/After SUCCEEDED 1.1", "stage SignOff SUCCEEDED 1.1", "execution SUCCEEDED 1.1",
		})},
		{"abandon", askedFor(""), func(b *bench, x string) {
			require.NoError(b.t, b.Abandon(b.t.Context(), "simple", x, "broken"))
		}, slices.Concat(asked, []string{
			"execution STOPPING 1.1", "stage SignOff STOPPING 1.1", "action SignOff/Release ABANDONED 1.1", "stage SignOff STOPPED 1.1", "execution STOPPED 1.1",
		})},
		{"a new definition", askedFor(""), func(b *bench, _ string) {
			_, err := b.Do(b.t.Context(), penstock.ApplyPipeline{Pipeline: askedFor("new")})
			require.NoError(b.t, err)
		}, slices.Concat(asked, []string{"action SignOff/Release CANCELED 1.1", "stage SignOff CANCELED 1.1", "execution CANCELED 1.1"})},
		{"superseded", askedFor("").Mode(penstock.Superseded), func(b *bench, _ string) {
			for range 2 {
				_, err := b.Start(b.t.Context(), "simple")
				require.NoError(b.t, err)
				synctest.Wait()
			}
		}, slices.Concat(asked, begin, begin, []string{"execution SUPERSEDED 1.1"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, to := newBench(t, penstock.Config{}), &told{}
				b.behave["fail"] = func(context.Context, *penstock.Call[job]) error { return errors.New("it broke") }
				subscribe(t, b.Engine, penstock.Subscription{Name: "s"}, to)
				ctx := penstock.WithActor(t.Context(), "ana")
				applied, err := b.Apply(ctx, test.pipeline)
				require.NoError(t, err)
				b.run()
				synctest.Wait()
				if test.do != nil {
					test.do(b, applied.Execution)
					synctest.Wait()
				}
				time.Sleep(5 * time.Second)
				got := to.lines()
				if test.name == "superseded" { // its end comes between the events of the one that supersedes it
					slices.Sort(got)
					slices.Sort(test.want)
				}
				require.Equal(t, strings.Join(test.want, "\n"), strings.Join(got, "\n"))
				seen := map[string]bool{}
				for _, n := range to.all {
					require.False(t, seen[n.ID])
					seen[n.ID] = true
				}
			})
		})
	}
}

func TestNoticesSayWhatWasKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, to := newBench(t, penstock.Config{}), &told{}
		b.behave["fail"] = func(_ context.Context, call *penstock.Call[job]) error {
			require.NoError(t, call.External("run-7", "https://example.com/7"))
			return errors.New("it broke")
		}
		ctx := penstock.WithActor(t.Context(), "ana")
		applied, err := b.Apply(ctx, simple("fail"))
		require.NoError(t, err)
		b.run()
		time.Sleep(time.Second)
		require.NoError(t, b.Retry(ctx, "simple", "Work", applied.Execution))
		time.Sleep(time.Second)
		_, err = b.Do(ctx, penstock.ApplyPipeline{Pipeline: simple("nothing"), NoStart: true})
		require.NoError(t, err)
		subscribe(t, b.Engine, penstock.Subscription{Name: "s", FromStart: true}, to)
		time.Sleep(time.Second)

		find := func(kind penstock.NoticeKind, state penstock.NoticeState, stage string) (out []penstock.Notice) {
			for _, n := range to.all {
				if n.Kind == kind && n.State == state && n.Stage == stage {
					out = append(out, n)
				}
			}
			return out
		}
		started := find(penstock.NoticeExecution, penstock.StateStarted, "")[0]
		require.Equal(t, penstock.ExecutionTrigger{Type: penstock.TriggerCreate, Detail: "ana"}, started.Trigger)
		require.Equal(t, applied.Execution, started.Execution)
		require.Equal(t, started.At, started.Started)
		fetched := find(penstock.NoticeAction, penstock.StateSucceeded, "Source")[0]
		require.Equal(t, "text", fetched.Action.Outputs[0].Name)
		require.True(t, strings.HasPrefix(fetched.Action.Outputs[0].Digest, "sha256:"))
		worked := find(penstock.NoticeAction, penstock.StateStarted, "Work")
		require.Len(t, worked, 2)
		require.Equal(t, fetched.Action.Outputs[0].Digest, worked[0].Action.Inputs[0].Digest)
		require.Equal(t, job{}.ActionType().Provider, worked[0].Action.Type.Provider)
		failed := find(penstock.NoticeAction, penstock.StateFailed, "Work")
		require.Equal(t, "run-7", failed[0].Action.ExternalID)
		require.Contains(t, failed[0].Action.Failure.Message, "it broke")
		require.NotEqual(t, failed[0].Action.ActionExecution, failed[1].Action.ActionExecution)
		stage := find(penstock.NoticeStage, penstock.StateFailed, "Work")
		require.True(t, stage[0].Retried.IsZero())
		require.Equal(t, find(penstock.NoticeStage, penstock.StateResumed, "Work")[0].At, stage[1].Retried)
		require.Equal(t, stage[0].Started, stage[1].Started)

		commands := find(penstock.NoticeCommand, "", "")
		require.Len(t, commands, 3)
		for i, want := range []struct {
			verb    penstock.Verb
			version int
			created bool
		}{{penstock.VerbApply, 1, true}, {penstock.VerbRetry, 1, false}, {penstock.VerbApply, 2, false}} {
			c := commands[i]
			require.Equal(t, want.verb, c.Command.Verb)
			require.Equal(t, "ana", c.Command.Actor)
			require.Equal(t, want.version, c.Version)
			require.Equal(t, want.created, c.Created)
			require.Equal(t, uint64(i+1), c.Command.Number)
		}
	})
}

// What is told late is what would have been told at once, with the same IDs.
func TestNoticesAreTheSameWheneverTheyAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		b, at, late := newBench(t, penstock.Config{State: state}), &told{}, &told{}
		subscribe(t, b.Engine, penstock.Subscription{Name: "at-once"}, at)
		_, err := b.Apply(t.Context(), simple("nothing"))
		require.NoError(t, err)
		b.run()
		for range 100 { // so many that the pipeline's snapshot is behind its beginning
			_, err := b.Start(t.Context(), "simple")
			require.NoError(t, err)
			synctest.Wait()
		}
		_, err = b.Do(t.Context(), penstock.CreateActionType{Type: scanType()})
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		streams, err := state.Load(t.Context(), "pipeline/simple")
		require.NoError(t, err)
		require.NotZero(t, streams[0].SnapshotVersion)
		subscribe(t, bare(t, state), penstock.Subscription{Name: "late", FromStart: true}, late)
		time.Sleep(5 * time.Second)
		require.Greater(t, len(at.all), 1000)
		require.Equal(t, at.all, late.all)
		last := at.all[len(at.all)-1]
		require.Equal(t, penstock.CatalogueAudit, last.Pipeline)
		require.Equal(t, penstock.VerbDeclare, last.Command.Verb)
	})
}

// Whatever fails, everything is told; and while nobody takes it, releases go on.
func TestASubscriptionTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, to := newBench(t, penstock.Config{}), &told{}
		down := true
		to.fail = func(int) error {
			if down {
				return errors.New("not now")
			}
			return nil
		}
		stop := subscribe(t, b.Engine, penstock.Subscription{Name: "s"}, to)
		applied, err := b.Apply(t.Context(), simple("nothing"))
		require.NoError(t, err)
		b.run()
		x, err := b.Wait(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		time.Sleep(10 * time.Second)
		require.Empty(t, to.lines())
		require.LessOrEqual(t, to.n, 5, "it waits longer and longer")
		stop()
		down = false
		subscribe(t, b.Engine, penstock.Subscription{Name: "s"}, to)
		time.Sleep(5 * time.Second)
		require.Len(t, to.lines(), 10)
	})
}

// L6: receivers that never come back hold nobody up, and another one is told all.
func TestSlowReceiversDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, other := newBench(t, penstock.Config{}), &told{}
		ctx, cancel := context.WithCancel(context.Background())
		entered := make(chan struct{}, 2)
		var stuck sync.WaitGroup
		stuck.Go(func() {
			_ = b.Subscribe(ctx, penstock.Subscription{Name: "stuck"}, func(ctx context.Context, _ []penstock.Notice) error {
				entered <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			})
		})
		stuck.Go(func() {
			for _, err := range b.Follow(ctx, penstock.EventQuery{Pipeline: "simple"}) {
				if err != nil {
					t.Error(err)
				}
				entered <- struct{}{}
				<-ctx.Done() // and then nothing more comes
			}
		})
		subscribe(t, b.Engine, penstock.Subscription{Name: "other"}, other)
		applied, err := b.Apply(t.Context(), simple("nothing"))
		require.NoError(t, err)
		synctest.Wait()
		require.Len(t, entered, 2, "both are stuck before the release begins")

		began := time.Now()
		b.run()
		x, err := b.Wait(t.Context(), "simple", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		require.Zero(t, time.Since(began), "nothing has waited")
		time.Sleep(5 * time.Second)
		require.Len(t, other.lines(), 10)
		cancel()
		stuck.Wait()
	})
}

// What was taken is not told again by the next process, and nothing is left out between the two.
func TestASubscriptionGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		b, to := newBench(t, penstock.Config{State: state}), &told{}
		stop := subscribe(t, b.Engine, penstock.Subscription{Name: "s"}, to)
		_, err := b.Apply(t.Context(), askedFor(""))
		require.NoError(t, err)
		b.run()
		time.Sleep(5 * time.Second)
		stop()
		first := len(to.all)
		require.NotZero(t, first)
		shown, err := b.State(t.Context(), "simple")
		require.NoError(t, err)
		require.NoError(t, b.Approve(t.Context(), "simple", "SignOff", "Release", shown.Stages[1].Actions[0].Token, ""))
		time.Sleep(5 * time.Second)
		subscribe(t, bare(t, state), penstock.Subscription{Name: "s"}, to)
		time.Sleep(5 * time.Second)
		seen := map[string]bool{}
		for _, n := range to.all {
			require.False(t, seen[n.ID], "told twice")
			seen[n.ID] = true
		}
		require.Equal(t, "execution SUCCEEDED 1.1", to.lines()[len(to.lines())-1])
		require.Equal(t, penstock.NoticeAction, to.all[first].Kind, "the approval has ended")
	})
}

// A subscription that nothing happens to writes nothing.
func TestASubscriptionAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		subscribe(t, bare(t, state), penstock.Subscription{Name: "s"}, &told{})
		subscribe(t, bare(t, state), penstock.Subscription{Name: "t"}, &told{})
		time.Sleep(time.Hour)
		feed, err := state.Events(t.Context(), store.FeedQuery{})
		require.NoError(t, err)
		require.Len(t, feed.Events, 2, "the place where each began")
	})
}

func TestSubscriptionsThatCannotBe(t *testing.T) {
	e := bare(t, memory.New(nil))
	for _, name := range []string{"", strings.Repeat("x", 101)} {
		require.ErrorIs(t, e.Subscribe(t.Context(), penstock.Subscription{Name: name}, nil), penstock.ErrInvalid)
	}
}
