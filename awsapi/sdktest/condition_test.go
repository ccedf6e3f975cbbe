package sdktest

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// condition fails unless the variable Target has the value.
func condition(name, value string) []types.Condition {
	return []types.Condition{{Result: types.ResultFail, Rules: []types.RuleDeclaration{{
		Name:       aws.String(name),
		RuleTypeId: &types.RuleTypeId{Category: types.RuleCategoryRule, Owner: types.RuleOwnerAws, Provider: aws.String("VariableCheck"), Version: aws.String("1")},
		Configuration: map[string]string{
			"Variable": "#{variables.Target}", "Operator": "EQ", "Value": value,
		},
	}}}}
}

// gated is a pipeline whose stage Deploy is entered for us alone, and counts for us or eu.
func gated(name string, actions ...types.ActionDeclaration) *types.PipelineDeclaration {
	p := pipeline(name, types.ExecutionModeQueued, actions...)
	p.Stages[1].BeforeEntry = &types.BeforeEntryConditions{Conditions: condition("Region", "us")}
	p.Stages[1].OnSuccess = &types.SuccessConditions{Conditions: condition("Counts", "eu")}
	elsewhere := condition("Elsewhere", "us")[0].Rules[0]
	elsewhere.Configuration["Operator"] = "NE"
	p.Stages[1].OnSuccess.Conditions[0].Rules = append(p.Stages[1].OnSuccess.Conditions[0].Rules, elsewhere)
	return p
}

func (b *bench) override(name, stage, id string, of types.ConditionType) error {
	_, err := b.OverrideStageCondition(b.ctx, &codepipeline.OverrideStageConditionInput{
		PipelineName: &name, StageName: &stage, PipelineExecutionId: &id, ConditionType: of,
	})
	return err
}

func (b *bench) deployState(name string) types.StageState {
	b.t.Helper()
	state, err := b.GetPipelineState(b.ctx, &codepipeline.GetPipelineStateInput{Name: &name})
	require.NoError(b.t, err)
	return state.StageStates[1]
}

func TestConditions(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Executions: 1}})
	b.run()
	id := b.create(gated("site", jobAction("Ship", "ok")))
	b.wait("site", id, penstock.StatusFailed)

	s := b.deployState("site")
	require.Equal(t, types.StageExecutionStatusFailed, s.LatestExecution.Status)
	before := s.BeforeEntryConditionState
	require.Equal(t, types.ConditionExecutionStatusFailed, before.LatestExecution.Status)
	require.NotEmpty(t, *before.LatestExecution.Summary)
	require.Equal(t, types.ConditionExecutionStatusFailed, before.ConditionStates[0].LatestExecution.Status)
	require.WithinDuration(t, time.Now(), *before.ConditionStates[0].LatestExecution.LastStatusChange, time.Minute)
	rule := before.ConditionStates[0].RuleStates[0]
	require.Equal(t, "Region", *rule.RuleName)
	require.Equal(t, types.RuleExecutionStatusFailed, rule.LatestExecution.Status)
	require.NotNil(t, rule.LatestExecution.ErrorDetails)
	require.Nil(t, s.OnSuccessConditionState.LatestExecution, "not evaluated yet")
	require.Equal(t, "Counts", *s.OnSuccessConditionState.ConditionStates[0].RuleStates[0].RuleName)
	require.Nil(t, s.OnSuccessConditionState.ConditionStates[0].RuleStates[0].LatestExecution)
	require.Nil(t, s.OnFailureConditionState)

	fails[*types.PipelineNotFoundException](t, b.override("other", "Deploy", id, types.ConditionTypeBeforeEntry))
	fails[*types.StageNotFoundException](t, b.override("site", "Nope", id, types.ConditionTypeBeforeEntry))
	fails[*types.NotLatestPipelineExecutionException](t, b.override("site", "Deploy", nobody, types.ConditionTypeBeforeEntry))
	fails[*types.ConditionNotOverridableException](t, b.override("site", "Deploy", id, types.ConditionTypeOnSuccess))
	fails[*types.ValidationException](t, b.override("site", "Deploy", id, "ON_FAILURE"))
	require.NoError(t, b.override("site", "Deploy", id, types.ConditionTypeBeforeEntry))
	b.wait("site", id, penstock.StatusSucceeded)
	fails[*types.ConditionNotOverridableException](t, b.override("site", "Deploy", id, types.ConditionTypeBeforeEntry))

	s = b.deployState("site")
	require.Equal(t, types.ConditionExecutionStatusOverridden, s.BeforeEntryConditionState.LatestExecution.Status)
	require.Equal(t, types.ConditionExecutionStatusSucceeded, s.OnSuccessConditionState.LatestExecution.Status)
	require.Equal(t, types.RuleExecutionStatusSucceeded, s.OnSuccessConditionState.ConditionStates[0].RuleStates[0].LatestExecution.Status)
}

