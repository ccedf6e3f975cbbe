package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putActionRevision(ctx context.Context, c *call, in *wire.PutActionRevisionInput) (*wire.PutActionRevisionOutput, error) {
	revision := in.ActionRevision
	reply, err := c.do(ctx, penstock.PutActionRevision{
		ID: c.command, Pipeline: in.PipelineName, Stage: in.StageName, Action: in.ActionName,
		Revision: revision.RevisionId, ChangeID: revision.RevisionChangeId, Created: revision.Created.Time,
	})
	return &wire.PutActionRevisionOutput{NewRevision: reply.Changed, PipelineExecutionId: reply.Execution}, err
}
