package local_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/executor/executortest"
	"github.com/penstock-dev/penstock/executor/local"
)

func TestExecutor(t *testing.T) {
	for name, slots := range map[string]int{"default": 0, "two slots": 2} {
		t.Run(name, func(t *testing.T) {
			executortest.TestExecutor(t, func(t testing.TB, script executortest.Script) executor.Executor {
				var types []local.Type
				for name, action := range script {
					types = append(types, local.Type{Name: name, Run: func(ctx context.Context, task *executor.Task, to executor.Reporter) executor.Outcome {
						return action(ctx, *task, to)
					}})
				}
				e, err := local.New(types, local.Options{Slots: slots, CancelGrace: 20 * time.Millisecond})
				require.NoError(t, err)
				t.Cleanup(func() {
					ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
					defer stop()
					require.NoError(t, e.Close(ctx))
					require.Zero(t, e.Stuck())
				})
				return e
			})
		})
	}
}
