package awsapi

import (
	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// Bounds of the model that types registered in Go may exceed.
const (
	mostArtifacts   = 10
	mostProperties  = 200
	mostDescription = 160
)

// actionType is a declared type as clients see it.
func actionType(t penstock.DeclaredType) wire.ActionType {
	out := wire.ActionType{
		Id: typeID(t.Type), Settings: typeSettings(t.Links), ActionConfigurationProperties: []wire.ActionConfigurationProperty{},
		InputArtifactDetails: artifactDetails(t.Inputs), OutputArtifactDetails: artifactDetails(t.Outputs),
	}
	for _, p := range t.Properties[:min(len(t.Properties), mostProperties)] {
		out.ActionConfigurationProperties = append(out.ActionConfigurationProperties, wire.ActionConfigurationProperty{
			Name: p.Name, Required: p.Required, Key: p.Key, Secret: p.Secret, Queryable: p.Queryable,
			Description: clip(p.Description, mostDescription), Type: wire.ActionConfigurationPropertyType(p.Type),
		})
	}
	return out
}

func typeID(t penstock.ActionType) *wire.ActionTypeId {
	return &wire.ActionTypeId{Category: wire.ActionCategory(t.Category), Owner: wire.ActionOwner(t.Owner), Provider: t.Provider, Version: t.Version}
}

// typeNamed is the type that clients name so.
func typeNamed(id *wire.ActionTypeId) penstock.ActionType {
	return penstock.ActionType{Category: penstock.Category(id.Category), Owner: penstock.Owner(id.Owner), Provider: id.Provider, Version: id.Version}
}

// typeSettings are a type's links; nil where it has none.
func typeSettings(l penstock.ActionTypeLinks) *wire.ActionTypeSettings {
	if l == (penstock.ActionTypeLinks{}) {
		return nil
	}
	return &wire.ActionTypeSettings{
		ThirdPartyConfigurationUrl: l.Configuration, EntityUrlTemplate: l.Entity, ExecutionUrlTemplate: l.Execution, RevisionUrlTemplate: l.Revision,
	}
}

// artifactDetails tells how many artifacts a type takes; one that takes any number takes as many as can be told.
func artifactDetails(c penstock.ArtifactCount) *wire.ArtifactDetails {
	return &wire.ArtifactDetails{MinimumCount: min(c.Min, mostArtifacts), MaximumCount: min(c.Max, mostArtifacts)}
}
