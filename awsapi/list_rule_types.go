package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// listRuleTypes tells all: their one owner is AWS, and it has them in every region.
func listRuleTypes(ctx context.Context, c *call, _ *wire.ListRuleTypesInput) (*wire.ListRuleTypesOutput, error) {
	types, err := c.engine.RuleTypes(ctx)
	out := &wire.ListRuleTypesOutput{RuleTypes: []wire.RuleType{}}
	for _, t := range types {
		told := wire.RuleType{
			Id:                   &wire.RuleTypeId{Category: wire.RuleCategory(t.Type.Category), Owner: wire.RuleOwner(t.Type.Owner), Provider: t.Type.Provider, Version: t.Type.Version},
			InputArtifactDetails: artifactDetails(t.Inputs), RuleConfigurationProperties: []wire.RuleConfigurationProperty{},
		}
		for _, p := range t.Properties {
			told.RuleConfigurationProperties = append(told.RuleConfigurationProperties, wire.RuleConfigurationProperty{
				Name: p.Name, Required: p.Required, Key: p.Key, Secret: p.Secret, Queryable: p.Queryable,
				Description: clip(p.Description, mostDescription), Type: wire.RuleConfigurationPropertyType(p.Type),
			})
		}
		out.RuleTypes = append(out.RuleTypes, told)
	}
	return out, err
}
