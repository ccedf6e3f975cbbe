package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/decode"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// operation carries requests of one kind out.
type operation struct {
	model *wire.Operation
	run   func(ctx context.Context, c *call, body []byte) (any, error)
}

// operations are those that the engine has words for, each in a file of its name.
func operations() []operation {
	return []operation{
		named("CreatePipeline", createPipeline),
		named("DeleteWebhook", deleteWebhook),
		named("DeregisterWebhookWithThirdParty", deregisterWebhookWithThirdParty),
		named("DisableStageTransition", disableStageTransition),
		named("EnableStageTransition", enableStageTransition),
		named("GetPipeline", getPipeline),
		named("GetPipelineExecution", getPipelineExecution),
		named("GetPipelineState", getPipelineState),
		named("ListActionExecutions", listActionExecutions),
		named("ListPipelineExecutions", listPipelineExecutions),
		named("ListWebhooks", listWebhooks),
		named("PutApprovalResult", putApprovalResult),
		named("PutWebhook", putWebhook),
		named("RegisterWebhookWithThirdParty", registerWebhookWithThirdParty),
		named("RetryStageExecution", retryStageExecution),
		named("StartPipelineExecution", startPipelineExecution),
		named("StopPipelineExecution", stopPipelineExecution),
		named("UpdatePipeline", updatePipeline),
	}
}

// none is the answer of operations that have none.
type none struct{}

// named makes an operation of a function whose input and output are the model's.
func named[In, Out any](name string, do func(ctx context.Context, c *call, in *In) (*Out, error)) operation {
	model := wire.Find(name)
	return operation{model, func(ctx context.Context, c *call, body []byte) (any, error) {
		in := new(In)
		if err := decode.Decode(body, model.Input, decode.Options{IgnoreUnknown: c.options.IgnoreUnknown}, in); err != nil {
			return nil, err
		}
		out, err := do(ctx, c, in)
		return out, c.exception(err)
	}}
}
