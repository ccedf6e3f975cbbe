package sdktest

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

// asks is a request of an operation.
type asks func(c *codepipeline.Client) error

// refuses demands of each request that the endpoint refuses it so.
func (b *bench) refuses(c *codepipeline.Client, exception string, requests map[string]asks) {
	for name, ask := range requests {
		b.t.Run(exception+"/"+name, func(t *testing.T) {
			require.Equal(t, exception, errorOf[smithy.APIError](t, ask(c)).ErrorCode())
		})
	}
}

func TestWhatIsMalformed(t *testing.T) {
	b := newBench(t, penstock.Config{})
	odd := aws.String("a b")
	b.refuses(b.Client, "ValidationException", map[string]asks{
		"DeleteWebhook": func(c *codepipeline.Client) error {
			_, err := c.DeleteWebhook(b.ctx, &codepipeline.DeleteWebhookInput{Name: odd})
			return err
		},
		"RegisterWebhookWithThirdParty": func(c *codepipeline.Client) error {
			_, err := c.RegisterWebhookWithThirdParty(b.ctx, &codepipeline.RegisterWebhookWithThirdPartyInput{WebhookName: odd})
			return err
		},
		"DeregisterWebhookWithThirdParty": func(c *codepipeline.Client) error {
			_, err := c.DeregisterWebhookWithThirdParty(b.ctx, &codepipeline.DeregisterWebhookWithThirdPartyInput{WebhookName: odd})
			return err
		},
		"ListWebhooks": func(c *codepipeline.Client) error {
			_, err := c.ListWebhooks(b.ctx, &codepipeline.ListWebhooksInput{MaxResults: aws.Int32(101)})
			return err
		},
		"GetPipeline": func(c *codepipeline.Client) error {
			_, err := c.GetPipeline(b.ctx, &codepipeline.GetPipelineInput{Name: odd})
			return err
		},
		"GetPipelineExecution": func(c *codepipeline.Client) error {
			_, err := c.GetPipelineExecution(b.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: odd, PipelineExecutionId: aws.String(nobody)})
			return err
		},
		"GetPipelineState": func(c *codepipeline.Client) error {
			_, err := c.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: odd})
			return err
		},
		"ListActionExecutions": func(c *codepipeline.Client) error {
			_, err := c.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: odd})
			return err
		},
		"ListPipelineExecutions": func(c *codepipeline.Client) error {
			_, err := c.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: odd})
			return err
		},
		"PutApprovalResult": func(c *codepipeline.Client) error {
			_, err := c.PutApprovalResult(b.ctx, &codepipeline.PutApprovalResultInput{
				PipelineName: odd, StageName: odd, ActionName: odd, Token: aws.String(nobody), Result: &types.ApprovalResult{Status: "Perhaps", Summary: aws.String("")},
			})
			return err
		},
		"UpdatePipeline": func(c *codepipeline.Client) error {
			_, err := c.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: pipeline("a b", "", jobAction("Ship", "ok"))})
			return err
		},
	})
}

func TestWhatCannotBeAPipelineAnyMore(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Stages: 2}})
	b.create(pipeline("site", "", jobAction("Ship", "ok")))
	for name, test := range map[string]struct {
		change func(p *types.PipelineDeclaration)
		want   string
	}{
		"two stages of a name": {func(p *types.PipelineDeclaration) { p.Stages[1].Name = p.Stages[0].Name }, "InvalidStageDeclarationException"},
		"too many stages": {func(p *types.PipelineDeclaration) {
			p.Stages = append(p.Stages, types.StageDeclaration{Name: aws.String("More"), Actions: []types.ActionDeclaration{jobAction("Again", "ok")}})
		}, "InvalidStructureException"},
		"blockers of a name": {func(p *types.PipelineDeclaration) {
			night := types.BlockerDeclaration{Name: aws.String("Night"), Type: types.BlockerTypeSchedule}
			p.Stages[1].Blockers = []types.BlockerDeclaration{night, night}
		}, "InvalidBlockerDeclarationException"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pipeline("site", "", jobAction("Ship", "ok"))
			test.change(p)
			_, err := b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: p})
			require.Equal(t, test.want, errorOf[smithy.APIError](t, err).ErrorCode())
			p.Name = aws.String("other")
			_, err = b.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: p})
			require.Equal(t, test.want, errorOf[smithy.APIError](t, err).ErrorCode())
		})
	}
}

// Somebody else is in the pipeline's only place while the failed execution wants it back.
func TestARetryCountsAgainstTheQuota(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Executions: 1}})
	b.run()
	id := b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "fail")))
	b.wait("site", id, penstock.StatusFailed)
	_, err := b.DisableStageTransition(b.ctx, &codepipeline.DisableStageTransitionInput{
		PipelineName: aws.String("site"), StageName: aws.String("Deploy"), TransitionType: types.StageTransitionTypeInbound, Reason: aws.String("freeze"),
	})
	require.NoError(t, err)
	b.start("site")
	_, err = b.RetryStageExecution(b.ctx, &codepipeline.RetryStageExecutionInput{
		PipelineName: aws.String("site"), StageName: aws.String("Deploy"), PipelineExecutionId: &id, RetryMode: types.StageRetryModeFailedActions,
	})
	fails[*types.ConcurrentPipelineExecutionsLimitExceededException](t, err)
}

