package awsapi

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// defaultResults is how many entries a page of a history has when nobody asks for a number.
const defaultResults = 100

func listPipelineExecutions(ctx context.Context, c *call, in *wire.ListPipelineExecutionsInput) (*wire.ListPipelineExecutionsOutput, error) {
	q := penstock.ExecutionQuery{Pipeline: in.PipelineName}
	if in.Filter != nil && in.Filter.SucceededInStage != nil {
		q.SucceededIn = in.Filter.SucceededInStage.StageName
	}
	question := []string{c.model.Name, q.Pipeline, q.SucceededIn}
	from, err := readToken(in.NextToken, question...)
	if err != nil {
		return nil, err
	}
	out := &wire.ListPipelineExecutionsOutput{PipelineExecutionSummaries: []wire.PipelineExecutionSummary{}}
	most, last := cmp.Or(in.MaxResults, defaultResults), from
	for x, err := range c.walk(ctx, q, from) {
		if err != nil {
			return nil, err
		}
		if len(out.PipelineExecutionSummaries) == most {
			out.NextToken = last.token(question...)
			break
		}
		out.PipelineExecutionSummaries = append(out.PipelineExecutionSummaries, summary(x.Execution))
		last = x.at
	}
	return out, nil
}

func summary(x penstock.Execution) wire.PipelineExecutionSummary {
	out := wire.PipelineExecutionSummary{
		PipelineExecutionId: x.ID, Status: wire.PipelineExecutionStatus(x.Status), StatusSummary: x.Summary, StartTime: wire.At(x.Started),
		LastUpdateTime: wire.At(x.Updated), Trigger: trigger(x), ExecutionMode: wire.ExecutionMode(x.Mode), ExecutionType: executionType(x),
		RollbackMetadata: rollback(x), SourceRevisions: []wire.SourceRevision{},
	}
	if x.StopReason != "" {
		out.StopTrigger = &wire.StopExecutionTrigger{Reason: x.StopReason}
	}
	for _, action := range slices.Sorted(maps.Keys(x.Revisions)) {
		r := x.Revisions[action]
		out.SourceRevisions = append(out.SourceRevisions, wire.SourceRevision{
			ActionName: action, RevisionId: r.ID, RevisionSummary: clip(r.Summary, mostSummary), RevisionUrl: url(r.URL),
		})
	}
	return out
}

func trigger(x penstock.Execution) *wire.ExecutionTrigger {
	return &wire.ExecutionTrigger{TriggerType: wire.TriggerType(x.Trigger), TriggerDetail: clip(x.TriggerDetail, 1024)}
}

func executionType(x penstock.Execution) wire.ExecutionType {
	if x.Rollback != "" {
		return wire.ExecutionTypeRollback
	}
	return wire.ExecutionTypeStandard
}

func rollback(x penstock.Execution) *wire.PipelineRollbackMetadata {
	if x.Rollback == "" {
		return nil
	}
	return &wire.PipelineRollbackMetadata{RollbackTargetPipelineExecutionId: x.Rollback}
}
