package awsapi

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// state is what a pipeline shows.
func (c *call) state(ctx context.Context, pipeline string) (*wire.GetPipelineStateOutput, error) {
	state, err := c.engine.State(ctx, pipeline)
	if err != nil {
		return nil, err
	}
	declared, err := c.outline(ctx, pipeline, state.Version)
	if err != nil {
		return nil, err
	}
	out := &wire.GetPipelineStateOutput{
		PipelineName: pipeline, PipelineVersion: state.Version, StageStates: []wire.StageState{}, Created: wire.At(state.Created), Updated: wire.At(state.Updated),
	}
	if declared.ExecutionMode == wire.ExecutionModeParallel {
		return out, nil // stages have no state of their own there
	}
	known, err := c.links(ctx, declared)
	if err != nil {
		return nil, err
	}
	for i, s := range state.Stages {
		told := stageState(s, declared, known)
		if i == 0 && s.Execution != "" {
			if err := c.revisions(ctx, state, s.Execution, told.ActionStates); err != nil {
				return nil, err
			}
		}
		out.StageStates = append(out.StageStates, told)
	}
	return out, nil
}

func stageState(s penstock.StageState, declared *wire.PipelineDeclaration, known links) wire.StageState {
	out := wire.StageState{
		StageName: s.Name, ActionStates: []wire.ActionState{},
		InboundTransitionState: &wire.TransitionState{
			Enabled: s.Transition.Enabled, DisabledReason: disabledReason(s.Transition.Reason),
			LastChangedBy: s.Transition.ChangedBy, LastChangedAt: wire.At(s.Transition.ChangedAt),
		},
	}
	if s.Execution != "" {
		out.LatestExecution = &wire.StageExecution{PipelineExecutionId: s.Execution, Status: wire.StageExecutionStatus(s.Status), Type: wire.ExecutionTypeStandard}
		if s.Rollback {
			out.LatestExecution.Type = wire.ExecutionTypeRollback
		}
	}
	for _, waiting := range s.Waiting { // rollbacks never wait
		out.InboundExecutions = append(out.InboundExecutions, wire.StageExecution{
			PipelineExecutionId: waiting, Status: wire.StageExecutionStatusInProgress, Type: wire.ExecutionTypeStandard,
		})
	}
	if len(out.InboundExecutions) > 0 {
		out.InboundExecution = &out.InboundExecutions[0]
	}
	if r := s.Retried; r.Latest != "" {
		out.RetryStageMetadata = &wire.RetryStageMetadata{
			AutoStageRetryAttempt: r.Automatically, ManualStageRetryAttempt: r.ByHand, LatestRetryTrigger: wire.RetryTrigger(r.Latest),
		}
	}
	of := declared.Stages[slices.IndexFunc(declared.Stages, func(d wire.StageDeclaration) bool { return d.Name == s.Name })]
	for _, a := range of.Actions {
		out.ActionStates = append(out.ActionStates, actionState(a, s.Actions, known[*a.ActionTypeId]))
	}
	out.BeforeEntryConditionState = conditionState(of, penstock.GateBeforeEntry, s.Conditions)
	out.OnSuccessConditionState = conditionState(of, penstock.GateOnSuccess, s.Conditions)
	out.OnFailureConditionState = conditionState(of, penstock.GateOnFailure, s.Conditions)
	return out
}

// disabledReason is a reason with what the model has no room for replaced: the engine takes any text.
func disabledReason(text string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!@ ().*?-", r) {
			return r
		}
		return '?'
	}, text)
}

// actionState is what the latest run of the stage made of an action; nothing but its name where it has not begun.
func actionState(declared wire.ActionDeclaration, latest []penstock.ActionExecution, known penstock.ActionTypeLinks) wire.ActionState {
	out := wire.ActionState{ActionName: declared.Name}
	i := slices.IndexFunc(latest, func(a penstock.ActionExecution) bool { return a.Action == declared.Name })
	if i < 0 {
		out.EntityUrl = link(known.Entity, declared.Configuration, "")
		return out
	}
	a := latest[i]
	var configuration map[string]string
	if known != (penstock.ActionTypeLinks{}) {
		configuration = resolved(declared.Configuration, a.Configuration)
	}
	out.EntityUrl = link(known.Entity, configuration, a.ExternalID)
	out.RevisionUrl = link(known.Revision, configuration, a.ExternalID)
	out.LatestExecution = &wire.ActionExecution{
		ActionExecutionId: a.ID, Status: wire.ActionExecutionStatus(a.Status), Summary: clip(a.Summary, mostSummary), LastStatusChange: wire.At(a.Updated),
		Token: a.Token, LastUpdatedBy: a.UpdatedBy, ExternalExecutionId: clip(a.ExternalID, mostID),
		ExternalExecutionUrl: cmp.Or(url(a.ExternalURL), link(known.Execution, configuration, a.ExternalID)),
		PercentComplete:      a.Percent, ErrorDetails: errorDetails(a.Failure),
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
			states[i].RevisionUrl = cmp.Or(url(r.URL), states[i].RevisionUrl)
			states[i].CurrentRevision = &wire.ActionRevision{
				RevisionId: r.ID, RevisionChangeId: clip(changeID(state, states[i].ActionName, r.ID), 100), Created: wire.At(orElse(r.Created, x.Started)),
			}
		}
	}
	return nil
}

// changeID is what tells a change of a source apart: what it was announced as, or else its revision.
func changeID(state penstock.PipelineState, action, revision string) string {
	for _, a := range state.Announced {
		if a.Action == action && a.Revision == revision {
			return a.ChangeID
		}
	}
	return revision
}

func orElse(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}
