package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func stopPipelineExecution(ctx context.Context, c *call, in *wire.StopPipelineExecutionInput) (*wire.StopPipelineExecutionOutput, error) {
	reply, err := c.do(ctx, penstock.StopExecution{
		ID: c.command, Pipeline: in.PipelineName, Execution: in.PipelineExecutionId, Abandon: in.Abandon, Reason: in.Reason,
	})
	return &wire.StopPipelineExecutionOutput{PipelineExecutionId: reply.Execution}, err
}