// refusing is an engine on which somebody else is quicker every time.
type refusing struct{ awsapi.Engine }

func (refusing) Do(context.Context, penstock.Command) (penstock.Reply, error) {
	return penstock.Reply{}, &penstock.Error{Code: penstock.ErrConflict, Err: errors.New("somebody else was quicker")}
}

func TestSomebodyElseWasQuicker(t *testing.T) {
	b := newBench(t, penstock.Config{})
	server := httptest.NewServer(awsapi.NewHandler(refusing{b.engine}, &awsapi.Options{Region: region, Account: "123456789012", Credentials: keys}))
	t.Cleanup(server.Close)
	c, site, stage, id, arn := b.client(server.URL), aws.String("site"), aws.String("Deploy"), aws.String(nobody), aws.String(account+"site")
	b.refuses(c, "ConflictException", map[string]asks{
		"StartPipelineExecution": func(c *codepipeline.Client) error {
			_, err := c.StartPipelineExecution(b.ctx, &codepipeline.StartPipelineExecutionInput{Name: site})
			return err
		},
		"StopPipelineExecution": func(c *codepipeline.Client) error {
			_, err := c.StopPipelineExecution(b.ctx, &codepipeline.StopPipelineExecutionInput{PipelineName: site, PipelineExecutionId: id})
			return err
		},
		"RetryStageExecution": func(c *codepipeline.Client) error {
			_, err := c.RetryStageExecution(b.ctx, &codepipeline.RetryStageExecutionInput{
				PipelineName: site, StageName: stage, PipelineExecutionId: id, RetryMode: types.StageRetryModeAllActions,
			})
			return err
		},
		"RollbackStage": func(c *codepipeline.Client) error {
			_, err := c.RollbackStage(b.ctx, &codepipeline.RollbackStageInput{PipelineName: site, StageName: stage, TargetPipelineExecutionId: id})
			return err
		},
		"OverrideStageCondition": func(c *codepipeline.Client) error {
			_, err := c.OverrideStageCondition(b.ctx, &codepipeline.OverrideStageConditionInput{
				PipelineName: site, StageName: stage, PipelineExecutionId: id, ConditionType: types.ConditionTypeOnSuccess,
			})
			return err
		},
	})
	b.refuses(c, "ConcurrentModificationException", map[string]asks{
		"CreatePipeline": func(c *codepipeline.Client) error {
			_, err := c.CreatePipeline(b.ctx, &codepipeline.CreatePipelineInput{Pipeline: pipeline("site", "", jobAction("Ship", "ok"))})
			return err
		},
		"DeletePipeline": func(c *codepipeline.Client) error {
			_, err := c.DeletePipeline(b.ctx, &codepipeline.DeletePipelineInput{Name: site})
			return err
		},
		"CreateCustomActionType": func(c *codepipeline.Client) error {
			_, err := c.CreateCustomActionType(b.ctx, scanType())
			return err
		},
		"PutWebhook": func(c *codepipeline.Client) error {
			_, err := c.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf("push", nil)})
			return err
		},
		"DeleteWebhook": func(c *codepipeline.Client) error {
			_, err := c.DeleteWebhook(b.ctx, &codepipeline.DeleteWebhookInput{Name: aws.String("push")})
			return err
		},
		"TagResource": func(c *codepipeline.Client) error {
			_, err := c.TagResource(b.ctx, &codepipeline.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{tag("team", "web")}})
			return err
		},
		"UntagResource": func(c *codepipeline.Client) error {
			_, err := c.UntagResource(b.ctx, &codepipeline.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}})
			return err
		},
	})
	b.refuses(c, "RequestFailedException", map[string]asks{
		"UpdateActionType": func(c *codepipeline.Client) error {
			none := &types.ActionTypeArtifactDetails{}
			_, err := c.UpdateActionType(b.ctx, &codepipeline.UpdateActionTypeInput{ActionType: &types.ActionTypeDeclaration{
				Id:                   &types.ActionTypeIdentifier{Category: types.ActionCategoryTest, Owner: aws.String("ThirdParty"), Provider: aws.String("Probe"), Version: aws.String("1")},
				Executor:             &types.ActionTypeExecutor{Type: types.ExecutorTypeJobWorker, Configuration: &types.ExecutorConfiguration{JobWorkerExecutorConfiguration: &types.JobWorkerExecutorConfiguration{}}},
				InputArtifactDetails: none, OutputArtifactDetails: none,
			}})
			return err
		},
	})
}
