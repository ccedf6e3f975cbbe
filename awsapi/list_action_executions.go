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
	in, err := l.input(ctx, a)
	return wire.ActionExecutionDetail{
		PipelineExecutionId: a.Execution, ActionExecutionId: a.ID, PipelineVersion: a.Version, StageName: a.Stage, ActionName: a.Action,
		StartTime: wire.At(a.Started), LastUpdateTime: wire.At(a.Updated), UpdatedBy: a.UpdatedBy, Status: wire.ActionExecutionStatus(a.Status),
		Input: in, Output: l.output(a),
	}, err
}

// input joins what the definition says with what its references came to.
func (l *actionTeller) input(ctx context.Context, a penstock.ActionExecution) (*wire.ActionExecutionInput, error) {
	definition, err := l.version(ctx, a.Version)
	if err != nil {
		return nil, err
	}
	out := &wire.ActionExecutionInput{Namespace: a.Namespace, InputArtifacts: l.artifacts(a.Inputs), ActionTypeId: typeOf(a.Type)}
	if declared := action(definition, a.Stage, a.Action); declared != nil {
		out.Configuration, out.ResolvedConfiguration = declared.Configuration, resolved(declared.Configuration, a.Configuration)
		out.RoleArn, out.Region = declared.RoleArn, declared.Region
	}
	return out, nil
}

// resolved is a configuration with what its references came to.
func resolved(declared, known map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, declared)
	maps.Copy(out, known)
	return out
}

func (l *actionTeller) output(a penstock.ActionExecution) *wire.ActionExecutionOutput {
	return &wire.ActionExecutionOutput{
		OutputArtifacts: l.artifacts(a.Outputs), OutputVariables: a.Variables,
		ExecutionResult: &wire.ActionExecutionResult{
			ExternalExecutionId:      clip(cmp.Or(a.ExternalID, a.Token), mostID), // the service tells an approval's token there
			ExternalExecutionSummary: clip(a.Summary, mostSummary), ExternalExecutionUrl: url(a.ExternalURL), ErrorDetails: errorDetails(a.Failure),
		},
	}
}

// artifacts tells content by its digest, as the key in the bucket that stands for the artifact store.
func (c *call) artifacts(all []penstock.ArtifactInfo) []wire.ArtifactDetail {
	out := []wire.ArtifactDetail{}
	for _, a := range all {
		out = append(out, wire.ArtifactDetail{Name: a.Name, S3location: &wire.S3Location{Bucket: c.options.Bucket, Key: a.Digest}})
	}
	return out
}

// typeOf reads Category/Owner/Provider/Version.
func typeOf(text string) *wire.ActionTypeId {
	parts := append(strings.Split(text, "/"), "", "", "", "")
	return &wire.ActionTypeId{Category: wire.ActionCategory(parts[0]), Owner: wire.ActionOwner(parts[1]), Provider: parts[2], Version: parts[3]}
}
