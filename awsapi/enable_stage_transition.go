package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func enableStageTransition(ctx context.Context, c *call, in *wire.EnableStageTransitionInput) (*none, error) {
	stage, err := c.entry(ctx, in.PipelineName, in.StageName, in.TransitionType)
	if err != nil {
		return nil, err
	}
	_, err = c.do(ctx, penstock.SetTransition{ID: c.command, Pipeline: in.PipelineName, Stage: stage, Enabled: true})
	return &none{}, err
}
