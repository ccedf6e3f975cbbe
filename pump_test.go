package penstock_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// counted is a store that counts the calls of Commit and what they brought.
type counted struct {
	*memory.Store
	commits, batches atomic.Int64
}

func (c *counted) Commit(ctx context.Context, batches []store.Batch) []error {
	c.commits.Add(1)
	c.batches.Add(int64(len(batches)))
	return c.Store.Commit(ctx, batches)
}

// What ends at about the same time is committed together, also where one core does everything: an action's end that wakes the pump must not
// get a commit of its own while others are about to end.
func TestWhatEndsTogetherIsCommittedTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const pipelines, rounds = 50, 20
	state := &counted{Store: memory.New(&memory.Options{Exclusive: true})}
	eng, err := penstock.NewEngine(penstock.Config{Actions: noops(), State: state, Slots: 2 * pipelines})
	require.NoError(t, err)
	require.NoError(t, eng.RunWhile(t.Context(), func(ctx context.Context) error {
		for i := range pipelines {
			if _, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: release12(i), NoStart: true}); err != nil {
				return err
			}
		}
		state.commits.Store(0)
		state.batches.Store(0)
		var all sync.WaitGroup
		for i := range pipelines {
			all.Go(func() {
				for range rounds {
					id, err := eng.Start(ctx, fmt.Sprintf("release-%d", i))
					if err == nil {
						_, err = eng.Wait(ctx, fmt.Sprintf("release-%d", i), id)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		return nil
	}))
	together := float64(state.batches.Load()) / float64(state.commits.Load())
	require.Greater(t, together, 10.0, "%d batches in %d commits", state.batches.Load(), state.commits.Load())
}
