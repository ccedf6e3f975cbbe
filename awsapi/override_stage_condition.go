package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func overrideStageCondition(ctx context.Context, c *call, in *wire.OverrideStageConditionInput) (*none, error) {
	gate := penstock.GateBeforeEntry
	if in.ConditionType == wire.ConditionTypeOnSuccess {
		gate = penstock.GateOnSuccess
	}
	_, err := c.do(ctx, penstock.OverrideCondition{
		ID: c.command, Pipeline: in.PipelineName, Stage: in.StageName, Execution: in.PipelineExecutionId, Gate: gate,
	})
	return &none{}, err
}
