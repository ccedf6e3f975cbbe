package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func putApprovalResult(ctx context.Context, c *call, in *wire.PutApprovalResultInput) (*wire.PutApprovalResultOutput, error) {
	reply, err := c.do(ctx, penstock.DecideApproval{
		ID: c.command, Pipeline: in.PipelineName, Stage: in.StageName, Action: in.ActionName, Token: in.Token,
		Reject: in.Result.Status == wire.ApprovalStatusRejected, Summary: in.Result.Summary,
	})
	return &wire.PutApprovalResultOutput{ApprovedAt: wire.At(reply.At)}, err
}
