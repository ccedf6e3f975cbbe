package awsapi_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// counting is an engine that counts how often a state is made.
type counting struct {
	awsapi.Engine
	states int
}

func (c *counting) State(ctx context.Context, pipeline string) (penstock.PipelineState, error) {
	c.states++
	return c.Engine.State(ctx, pipeline)
}

func TestAStateIsMadeOncePerChange(t *testing.T) {
	eng := newEngine(t, penstock.Config{})
	counted := &counting{Engine: eng}
	c := client{t, awsapi.NewHandler(counted, nil), nil}
	_, err := eng.Apply(t.Context(), site())
	require.NoError(t, err)
	read := func() wire.GetPipelineStateOutput {
		t.Helper()
		return ask[wire.GetPipelineStateOutput](c, "GetPipelineState", `{"name":"site"}`)
	}
	first := read()
	require.Equal(t, first, read())
	require.Equal(t, 1, counted.states)

	require.NoError(t, eng.DisableTransition(t.Context(), "site", "Build", "freeze"))
	require.Equal(t, "freeze", read().StageStates[1].InboundTransitionState.DisabledReason)
	require.Equal(t, 2, counted.states)

	_, err = eng.Do(t.Context(), penstock.CreateActionType{Type: penstock.CustomActionType{Category: penstock.CategoryTest, Provider: "Scan", Version: "1"}})
	require.NoError(t, err)
	read()
	require.Equal(t, 3, counted.states, "links may be others")
	read()
	require.Equal(t, 3, counted.states)

	_, err = eng.Do(t.Context(), penstock.DeletePipeline{Pipeline: "site"})
	require.NoError(t, err)
	kind, _ := c.refused(400, "GetPipelineState", `{"name":"site"}`)
	require.Equal(t, "PipelineNotFoundException", kind)
	_, err = eng.Apply(t.Context(), site())
	require.NoError(t, err)
	require.Empty(t, read().StageStates[1].InboundTransitionState.DisabledReason, "it begins anew")
}

func TestStatesOfManyPipelines(t *testing.T) {
	eng := newEngine(t, penstock.Config{})
	c := client{t, awsapi.NewHandler(eng, nil), nil}
	for i := range 300 {
		name := fmt.Sprintf("site-%d", i)
		_, err := eng.Apply(t.Context(), penstock.NewPipeline(name,
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Branch: "main", Code: code.Out()})), penstock.NewStage("SignOff", penstock.NewApproval("Release")),
		))
		require.NoError(t, err)
		for range 2 {
			require.Equal(t, name, ask[wire.GetPipelineStateOutput](c, "GetPipelineState", `{"name":"%s"}`, name).PipelineName)
		}
	}
}
