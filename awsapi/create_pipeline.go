package awsapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func createPipeline(ctx context.Context, c *call, in *wire.CreatePipelineInput) (*wire.CreatePipelineOutput, error) {
	p, err := parse(in.Pipeline)
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	reply, err := c.engine.Do(ctx, penstock.ApplyPipeline{ID: c.command, Pipeline: p, Only: penstock.CreateOnly, Tags: tags})
	if errors.Is(err, penstock.ErrAlreadyExists) {
		return nil, &exception{
			http.StatusBadRequest, "PipelineNameInUseException", "A pipeline with the name '" + p.Name() + "' already exists in account '" + c.options.Account + "'",
		}
	}
	if err != nil {
		return nil, onTags(c.options.pipelineArn(p.Name()), err)
	}
	declared, err := c.definition(ctx, p.Name(), reply.Version)
	return &wire.CreatePipelineOutput{Pipeline: declared, Tags: tagList(tags)}, err
}
