package answer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	const id = "00000000-0000-8000-8000-000000000000"
	for _, test := range []struct {
		name, operation string
		status          int
		body, says      string // says "": nothing is wrong
	}{
		{"an output", "StartPipelineExecution", 200, `{"pipelineExecutionId":"` + id + `"}`, ""},
		{"a pattern that is broken", "StartPipelineExecution", 200, `{"pipelineExecutionId":"1"}`, "regular expression"},
		{"an unknown member", "StartPipelineExecution", 200, `{"id":"1"}`, "'id'"},
		{"a required member that is missing", "ListActionTypes", 200, `{}`, "'actionTypes'"},
		{"an output that should be none", "DeletePipeline", 200, `{"x":1}`, "no output"},
		{"no output", "DeletePipeline", 200, `{}`, ""},
		{"a moment", "GetPipelineState", 200, `{"created":1795473000.25,"stageStates":[]}`, ""},
		{"milliseconds", "GetPipelineState", 200, `{"created":1795473000250}`, "'created'"},
		{"milliseconds of this millennium", "GetPipelineState", 200, `{"updated":17954730002}`, "century"},
		{"a moment inside", "GetPipelineState", 200, `{"stageStates":[{"inboundTransitionState":{"enabled":true,"lastChangedAt":0}}]}`, ".stageStates.1.inboundTransitionState.lastChangedAt"},
		{"a moment as text", "GetPipelineState", 200, `{"created":"2026-11-23T00:00:00Z"}`, "seconds"},
		{"a modelled exception", "GetPipelineState", 400, `{"__type":"PipelineNotFoundException","message":"x"}`, ""},
		{"with another status", "GetPipelineState", 404, `{"__type":"PipelineNotFoundException","message":"x"}`, "400"},
		{"of another operation", "GetPipelineState", 400, `{"__type":"StageNotFoundException","message":"x"}`, "does not know"},
		{"without a message", "GetPipelineState", 400, `{"__type":"PipelineNotFoundException"}`, "without a message"},
		{"no exception", "GetPipelineState", 400, `no`, "400"},
		{"no operation", "Nope", 200, `{}`, "no operation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Check(test.operation, test.status, []byte(test.body))
			if test.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.says)
			}
		})
	}
}
