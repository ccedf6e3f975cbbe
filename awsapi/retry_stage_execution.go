package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func retryStageExecution(ctx context.Context, c *call, in *wire.RetryStageExecutionInput) (*wire.RetryStageExecutionOutput, error) {
	reply, err := c.do(ctx, penstock.RetryStageExecution{
		ID: c.command, Pipeline: in.PipelineName, Stage: in.StageName, Execution: in.PipelineExecutionId, Mode: penstock.RetryMode(in.RetryMode),
	})
	return &wire.RetryStageExecutionOutput{PipelineExecutionId: reply.Execution}, err
}
