package penstock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestCursorsThatNoListAnswered(t *testing.T) {
	b := newBench(t, penstock.Config{})
	_, err := b.Apply(t.Context(), simple("work"))
	require.NoError(t, err)
	ctx, cursor := t.Context(), "no cursor!"
	for name, err := range map[string]error{
		"executions":        second(b.Executions(ctx, penstock.ExecutionQuery{Pipeline: "simple", Cursor: cursor})),
		"action executions": second(b.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "simple", Cursor: cursor})),
		"rule executions":   second(b.RuleExecutions(ctx, penstock.RuleExecutionQuery{Pipeline: "simple", Cursor: cursor})),
		"pipelines":         second(b.Pipelines(ctx, penstock.PipelineQuery{Cursor: cursor})),
		"versions":          second(b.PipelineVersions(ctx, penstock.PipelineVersionQuery{Pipeline: "simple", Cursor: cursor})),
		"audit":             second(b.Audit(ctx, penstock.AuditQuery{Pipeline: "simple", Cursor: cursor})),
		"action types":      second(b.ActionTypes(ctx, penstock.ActionTypeQuery{Cursor: cursor})),
	} {
		require.ErrorIs(t, err, penstock.ErrInvalidCursor, name)
		require.ErrorIs(t, err, penstock.ErrInvalid, name)
	}
}
