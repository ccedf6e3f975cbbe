package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func updatePipeline(ctx context.Context, c *call, in *wire.UpdatePipelineInput) (*wire.UpdatePipelineOutput, error) {
	p, err := parse(in.Pipeline)
	if err != nil {
		return nil, err
	}
	reply, err := c.do(ctx, penstock.ApplyPipeline{ID: c.command, Pipeline: p, Only: penstock.UpdateOnly, Always: true, KeepSettings: true})
	if err != nil {
		return nil, err
	}
	declared, err := c.definition(ctx, p.Name(), reply.Version)
	return &wire.UpdatePipelineOutput{Pipeline: declared}, err
}
