package awsapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// What the SDK cannot be made to say is asked here; awsapi/sdktest has the rest.
func TestAPipelineByHand(t *testing.T) {
	eng := newEngine(t, penstock.Config{})
	c := client{t, awsapi.NewHandler(eng, nil), nil}
	_, err := eng.Apply(penstock.WithActor(t.Context(), "ana"), site())
	require.NoError(t, err)

	got := ask[wire.GetPipelineOutput](c, "GetPipeline", `{"name":"site"}`)
	require.Equal(t, wire.ExecutionModeQueued, got.Pipeline.ExecutionMode)
	require.Equal(t, "arn:aws:iam::000000000000:role/penstock", got.Pipeline.RoleArn)
	require.Equal(t, "arn:aws:codepipeline:us-east-1:000000000000:site", got.Metadata.PipelineArn)

	state := ask[wire.GetPipelineStateOutput](c, "GetPipelineState", `{"name":"site"}`)
	require.Len(t, state.StageStates, 2)
	require.Equal(t, []string{"One", "Two", "Release"}, names(state.StageStates[1].ActionStates), "what has not begun is there by name")

	ask[none](c, "DisableStageTransition", `{"pipelineName":"site","stageName":"Build","transitionType":"Inbound","reason":"freeze"}`)
	state = ask[wire.GetPipelineStateOutput](c, "GetPipelineState", `{"name":"site"}`)
	gate := state.StageStates[1].InboundTransitionState
	require.Equal(t, "arn:aws:iam::000000000000:user/local", gate.LastChangedBy)
	require.WithinDuration(t, time.Now(), gate.LastChangedAt.Time, time.Minute)
	ask[none](c, "EnableStageTransition", `{"pipelineName":"site","stageName":"Build","transitionType":"Inbound"}`)
}

type none struct{}

func names(all []wire.ActionState) (out []string) {
	for _, a := range all {
		out = append(out, a.ActionName)
	}
	return out
}

// The penstock block is no member of the service's structure: nobody can set it from outside.
func TestTheBlockIsNotTaken(t *testing.T) {
	c := client{t, awsapi.NewHandler(newEngine(t, penstock.Config{}), nil), nil}
	kind, message := c.refused(400, "CreatePipeline", `{"pipeline":{"name":"site","roleArn":"arn:aws:iam::123456789012:role/r","stages":[],"penstock":{}}}`)
	require.Equal(t, "ValidationException", kind)
	require.Equal(t, "1 validation error detected: Value at 'pipeline.penstock' failed to satisfy constraint: Member must be one that the operation knows", message)
}

// Stages show nothing in PARALLEL mode.
func TestTheStateOfAParallelPipelineIsEmpty(t *testing.T) {
	eng := newEngine(t, penstock.Config{})
	_, err := eng.Apply(t.Context(), site().Mode(penstock.InParallel))
	require.NoError(t, err)
	c := client{t, awsapi.NewHandler(eng, nil), nil}
	state := ask[wire.GetPipelineStateOutput](c, "GetPipelineState", `{"name":"site"}`)
	require.Empty(t, state.StageStates)
	require.Equal(t, 1, state.PipelineVersion)
}
