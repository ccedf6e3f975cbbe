package awsapi

import (
	"cmp"
	"context"
	"maps"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func listActionExecutions(ctx context.Context, c *call, in *wire.ListActionExecutionsInput) (*wire.ListActionExecutionsOutput, error) {
	told := actionTeller{definitions{c, in.PipelineName, map[int]*wire.PipelineDeclaration{}}}
	l := lister[penstock.ActionExecution, wire.ActionExecutionDetail]{
		call: c, pipeline: in.PipelineName, most: cmp.Or(in.MaxResults, defaultResults),
		runs: func(ctx context.Context, execution string) ([]penstock.ActionExecution, error) {
			page, err := c.engine.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: in.PipelineName, Execution: execution})
			return page.Actions, err
		},
		id:     func(a penstock.ActionExecution) string { return a.ID },
		name:   func(a penstock.ActionExecution) string { return a.Stage + "/" + a.Action },
		detail: told.detail,
	}
	of := ""
	if f := in.Filter; f != nil {
		of, l.newestOnly = latest(f.PipelineExecutionId, f.LatestInPipelineExecution)
	}
	next, err := l.page(ctx, of, in.NextToken)
	return &wire.ListActionExecutionsOutput{ActionExecutionDetails: l.out, NextToken: next}, err
}

// actionTeller tells action executions.
type actionTeller struct{ definitions }

func (l *actionTeller) detail(ctx context.Context, a penstock.ActionExecution) (wire.ActionExecutionDetail, error) {
	definition, err := l.version(ctx, a.Version)
	if err != nil {
		return wire.ActionExecutionDetail{}, err
	}
	return wire.ActionExecutionDetail{
		PipelineExecutionId: a.Execution, ActionExecutionId: a.ID, PipelineVersion: a.Version, StageName: a.Stage, ActionName: a.Action,
		StartTime: wire.At(a.Started), LastUpdateTime: wire.At(a.Updated), UpdatedBy: a.UpdatedBy, Status: wire.ActionExecutionStatus(a.Status),
		Input: l.input(a, definition), Output: l.output(a, definition),
	}, nil
}

// input joins what the definition says with what its references came to.
func (l *actionTeller) input(a penstock.ActionExecution, definition *wire.PipelineDeclaration) *wire.ActionExecutionInput {
	out := &wire.ActionExecutionInput{Namespace: a.Namespace, InputArtifacts: l.artifacts(definition, a.Inputs), ActionTypeId: typeOf(a.Type)}
	if declared := action(definition, a.Stage, a.Action); declared != nil {
		out.Configuration, out.ResolvedConfiguration = declared.Configuration, resolved(declared.Configuration, a.Configuration)
		out.RoleArn, out.Region = declared.RoleArn, declared.Region
	}
	return out
}

// resolved is a configuration with what its references came to.
func resolved(declared, known map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, declared)
	maps.Copy(out, known)
	return out
}

func (l *actionTeller) output(a penstock.ActionExecution, definition *wire.PipelineDeclaration) *wire.ActionExecutionOutput {
	return &wire.ActionExecutionOutput{
		OutputArtifacts: l.artifacts(definition, a.Outputs), OutputVariables: a.Variables,
		ExecutionResult: &wire.ActionExecutionResult{
			ExternalExecutionId:      clip(cmp.Or(a.ExternalID, a.Token), mostID), // the service tells an approval's token there
			ExternalExecutionSummary: clip(a.Summary, mostSummary), ExternalExecutionUrl: url(a.ExternalURL), ErrorDetails: errorDetails(a.Failure),
		},
	}
}

// artifacts tells content at the place where jobs find it that take it in, also where it is a job that has put it out.
func (c *call) artifacts(of *wire.PipelineDeclaration, all []penstock.ArtifactInfo) []wire.ArtifactDetail {
	out, bucket := []wire.ArtifactDetail{}, c.options.store(of).Location
	for _, a := range all {
		out = append(out, wire.ArtifactDetail{Name: a.Name, S3location: &wire.S3Location{Bucket: bucket, Key: contentKey(of.Name, a)}})
	}
	return out
}

// typeOf reads Category/Owner/Provider/Version.
func typeOf(text string) *wire.ActionTypeId {
	parts := append(strings.Split(text, "/"), "", "", "", "")
	return &wire.ActionTypeId{Category: wire.ActionCategory(parts[0]), Owner: wire.ActionOwner(parts[1]), Provider: parts[2], Version: parts[3]}
}
