package penstock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestFindActionExecution(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	ids := map[string]string{}                                           // of pipelines
	for name, executions := range map[string]int{"one": 3, "two": 101} { // the second has two pages
		_, err := b.Apply(t.Context(), penstock.NewPipeline(name,
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
			penstock.NewStage("Work", penstock.NewAction("Job", job{In: text.In(), Do: "nothing"})),
		))
		require.NoError(t, err)
		for range executions {
			id, err := b.Start(t.Context(), name)
			require.NoError(t, err)
			_, err = b.Wait(t.Context(), name, id)
			require.NoError(t, err)
		}
		page, err := b.ActionExecutions(t.Context(), penstock.ActionExecutionQuery{Pipeline: name, Limit: 1000})
		require.NoError(t, err)
		for i, a := range page.Actions {
			if i%20 > 0 && i < len(page.Actions)-2 {
				continue
			}
			ids[a.ID] = name
			for _, within := range []string{name, ""} {
				found, err := b.FindActionExecution(t.Context(), within, a.ID)
				require.NoError(t, err)
				require.Equal(t, a, found)
			}
		}
	}
	for id, name := range ids {
		other := map[string]string{"one": "two", "two": "one"}[name]
		require.ErrorIs(t, second(b.FindActionExecution(t.Context(), other, id)), penstock.ErrNotFound)
	}
	require.ErrorIs(t, second(b.FindActionExecution(t.Context(), "", "nonsense")), penstock.ErrNotFound)
	require.ErrorIs(t, second(b.FindActionExecution(t.Context(), "nothing", "00000000-0000-8000-8000-000000000000")), penstock.ErrPipelineNotFound)
}
