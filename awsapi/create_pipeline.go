package awsapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func createPipeline(ctx context.Context, c *call, in *wire.CreatePipelineInput) (*wire.CreatePipelineOutput, error) {
	if len(in.Tags) > 0 {
		return nil, &exception{http.StatusBadRequest, "InvalidTagsException", "This endpoint keeps no tags yet: leave them out."}
	}
	p, err := parse(in.Pipeline, nil)
	if err != nil {
		return nil, err
	}
	c.creating.Lock() // two at once would both find the name free
	defer c.creating.Unlock()
	if err := c.free(ctx, p.Name()); err != nil {
		return nil, err
	}
	reply, err := c.do(ctx, penstock.ApplyPipeline{ID: c.command, Pipeline: p, Always: true})
	if err != nil {
		return nil, err
	}
	declared, err := c.definition(ctx, p.Name(), reply.Version)
	return &wire.CreatePipelineOutput{Pipeline: declared}, err
}

// free refuses a name that is taken, unless by this very command: a client that retries is answered as the first time.
func (c *call) free(ctx context.Context, name string) error {
	_, _, err := c.engine.Pipeline(ctx, name, 0)
	if errors.Is(err, penstock.ErrPipelineNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	page, err := c.engine.Audit(ctx, penstock.AuditQuery{Pipeline: name})
	if err != nil {
		return err
	}
	if c.command != "" && slices.ContainsFunc(page.Entries, func(e penstock.AuditEntry) bool { return e.Command == c.command }) {
		return nil
	}
	return &exception{
		http.StatusBadRequest, "PipelineNameInUseException", "A pipeline with the name '" + name + "' already exists in account '" + c.options.Account + "'",
	}
}
