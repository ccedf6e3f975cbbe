package awsapi

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// definition is a pipeline's stored definition as clients see it; version 0 is the newest.
func (c *call) definition(ctx context.Context, name string, version int) (*wire.PipelineDeclaration, error) {
	p, version, err := c.engine.Pipeline(ctx, name, version)
	if err != nil {
		return nil, err
	}
	return c.declaration(p, version)
}

// declaration is a definition with what the service requires and Go's builders have no words for, and without its secrets.
func (c *call) declaration(p penstock.Pipeline, version int) (*wire.PipelineDeclaration, error) {
	data, err := p.CodePipeline()
	if err != nil {
		return nil, err
	}
	var told struct {
		Pipeline wire.PipelineDeclaration `json:"pipeline"`
	}
	if err := json.Unmarshal(data, &told); err != nil {
		return nil, err
	}
	out := &told.Pipeline
	out.Version, out.RoleArn = version, cmp.Or(out.RoleArn, c.options.Role)
	if out.ArtifactStore == nil && len(out.ArtifactStores) == 0 {
		out.ArtifactStore = &wire.ArtifactStore{Type: wire.ArtifactStoreTypeS3, Location: c.options.Bucket}
	}
	return out, nil
}

// parse makes a pipeline of a declaration. Which version it will be is not the client's to say.
func parse(declared *wire.PipelineDeclaration) (penstock.Pipeline, error) {
	declared.Version = 0
	data, err := json.Marshal(declared)
	if err != nil {
		return penstock.Pipeline{}, err
	}
	return penstock.ParsePipeline(data)
}

// action is the declaration of an action; nil where the definition has none of that name there.
func action(p *wire.PipelineDeclaration, stage, name string) *wire.ActionDeclaration {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if a := &p.Stages[i].Actions[j]; p.Stages[i].Name == stage && a.Name == name {
				return a
			}
		}
	}
	return nil
}
