package awsapi

import (
	"context"
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func disableStageTransition(ctx context.Context, c *call, in *wire.DisableStageTransitionInput) (*none, error) {
	stage, err := c.entry(ctx, in.PipelineName, in.StageName, in.TransitionType)
	if err != nil {
		return nil, err
	}
	_, err = c.do(ctx, penstock.SetTransition{ID: c.command, Pipeline: in.PipelineName, Stage: stage, Reason: in.Reason})
	return &none{}, err
}

// entry is the stage whose entry a transition is: the one that leads out of a stage leads into the next.
func (c *call) entry(ctx context.Context, pipeline, stage string, transition wire.StageTransitionType) (string, error) {
	if transition == wire.StageTransitionTypeInbound {
		return stage, nil
	}
	declared, err := c.definition(ctx, pipeline, 0)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(declared.Stages, func(s wire.StageDeclaration) bool { return s.Name == stage })
	switch {
	case i < 0:
		return stage, nil // the engine says that there is none
	case i == len(declared.Stages)-1:
		return "", invalid(string(transition), "transitionType", "Member must be Inbound: nothing follows the last stage")
	}
	return declared.Stages[i+1].Name, nil
}
