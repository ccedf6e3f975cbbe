package awsapi

import (
	"cmp"
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func listPipelines(ctx context.Context, c *call, in *wire.ListPipelinesInput) (*wire.ListPipelinesOutput, error) {
	from, err := readToken(in.NextToken, c.model.Name)
	if err != nil {
		return nil, err
	}
	page, err := c.engine.Pipelines(ctx, penstock.PipelineQuery{Cursor: from.Cursor, Limit: cmp.Or(in.MaxResults, defaultResults)})
	if err != nil {
		return nil, err
	}
	out := &wire.ListPipelinesOutput{Pipelines: []wire.PipelineSummary{}}
	for _, p := range page.Pipelines {
		out.Pipelines = append(out.Pipelines, wire.PipelineSummary{
			Name: p.Name, Version: p.Version, PipelineType: wire.PipelineType(p.Type), ExecutionMode: wire.ExecutionMode(p.Mode),
			Created: wire.At(p.Created), Updated: wire.At(p.Updated),
		})
	}
	if page.Next != "" {
		out.NextToken = place{Cursor: page.Next}.token(c.model.Name)
	}
	return out, nil
}
