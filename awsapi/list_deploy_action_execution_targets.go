package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// listDeployActionExecutionTargets answers that there are none: actions run as a whole, not on one target after the other.
func listDeployActionExecutionTargets(ctx context.Context, c *call, in *wire.ListDeployActionExecutionTargetsInput) (*wire.ListDeployActionExecutionTargetsOutput, error) {
	if in.PipelineName != "" {
		if _, err := c.engine.PipelineInfo(ctx, in.PipelineName); err != nil {
			return nil, err
		}
	}
	if in.NextToken != "" {
		return nil, invalidToken
	}
	if _, err := c.engine.FindActionExecution(ctx, in.PipelineName, in.ActionExecutionId); err != nil {
		return nil, err
	}
	return &wire.ListDeployActionExecutionTargetsOutput{Targets: []wire.DeployActionExecutionTarget{}}, nil
}