func TestAnOverrideNeedsAPlace(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Executions: 1}})
	b.run()
	id := b.create(gated("site", jobAction("Ship", "ok")))
	b.wait("site", id, penstock.StatusFailed)
	_, err := b.DisableStageTransition(b.ctx, &codepipeline.DisableStageTransitionInput{
		PipelineName: aws.String("site"), StageName: aws.String("Deploy"), TransitionType: types.StageTransitionTypeInbound, Reason: aws.String("freeze"),
	})
	require.NoError(t, err)
	b.start("site")
	fails[*types.ConcurrentPipelineExecutionsLimitExceededException](t, b.override("site", "Deploy", id, types.ConditionTypeBeforeEntry))
}

func TestListRuleExecutions(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	id := b.create(gated("site", jobAction("Ship", "ok")))
	b.wait("site", id, penstock.StatusFailed)
	_, err := b.RetryStageExecution(b.ctx, &codepipeline.RetryStageExecutionInput{
		PipelineName: aws.String("site"), StageName: aws.String("Deploy"), PipelineExecutionId: &id, RetryMode: types.StageRetryModeAllActions,
	})
	require.NoError(t, err)
	b.wait("site", id, penstock.StatusFailed)
	require.NoError(t, b.override("site", "Deploy", id, types.ConditionTypeBeforeEntry))
	b.wait("site", id, penstock.StatusSucceeded)
	b.wait("site", b.start("site"), penstock.StatusFailed)

	list := func(in codepipeline.ListRuleExecutionsInput) (out []types.RuleExecutionDetail) {
		t.Helper()
		in.PipelineName = aws.String("site")
		for p := codepipeline.NewListRuleExecutionsPaginator(b.Client, &in); p.HasMorePages(); {
			page, err := p.NextPage(b.ctx)
			require.NoError(t, err)
			out = append(out, page.RuleExecutionDetails...)
		}
		return out
	}
	all := list(codepipeline.ListRuleExecutionsInput{})
	require.Len(t, all, 5)
	require.Equal(t, all, list(codepipeline.ListRuleExecutionsInput{MaxResults: aws.Int32(1)}))
	one := list(codepipeline.ListRuleExecutionsInput{Filter: &types.RuleExecutionFilter{PipelineExecutionId: &id}})
	require.Equal(t, all[1:], one)
	for choice, want := range map[types.StartTimeRange]int{types.StartTimeRangeAll: 4, types.StartTimeRangeLatest: 3} {
		require.Len(t, list(codepipeline.ListRuleExecutionsInput{Filter: &types.RuleExecutionFilter{
			LatestInPipelineExecution: &types.LatestInPipelineExecutionFilter{PipelineExecutionId: &id, StartTimeRange: choice},
		}}), want, choice)
	}
	newest := one[slices.IndexFunc(one, func(r types.RuleExecutionDetail) bool { return *r.RuleName == "Counts" })]
	require.Equal(t, "EQ", newest.Input.Configuration["Operator"])
	require.Equal(t, "Deploy", *newest.StageName)
	require.Equal(t, int32(1), *newest.PipelineVersion)
	require.Equal(t, types.RuleExecutionStatusSucceeded, newest.Status)
	require.Equal(t, "VariableCheck", *newest.Input.RuleTypeId.Provider)
	require.Equal(t, "#{variables.Target}", newest.Input.Configuration["Variable"])
	require.Equal(t, "eu", newest.Input.ResolvedConfiguration["Variable"])
	require.NotNil(t, all[0].Output.ExecutionResult.ErrorDetails)

	for name, ask := range map[string]func(in *codepipeline.ListRuleExecutionsInput){
		"pipeline": func(in *codepipeline.ListRuleExecutionsInput) { in.PipelineName = aws.String("other") },
		"execution": func(in *codepipeline.ListRuleExecutionsInput) {
			in.Filter = &types.RuleExecutionFilter{PipelineExecutionId: aws.String(nobody)}
		},
		"token":  func(in *codepipeline.ListRuleExecutionsInput) { in.NextToken = aws.String("nonsense") },
		"number": func(in *codepipeline.ListRuleExecutionsInput) { in.MaxResults = aws.Int32(101) },
	} {
		in := &codepipeline.ListRuleExecutionsInput{PipelineName: aws.String("site")}
		ask(in)
		_, err := b.ListRuleExecutions(b.ctx, in)
		switch name {
		case "pipeline":
			fails[*types.PipelineNotFoundException](t, err)
		case "execution":
			fails[*types.PipelineExecutionNotFoundException](t, err)
		case "token":
			fails[*types.InvalidNextTokenException](t, err)
		default:
			fails[*types.ValidationException](t, err)
		}
	}
}
