package awsapi

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func startPipelineExecution(ctx context.Context, c *call, in *wire.StartPipelineExecutionInput) (*wire.StartPipelineExecutionOutput, error) {
	command := penstock.StartExecution{ID: c.command, Pipeline: in.Name, Variables: map[string]string{}, Revisions: map[string]string{}}
	if in.ClientRequestToken != "" { // whatever else is asked for under it: the same token, the same execution
		command.ID = commandID("start", c.actor, in.Name, in.ClientRequestToken)
	}
	for i, v := range in.Variables {
		if _, twice := command.Variables[v.Name]; twice {
			return nil, invalid(v.Name, fmt.Sprintf("variables.%d.member.name", i+1), "Member must be given once")
		}
		command.Variables[v.Name] = v.Value
	}
	for i, r := range in.SourceRevisions {
		at := fmt.Sprintf("sourceRevisions.%d.member.", i+1)
		if r.RevisionType == wire.SourceRevisionTypeS3ObjectKey {
			return nil, invalid(string(r.RevisionType), at+"revisionType", "Member must not be S3_OBJECT_KEY: this endpoint cannot change an action's object key yet")
		}
		if _, twice := command.Revisions[r.ActionName]; twice {
			return nil, invalid(r.ActionName, at+"actionName", "Member must be given once")
		}
		command.Revisions[r.ActionName] = r.RevisionValue
	}
	reply, err := c.do(ctx, command)
	return &wire.StartPipelineExecutionOutput{PipelineExecutionId: reply.Execution}, err
}
