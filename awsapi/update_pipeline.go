package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func updatePipeline(ctx context.Context, c *call, in *wire.UpdatePipelineInput) (*wire.UpdatePipelineOutput, error) {
	stored, _, err := c.engine.Pipeline(ctx, in.Pipeline.Name, 0)
	if err != nil {
		return nil, err
	}
	settings, dropped, err := carry(stored, in.Pipeline)
	if err != nil {
		return nil, err
	}
	p, err := parse(in.Pipeline, settings)
	if err != nil {
		return nil, err
	}
	reply, err := c.do(ctx, penstock.ApplyPipeline{ID: c.command, Pipeline: p, Always: true, NoStart: true})
	if err != nil {
		return nil, err
	}
	if len(dropped) > 0 {
		c.options.Logger.Warn("an update dropped settings that AWS CodePipeline has no words for", "pipeline", p.Name(), "version", reply.Version, "of", dropped)
	}
	declared, err := c.definition(ctx, p.Name(), reply.Version)
	return &wire.UpdatePipelineOutput{Pipeline: declared}, err
}
