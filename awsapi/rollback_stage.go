package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func rollbackStage(ctx context.Context, c *call, in *wire.RollbackStageInput) (*wire.RollbackStageOutput, error) {
	reply, err := c.do(ctx, penstock.RollbackStage{ID: c.command, Pipeline: in.PipelineName, Stage: in.StageName, Target: in.TargetPipelineExecutionId})
	return &wire.RollbackStageOutput{PipelineExecutionId: reply.Execution}, err
}
