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
		named("AcknowledgeJob", acknowledgeJob),
		named("AcknowledgeThirdPartyJob", acknowledgeThirdPartyJob),
		named("CreateCustomActionType", createCustomActionType),
		named("CreatePipeline", createPipeline),
		named("DeleteCustomActionType", deleteCustomActionType),
		named("DeletePipeline", deletePipeline),
		named("DeleteWebhook", deleteWebhook),
		named("DeregisterWebhookWithThirdParty", deregisterWebhookWithThirdParty),
		named("DisableStageTransition", disableStageTransition),
		named("EnableStageTransition", enableStageTransition),
		named("GetActionType", getActionType),
		named("GetJobDetails", getJobDetails),
		named("GetPipeline", getPipeline),
		named("GetPipelineExecution", getPipelineExecution),
		named("GetPipelineState", getPipelineState),
		named("GetThirdPartyJobDetails", getThirdPartyJobDetails),
		named("ListActionExecutions", listActionExecutions),
		named("ListActionTypes", listActionTypes),
		named("ListDeployActionExecutionTargets", listDeployActionExecutionTargets),
		named("ListPipelineExecutions", listPipelineExecutions),
		named("ListPipelines", listPipelines),
		named("ListRuleExecutions", listRuleExecutions),
		named("ListRuleTypes", listRuleTypes),
		named("ListTagsForResource", listTagsForResource),
		named("ListWebhooks", listWebhooks),
		named("OverrideStageCondition", overrideStageCondition),
		named("PollForJobs", pollForJobs),
		named("PollForThirdPartyJobs", pollForThirdPartyJobs),
		named("PutActionRevision", putActionRevision),
		named("PutApprovalResult", putApprovalResult),
		named("PutJobFailureResult", putJobFailureResult),
		named("PutJobSuccessResult", putJobSuccessResult),
		named("PutThirdPartyJobFailureResult", putThirdPartyJobFailureResult),
		named("PutThirdPartyJobSuccessResult", putThirdPartyJobSuccessResult),
		named("PutWebhook", putWebhook),
		named("RegisterWebhookWithThirdParty", registerWebhookWithThirdParty),
		named("RetryStageExecution", retryStageExecution),
		named("RollbackStage", rollbackStage),
		named("StartPipelineExecution", startPipelineExecution),
		named("StopPipelineExecution", stopPipelineExecution),
		named("TagResource", tagResource),
		named("UntagResource", untagResource),
		named("UpdateActionType", updateActionType),
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
