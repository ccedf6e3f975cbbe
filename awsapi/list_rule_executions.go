package awsapi

import (
	"cmp"
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func listRuleExecutions(ctx context.Context, c *call, in *wire.ListRuleExecutionsInput) (*wire.ListRuleExecutionsOutput, error) {
	told := ruleTeller{definitions{c, in.PipelineName, map[int]*wire.PipelineDeclaration{}}}
	l := lister[penstock.RuleExecution, wire.RuleExecutionDetail]{
		call: c, pipeline: in.PipelineName, most: cmp.Or(in.MaxResults, defaultResults),
		runs: func(ctx context.Context, execution string) ([]penstock.RuleExecution, error) {
			page, err := c.engine.RuleExecutions(ctx, penstock.RuleExecutionQuery{Pipeline: in.PipelineName, Execution: execution})
			return page.Rules, err
		},
		id:     func(r penstock.RuleExecution) string { return r.ID },
		name:   func(r penstock.RuleExecution) string { return r.Stage + "/" + string(r.Gate) + "/" + r.Rule },
		detail: told.detail,
	}
	of := ""
	if f := in.Filter; f != nil {
		of, l.newestOnly = latest(f.PipelineExecutionId, f.LatestInPipelineExecution)
	}
	next, err := l.page(ctx, of, in.NextToken)
	return &wire.ListRuleExecutionsOutput{RuleExecutionDetails: l.out, NextToken: next}, err
}

// ruleTeller tells rule executions.
type ruleTeller struct{ definitions }

func (l *ruleTeller) detail(ctx context.Context, r penstock.RuleExecution) (wire.RuleExecutionDetail, error) {
	in, err := l.input(ctx, r)
	return wire.RuleExecutionDetail{
		PipelineExecutionId: r.Execution, RuleExecutionId: r.ID, PipelineVersion: r.Version, StageName: r.Stage, RuleName: r.Rule,
		StartTime: wire.At(r.Started), LastUpdateTime: wire.At(r.Updated), UpdatedBy: r.UpdatedBy, Status: wire.RuleExecutionStatus(r.Status), Input: in,
		Output: &wire.RuleExecutionOutput{ExecutionResult: &wire.RuleExecutionResult{
			ExternalExecutionId: clip(r.ExternalID, mostID), ExternalExecutionSummary: clip(r.Summary, mostSummary), ExternalExecutionUrl: url(r.ExternalURL),
			ErrorDetails: errorDetails(r.Failure),
		}},
	}, err
}

// input joins what the definition says with what its references came to.
func (l *ruleTeller) input(ctx context.Context, r penstock.RuleExecution) (*wire.RuleExecutionInput, error) {
	definition, err := l.version(ctx, r.Version)
	if err != nil {
		return nil, err
	}
	of := typeOf(r.Type)
	out := &wire.RuleExecutionInput{
		RuleTypeId:     &wire.RuleTypeId{Category: wire.RuleCategory(of.Category), Owner: wire.RuleOwner(of.Owner), Provider: of.Provider, Version: of.Version},
		InputArtifacts: l.artifacts(definition, r.Inputs),
	}
	for _, s := range definition.Stages {
		for _, declared := range rules(s, r.Gate) {
			if s.Name == r.Stage && declared.Name == r.Rule {
				out.Configuration, out.ResolvedConfiguration = declared.Configuration, resolved(declared.Configuration, r.Configuration)
				out.RoleArn, out.Region = declared.RoleArn, declared.Region
			}
		}
	}
	return out, nil
}

// rules are those of a stage's gate, in order.
func rules(s wire.StageDeclaration, gate penstock.Gate) (out []wire.RuleDeclaration) {
	var conditions []wire.Condition
	switch {
	case gate == penstock.GateBeforeEntry && s.BeforeEntry != nil:
		conditions = s.BeforeEntry.Conditions
	case gate == penstock.GateOnSuccess && s.OnSuccess != nil:
		conditions = s.OnSuccess.Conditions
	case gate == penstock.GateOnFailure && s.OnFailure != nil:
		conditions = s.OnFailure.Conditions
	}
	for _, c := range conditions {
		out = append(out, c.Rules...)
	}
	return out
}
