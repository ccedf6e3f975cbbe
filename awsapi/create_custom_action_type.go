package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func createCustomActionType(ctx context.Context, c *call, in *wire.CreateCustomActionTypeInput) (*wire.CreateCustomActionTypeOutput, error) {
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	t := customType(in)
	if _, err := c.engine.Do(ctx, penstock.CreateActionType{ID: c.command, Type: t, Tags: tags}); err != nil {
		return nil, onTags(c.options.actionTypeArn(t.Type()), err)
	}
	told := actionType(penstock.DeclaredType{Type: t.Type(), Properties: t.Properties, Inputs: t.Inputs, Outputs: t.Outputs, Links: t.Links})
	return &wire.CreateCustomActionTypeOutput{ActionType: &told, Tags: tagList(tags)}, nil
}

// customType is the type that a request describes.
func customType(in *wire.CreateCustomActionTypeInput) penstock.CustomActionType {
	out := penstock.CustomActionType{
		Category: penstock.Category(in.Category), Provider: in.Provider, Version: in.Version,
		Inputs:  penstock.ArtifactCount{Min: in.InputArtifactDetails.MinimumCount, Max: in.InputArtifactDetails.MaximumCount},
		Outputs: penstock.ArtifactCount{Min: in.OutputArtifactDetails.MinimumCount, Max: in.OutputArtifactDetails.MaximumCount},
	}
	if s := in.Settings; s != nil {
		out.Links = penstock.ActionTypeLinks{
			Configuration: s.ThirdPartyConfigurationUrl, Entity: s.EntityUrlTemplate, Execution: s.ExecutionUrlTemplate, Revision: s.RevisionUrlTemplate,
		}
	}
	for _, p := range in.ConfigurationProperties {
		out.Properties = append(out.Properties, penstock.ActionTypeProperty{
			Name: p.Name, Description: p.Description, Required: p.Required, Key: p.Key, Secret: p.Secret, Queryable: p.Queryable, Type: string(p.Type),
		})
	}
	return out
}
