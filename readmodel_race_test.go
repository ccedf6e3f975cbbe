package penstock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// between has something happen between the look at a pipeline's state and the look at its records.
type between struct {
	store.StateStore
	do func()
}

func (b *between) List(ctx context.Context, q store.Query) (store.Page, error) {
	if do := b.do; do != nil && q.Kind == machine.KindExecution {
		b.do = nil
		do()
	}
	return b.StateStore.List(ctx, q)
}

func TestAnExecutionThatEndsWhileItIsListedIsListedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held, done := &between{StateStore: memory.New(nil)}, make(chan struct{})
		b := newBench(t, penstock.Config{State: held})
		b.behave["wait"] = func(context.Context, *penstock.Call[job]) error { <-done; return nil }
		applied, err := b.Apply(penstock.WithActor(t.Context(), "ana"), simple("wait"))
		require.NoError(t, err)
		b.run()
		time.Sleep(5 * time.Second)
		held.do = func() {
			close(done)
			time.Sleep(5 * time.Second)
		}
		page, err := b.Executions(t.Context(), penstock.ExecutionQuery{Pipeline: "simple"})
		require.NoError(t, err)
		require.Len(t, page.Executions, 1)
		require.Equal(t, applied.Execution, page.Executions[0].ID)
		page, err = b.Executions(t.Context(), penstock.ExecutionQuery{Pipeline: "simple"})
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, page.Executions[0].Status)
	})
}
