package penstock_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// TestAStateThatIsKeptIsThatOfTheStore: an engine that was asked before answers as one that was never asked, whatever others have done meanwhile.
func TestAStateThatIsKeptIsThatOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(nil)
		b := newBench(t, penstock.Config{State: shared})
		asked, err := penstock.NewEngine(penstock.Config{State: shared})
		require.NoError(t, err)
		b.run()
		ctx := penstock.WithActor(t.Context(), "ana")
		marked := map[string]penstock.PipelineState{}
		check := func() penstock.PipelineState {
			t.Helper()
			synctest.Wait()
			mark, err := asked.StateMark(ctx, "simple")
			require.NoError(t, err)
			got, err := asked.State(ctx, "simple")
			require.NoError(t, err)
			fresh, err := penstock.NewEngine(penstock.Config{State: shared})
			require.NoError(t, err)
			want, err := fresh.State(ctx, "simple")
			require.NoError(t, err)
			require.Equal(t, want, got)
			if before, known := marked[mark]; known {
				require.Equal(t, want, before, "under the same mark")
			}
			marked[mark] = want
			for _, x := range got.Live { // whoever asked may do with the answer what he wants
				x.Variables["mine"], x.Revisions["mine"] = "mine", penstock.Revision{}
			}
			for _, s := range got.Stages {
				for _, a := range s.Actions {
					a.Configuration["mine"] = "mine"
				}
			}
			return got
		}
		declared := gated("work").Variables(penstock.NewPipelineVariable[string]("Target").Default("eu"))
		_, err = asked.State(ctx, "simple")
		require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		_, err = asked.StateMark(ctx, "simple")
		require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		_, err = b.Apply(ctx, declared)
		require.NoError(t, err)
		for range 3 {
			state := check()
			a := state.Stages[2].Actions[0]
			require.NoError(t, b.Approve(ctx, "simple", "SignOff", "Release", a.Token, ""))
			check()
			_, err := b.Start(ctx, "simple")
			require.NoError(t, err)
		}
		check()
		require.NoError(t, b.DisableTransition(ctx, "simple", "Work", "not now"))
		check()
		for range 45 { // more events than a page has
			for range 12 {
				require.NoError(t, b.DisableTransition(ctx, "simple", "Work", "not now"))
				require.NoError(t, b.EnableTransition(ctx, "simple", "Work"))
			}
		}
		check()
		require.NoError(t, b.EnableTransition(ctx, "simple", "Work"))
		_, err = shared.Prune(ctx, time.Now().Add(time.Hour), store.MaxPage)
		require.NoError(t, err)
		check()

		_, err = b.Do(ctx, penstock.DeletePipeline{Pipeline: "simple"})
		require.NoError(t, err)
		synctest.Wait()
		for range 2 {
			_, err = asked.State(ctx, "simple")
			require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		}
		_, err = b.Apply(ctx, declared)
		require.NoError(t, err)
		check()
		b.end()
	})
}

// TestManyAskAtOnce is for the race detector.
func TestManyAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		b.run()
		_, err := b.Apply(t.Context(), simple("work"))
		require.NoError(t, err)
		var askers sync.WaitGroup
		for range 8 {
			askers.Go(func() {
				last := 0
				for range 50 {
					state, err := b.State(t.Context(), "simple")
					require.NoError(t, err)
					for _, x := range state.Live {
						require.GreaterOrEqual(t, x.Number, last, "time does not go back")
					}
					if len(state.Live) > 0 {
						last = state.Live[0].Number
					}
					if len(state.Live) < 40 {
						_, err = b.Start(t.Context(), "simple")
						require.NoError(t, err)
					}
				}
			})
		}
		askers.Wait()
		b.end()
	})
}

// TestStatesOfManyPipelines: more than are kept.
func TestStatesOfManyPipelines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		for i := range 600 {
			name := fmt.Sprintf("release-%d", i/2)
			if i%2 == 0 {
				_, err := b.Do(t.Context(), penstock.ApplyPipeline{NoStart: true, Pipeline: penstock.NewPipeline(name,
					penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
					penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "work", In: text.In()})))})
				require.NoError(t, err)
			}
			state, err := b.State(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, name, state.Pipeline)
		}
	})
}
