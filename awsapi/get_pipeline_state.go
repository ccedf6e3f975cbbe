package awsapi

import (
	"context"
	"slices"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func getPipelineState(ctx context.Context, c *call, in *wire.GetPipelineStateInput) (*wire.GetPipelineStateOutput, error) {
	state, err := c.engine.State(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	declared, err := c.outline(ctx, in.Name, state.Version)
	if err != nil {
		return nil, err
	}
	out := &wire.GetPipelineStateOutput{PipelineName: in.Name, PipelineVersion: state.Version, StageStates: []wire.StageState{}}
	if declared.ExecutionMode == wire.ExecutionModeParallel {
		return out, nil // stages have no state of their own there
	}
	rollbacks := map[string]bool{}
	for _, x := range state.Live {
		rollbacks[x.ID] = x.Rollback != ""
	}
	for i, s := range state.Stages {
		told := stageState(s, declared, rollbacks)
		if i == 0 && s.Execution != "" {
			if err := c.revisions(ctx, state, s.Execution, told.ActionStates); err != nil {
				return nil, err
			}
		}
		out.StageStates = append(out.StageStates, told)
	}
	return out, nil
}

func stageState(s penstock.StageState, declared *wire.PipelineDeclaration, rollbacks map[string]bool) wire.StageState {
	out := wire.StageState{
		StageName: s.Name, ActionStates: []wire.ActionState{},
		InboundTransitionState: &wire.TransitionState{
			Enabled: s.Transition.Enabled, DisabledReason: s.Transition.Reason, LastChangedBy: s.Transition.ChangedBy, LastChangedAt: wire.At(s.Transition.ChangedAt),
		},
	}
	if s.Execution != "" {
		out.LatestExecution = stageExecution(s.Execution, string(s.Status), rollbacks)
	}
	for _, waiting := range s.Waiting {
		out.InboundExecutions = append(out.InboundExecutions, *stageExecution(waiting, string(wire.StageExecutionStatusInProgress), rollbacks))
	}
	if len(out.InboundExecutions) > 0 {
		out.InboundExecution = &out.InboundExecutions[0]
	}
	i := slices.IndexFunc(declared.Stages, func(d wire.StageDeclaration) bool { return d.Name == s.Name })
	for _, a := range declared.Stages[i].Actions {
		out.ActionStates = append(out.ActionStates, actionState(a.Name, s.Actions))
	}
	return out
}

func stageExecution(id, status string, rollbacks map[string]bool) *wire.StageExecution {
	out := &wire.StageExecution{PipelineExecutionId: id, Status: wire.StageExecutionStatus(status), Type: wire.ExecutionTypeStandard}
	if rollbacks[id] {
		out.Type = wire.ExecutionTypeRollback
	}
	return out
}

// actionState is what the latest run of the stage made of an action; nothing but its name where it has not begun.
func actionState(name string, latest []penstock.ActionExecution) wire.ActionState {
	out := wire.ActionState{ActionName: name}
	i := slices.IndexFunc(latest, func(a penstock.ActionExecution) bool { return a.Action == name })
	if i < 0 {
		return out
	}
	a := latest[i]
	out.LatestExecution = &wire.ActionExecution{
		ActionExecutionId: a.ID, Status: wire.ActionExecutionStatus(a.Status), Summary: clip(a.Summary, mostSummary), LastStatusChange: wire.At(a.Updated),
		Token: a.Token, LastUpdatedBy: a.UpdatedBy, ExternalExecutionId: clip(a.ExternalID, mostID), ExternalExecutionUrl: url(a.ExternalURL),
		PercentComplete: a.Percent, ErrorDetails: errorDetails(a.Failure),
	}
	return out
}

func errorDetails(f *penstock.Failure) *wire.ErrorDetails {
	if f == nil {
		return nil
	}
	text := f.Message
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return &wire.ErrorDetails{Code: f.Code, Message: clip(text, mostMessage)}
}

// revisions fills in what source actions found.
func (c *call) revisions(ctx context.Context, state penstock.PipelineState, execution string, states []wire.ActionState) error {
	var x penstock.Execution
	if i := slices.IndexFunc(state.Live, func(x penstock.Execution) bool { return x.ID == execution }); i >= 0 {
		x = state.Live[i]
	} else {
		var err error
		if x, err = c.engine.Execution(ctx, state.Pipeline, execution); err != nil {
			return err
		}
	}
	for i := range states {
		if r, ok := x.Revisions[states[i].ActionName]; ok {
			states[i].RevisionUrl = url(r.URL)
			states[i].CurrentRevision = &wire.ActionRevision{RevisionId: r.ID, RevisionChangeId: clip(r.ID, 100), Created: wire.At(orElse(r.Created, x.Started))}
		}
	}
	return nil
}

func orElse(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}
