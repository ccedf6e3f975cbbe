package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func deletePipeline(ctx context.Context, c *call, in *wire.DeletePipelineInput) (*none, error) {
	_, err := c.do(ctx, penstock.DeletePipeline{ID: c.command, Pipeline: in.Name})
	return &none{}, err
}
