package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func getPipeline(ctx context.Context, c *call, in *wire.GetPipelineInput) (*wire.GetPipelineOutput, error) {
	declared, err := c.definition(ctx, in.Name, in.Version)
	if err != nil {
		return nil, err
	}
	info, err := c.engine.PipelineInfo(ctx, in.Name)
	return &wire.GetPipelineOutput{Pipeline: declared, Metadata: &wire.PipelineMetadata{
		PipelineArn: c.options.pipelineArn(in.Name), Created: wire.At(info.Created), Updated: wire.At(info.Updated),
	}}, err
}
