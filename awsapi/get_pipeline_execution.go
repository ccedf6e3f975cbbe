package awsapi

import (
	"context"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func getPipelineExecution(ctx context.Context, c *call, in *wire.GetPipelineExecutionInput) (*wire.GetPipelineExecutionOutput, error) {
	x, err := c.execution(ctx, in.PipelineName, in.PipelineExecutionId)
	if err != nil {
		return nil, err
	}
	declared, err := c.definition(ctx, in.PipelineName, x.Version)
	if err != nil {
		return nil, err
	}
	out := &wire.PipelineExecution{
		PipelineName: in.PipelineName, PipelineVersion: x.Version, PipelineExecutionId: x.ID, Status: wire.PipelineExecutionStatus(x.Status),
		StatusSummary: x.Summary, ArtifactRevisions: artifactRevisions(declared, x), Variables: []wire.ResolvedPipelineVariable{},
		Trigger: trigger(x), ExecutionMode: wire.ExecutionMode(x.Mode), ExecutionType: executionType(x), RollbackMetadata: rollback(x),
	}
	for _, name := range slices.Sorted(maps.Keys(x.Variables)) {
		out.Variables = append(out.Variables, wire.ResolvedPipelineVariable{Name: name, ResolvedValue: x.Variables[name]})
	}
	return &wire.GetPipelineExecutionOutput{PipelineExecution: out}, nil
}

// execution finds an execution. That of a pipeline which is not there is not found for that reason.
func (c *call) execution(ctx context.Context, pipeline, id string) (penstock.Execution, error) {
	if _, _, err := c.engine.Pipeline(ctx, pipeline, 0); err != nil {
		return penstock.Execution{}, err
	}
	return c.engine.Execution(ctx, pipeline, id)
}

// artifactRevisions are the revisions that sources found, by the artifacts that hold them.
func artifactRevisions(declared *wire.PipelineDeclaration, x penstock.Execution) []wire.ArtifactRevision {
	out := []wire.ArtifactRevision{}
	for _, source := range declared.Stages[0].Actions {
		r, found := x.Revisions[source.Name]
		for _, artifact := range source.OutputArtifacts {
			if found {
				out = append(out, wire.ArtifactRevision{
					Name: artifact.Name, RevisionId: r.ID, RevisionSummary: clip(r.Summary, mostSummary), RevisionUrl: url(r.URL), Created: wire.At(r.Created),
				})
			}
		}
	}
	return out
}
