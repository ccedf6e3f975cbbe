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
	of, newestOnly := actionFilter(in.Filter)
	question := []string{c.model.Name, in.PipelineName, of, map[bool]string{true: "latest"}[newestOnly]}
	from, err := readToken(in.NextToken, question...)
	if err != nil {
		return nil, err
	}
	l := &actionLister{call: c, pipeline: in.PipelineName, newestOnly: newestOnly, most: cmp.Or(in.MaxResults, defaultResults), definitions: map[int]*wire.PipelineDeclaration{}}
	l.out.ActionExecutionDetails = []wire.ActionExecutionDetail{}
	var next place
	if of != "" {
		next, err = l.one(ctx, of, from)
	} else {
		next, err = l.all(ctx, from)
	}
	if l.full {
		l.out.NextToken = next.token(question...)
	}
	return &l.out, err
}

// actionFilter is the execution that is asked for, "" for all, and whether of each action only its newest execution is.
func actionFilter(f *wire.ActionExecutionFilter) (execution string, newestOnly bool) {
	switch {
	case f == nil:
		return "", false
	case f.LatestInPipelineExecution != nil:
		l := f.LatestInPipelineExecution
		return l.PipelineExecutionId, l.StartTimeRange == wire.StartTimeRangeLatest
	default:
		return f.PipelineExecutionId, false
	}
}

// actionLister fills a page.
type actionLister struct {
	*call
	pipeline    string
	newestOnly  bool
	most        int
	out         wire.ListActionExecutionsOutput
	full        bool // and something is left
	definitions map[int]*wire.PipelineDeclaration
}

// one lists the actions of one execution.
func (l *actionLister) one(ctx context.Context, execution string, from place) (place, error) {
	if _, err := l.execution(ctx, l.pipeline, execution); err != nil {
		return place{}, err
	}
	return l.add(ctx, place{Execution: execution}, from.Action)
}

// all lists the actions of all executions: first what is left of the one where the last page ended, then those before it.
func (l *actionLister) all(ctx context.Context, from place) (next place, err error) {
	if from.Action != "" {
		if next, err = l.add(ctx, from, from.Action); err != nil || l.full {
			return next, err
		}
	}
	for x, err := range l.walk(ctx, penstock.ExecutionQuery{Pipeline: l.pipeline}, from) {
		if err != nil {
			return place{}, err
		}
		if next, err = l.add(ctx, x.at, ""); err != nil || l.full {
			return next, err
		}
	}
	return place{}, nil
}

// add lists the actions of an execution behind the one that was told last, and answers where the next page goes on.
func (l *actionLister) add(ctx context.Context, at place, last string) (place, error) {
	page, err := l.engine.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: l.pipeline, Execution: at.Execution})
	if err != nil {
		return place{}, err
	}
	at.Action = cmp.Or(last, "~") // IDs sort before it
	seen := map[string]bool{}
	for _, a := range page.Actions {
		older := l.newestOnly && seen[a.Stage+"/"+a.Action]
		seen[a.Stage+"/"+a.Action] = true
		if older || a.ID >= at.Action {
			continue
		}
		if l.full = len(l.out.ActionExecutionDetails) == l.most; l.full {
			return at, nil
		}
		detail, err := l.detail(ctx, a)
		if err != nil {
			return place{}, err
		}
		l.out.ActionExecutionDetails = append(l.out.ActionExecutionDetails, detail)
		at.Action = a.ID
	}
	return at, nil
}

func (l *actionLister) detail(ctx context.Context, a penstock.ActionExecution) (wire.ActionExecutionDetail, error) {
	in, err := l.input(ctx, a)
	return wire.ActionExecutionDetail{
		PipelineExecutionId: a.Execution, ActionExecutionId: a.ID, PipelineVersion: a.Version, StageName: a.Stage, ActionName: a.Action,
		StartTime: wire.At(a.Started), LastUpdateTime: wire.At(a.Updated), UpdatedBy: a.UpdatedBy, Status: wire.ActionExecutionStatus(a.Status),
		Input: in, Output: l.output(a),
	}, err
}

// input joins what the definition says with what its references came to.
func (l *actionLister) input(ctx context.Context, a penstock.ActionExecution) (*wire.ActionExecutionInput, error) {
	if l.definitions[a.Version] == nil {
		declared, err := l.definition(ctx, l.pipeline, a.Version)
		if err != nil {
			return nil, err
		}
		l.definitions[a.Version] = declared
	}
	out := &wire.ActionExecutionInput{Namespace: a.Namespace, InputArtifacts: l.artifacts(a.Inputs), ActionTypeId: typeOf(a.Type)}
	if declared := action(l.definitions[a.Version], a.Stage, a.Action); declared != nil {
		out.Configuration, out.ResolvedConfiguration = declared.Configuration, map[string]string{}
		maps.Copy(out.ResolvedConfiguration, declared.Configuration)
		maps.Copy(out.ResolvedConfiguration, a.Configuration)
		out.RoleArn, out.Region = declared.RoleArn, declared.Region
	}
	return out, nil
}

func (l *actionLister) output(a penstock.ActionExecution) *wire.ActionExecutionOutput {
	return &wire.ActionExecutionOutput{
		OutputArtifacts: l.artifacts(a.Outputs), OutputVariables: a.Variables,
		ExecutionResult: &wire.ActionExecutionResult{
			ExternalExecutionId:      clip(cmp.Or(a.ExternalID, a.Token), mostID), // the service tells an approval's token there
			ExternalExecutionSummary: clip(a.Summary, mostSummary), ExternalExecutionUrl: url(a.ExternalURL), ErrorDetails: errorDetails(a.Failure),
		},
	}
}

// artifacts tells content by its digest, as the key in the bucket that stands for the artifact store.
func (l *actionLister) artifacts(all []penstock.ArtifactInfo) []wire.ArtifactDetail {
	out := []wire.ArtifactDetail{}
	for _, a := range all {
		out = append(out, wire.ArtifactDetail{Name: a.Name, S3location: &wire.S3Location{Bucket: l.options.Bucket, Key: a.Digest}})
	}
	return out
}

// typeOf reads Category/Owner/Provider/Version.
func typeOf(text string) *wire.ActionTypeId {
	parts := append(strings.Split(text, "/"), "", "", "", "")
	return &wire.ActionTypeId{Category: wire.ActionCategory(parts[0]), Owner: wire.ActionOwner(parts[1]), Provider: parts[2], Version: parts[3]}
}
