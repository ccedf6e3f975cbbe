package sdktest

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func (b *bench) rollback(name, stage, target string) (string, error) {
	out, err := b.RollbackStage(b.ctx, &codepipeline.RollbackStageInput{PipelineName: &name, StageName: &stage, TargetPipelineExecutionId: &target})
	if err != nil {
		return "", err
	}
	return *out.PipelineExecutionId, nil
}

func TestRollbackStage(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	first := b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	b.wait("site", first, penstock.StatusSucceeded)
	b.wait("site", b.start("site"), penstock.StatusSucceeded)
	id, err := b.rollback("site", "Deploy", first)
	require.NoError(t, err)
	b.wait("site", id, penstock.StatusSucceeded)

	got, err := b.GetPipelineExecution(b.ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: aws.String("site"), PipelineExecutionId: &id})
	require.NoError(t, err)
	require.Equal(t, types.ExecutionTypeRollback, got.PipelineExecution.ExecutionType)
	require.Equal(t, first, *got.PipelineExecution.RollbackMetadata.RollbackTargetPipelineExecutionId)
	require.Equal(t, types.TriggerTypeManualRollback, got.PipelineExecution.Trigger.TriggerType)
	s := b.deployState("site")
	require.Equal(t, types.ExecutionTypeRollback, s.LatestExecution.Type)
	require.Equal(t, id, *s.LatestExecution.PipelineExecutionId)

	_, err = b.rollback("other", "Deploy", first)
	fails[*types.PipelineNotFoundException](t, err)
	_, err = b.rollback("site", "Nope", first)
	fails[*types.StageNotFoundException](t, err)
	_, err = b.rollback("site", "Deploy", nobody)
	fails[*types.PipelineExecutionNotFoundException](t, err)
	_, err = b.rollback("site", "Deploy", id)
	fails[*types.UnableToRollbackStageException](t, err)
	_, err = b.rollback("site", "Source", first)
	fails[*types.UnableToRollbackStageException](t, err)
	_, err = b.rollback("site", "Deploy", "no-uuid")
	fails[*types.ValidationException](t, err)
	_, err = b.UpdatePipeline(b.ctx, &codepipeline.UpdatePipelineInput{Pipeline: pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))})
	require.NoError(t, err)
	_, err = b.rollback("site", "Deploy", first)
	fails[*types.PipelineExecutionOutdatedException](t, err)
}

// Every operation that changes something asks for its own verb, on what it is about.
func TestVerbs(t *testing.T) {
	var asked penstock.Access
	deny := false
	b := newBench(t, penstock.Config{Authorizer: penstock.AuthorizerFunc(func(_ context.Context, access penstock.Access) error {
		if asked = access; deny {
			return errors.New("not today")
		}
		return nil
	})})
	id := b.create(gated("site", jobAction("Ship", "ok")))
	deny = true
	site, deploy := aws.String("site"), aws.String("Deploy")
	const ana = "arn:aws:iam::123456789012:user/ana"
	for name, test := range map[string]struct {
		want penstock.Access
		do   func() error
	}{
		"DeletePipeline": {penstock.Access{Verb: penstock.VerbDelete, Pipeline: "site"}, func() error {
			_, err := b.DeletePipeline(b.ctx, &codepipeline.DeletePipelineInput{Name: site})
			return err
		}},
		"RollbackStage": {penstock.Access{Verb: penstock.VerbRollback, Pipeline: "site", Stage: "Deploy", Execution: id}, func() error {
			_, err := b.rollback("site", "Deploy", id)
			return err
		}},
		"OverrideStageCondition": {penstock.Access{Verb: penstock.VerbOverride, Pipeline: "site", Stage: "Deploy", Execution: id}, func() error {
			return b.override("site", "Deploy", id, types.ConditionTypeOnSuccess)
		}},
		"TagResource":            {penstock.Access{Verb: penstock.VerbTag, Pipeline: "site"}, func() error { return b.tag(account+"site", tag("a", "")) }},
		"UntagResource":          {penstock.Access{Verb: penstock.VerbUntag, Pipeline: "site"}, func() error { return b.untag(account+"site", "a") }},
		"TagResource, type":      {penstock.Access{Verb: penstock.VerbTag, ActionType: "Test/Custom/Job/1"}, func() error { return b.tag(account+"actiontype:Custom/Test/Job/1", tag("a", "")) }},
		"UntagResource, type":    {penstock.Access{Verb: penstock.VerbUntag, ActionType: "Test/Custom/Job/1"}, func() error { return b.untag(account+"actiontype:Custom/Test/Job/1", "a") }},
		"TagResource, webhook":   {penstock.Access{Verb: penstock.VerbTag, Webhook: "push"}, func() error { return b.tag(account+"webhook:push", tag("a", "")) }},
		"TagResource, no tags":   {penstock.Access{Verb: penstock.VerbTag, Webhook: "push"}, func() error { return b.tag(account+"webhook:push", []types.Tag{}...) }},
		"UntagResource, webhook": {penstock.Access{Verb: penstock.VerbUntag, Webhook: "push"}, func() error { return b.untag(account+"webhook:push", "a") }},
		"PutActionRevision": {penstock.Access{Verb: penstock.VerbAnnounce, Pipeline: "site", Stage: "Source", Action: "Fetch"}, func() error {
			_, err := b.PutActionRevision(b.ctx, &codepipeline.PutActionRevisionInput{
				PipelineName: site, StageName: aws.String("Source"), ActionName: aws.String("Fetch"),
				ActionRevision: &types.ActionRevision{RevisionId: deploy, RevisionChangeId: deploy, Created: aws.Time(started)},
			})
			return err
		}},
		"CreateCustomActionType": {penstock.Access{Verb: penstock.VerbDeclare, ActionType: "Test/Custom/Scan/1"}, func() error {
			_, err := b.CreateCustomActionType(b.ctx, scanType())
			return err
		}},
		"DeleteCustomActionType": {penstock.Access{Verb: penstock.VerbUndeclare, ActionType: "Test/Custom/Scan/1"}, func() error {
			_, err := b.DeleteCustomActionType(b.ctx, &codepipeline.DeleteCustomActionTypeInput{Category: types.ActionCategoryTest, Provider: aws.String("Scan"), Version: aws.String("1")})
			return err
		}},
		"UpdateActionType": {penstock.Access{Verb: penstock.VerbDeclare, ActionType: "Test/ThirdParty/Probe/1"}, func() error {
			_, err := b.UpdateActionType(b.ctx, &codepipeline.UpdateActionTypeInput{ActionType: probe()})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			told := errorOf[smithy.APIError](t, test.do())
			require.Equal(t, "AccessDeniedException", told.ErrorCode())
			require.Equal(t, "not today", told.ErrorMessage())
			test.want.Actor = ana
			require.Equal(t, test.want, asked)
		})
	}
}
