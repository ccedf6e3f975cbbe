package penstock

import (
	"context"

	"github.com/penstock-dev/penstock/internal/machine"
)

// StartExecution starts an execution with the newest definition.
type StartExecution struct {
	ID        string
	Pipeline  string
	Variables map[string]string // pipeline variables
	Revisions map[string]string // by source action: the revision to take instead of the newest
	Sources   []SourceRevision  // the same, with the type of each; at most 50 of both
	Trigger   ExecutionTrigger  // what started it; default: the actor
}

func (c StartExecution) access() Access {
	return Access{Verb: VerbStart, Pipeline: c.Pipeline}
}

func (c StartExecution) order(_ *Engine, actor string) (order, error) {
	return order{c.ID, c.input(actor), c}, nil
}

func (c StartExecution) input(actor string) *machine.Start {
	in := &machine.Start{Variables: c.Variables, Revisions: c.Revisions, Trigger: machine.Trigger(c.Trigger), By: actor}
	for _, s := range c.Sources {
		in.Overrides = append(in.Overrides, machine.SourceOverride{Action: s.Action, Type: string(s.Type), Value: s.Value})
	}
	return in
}

// StopExecution stops an execution. What runs goes on to its end, unless it is abandoned.
type StopExecution struct {
	ID        string
	Pipeline  string
	Execution string
	Abandon   bool   // end what runs; the stage is free when it is gone, at the latest 30 s later
	Reason    string // at most 200 characters; needed with Disable
	Disable   string // a stage whose transition is disabled in the same commit, so that nobody takes the place; needs VerbDisable too. Default: none
}

func (c StopExecution) access() Access {
	verb := VerbStop
	if c.Abandon {
		verb = VerbAbandon
	}
	return Access{Verb: verb, Pipeline: c.Pipeline, Execution: c.Execution}
}

func (c StopExecution) also() (Access, bool) {
	return Access{Verb: VerbDisable, Pipeline: c.Pipeline, Stage: c.Disable}, c.Disable != ""
}

func (c StopExecution) order(_ *Engine, actor string) (order, error) {
	x, err := parseExecution(c.Execution)
	return order{c.ID, &machine.Stop{Execution: x, Abandon: c.Abandon, Reason: c.Reason, Disable: c.Disable, By: actor}, c}, err
}

// RetryStageExecution runs a failed or stopped stage again, in the same execution: what failed, was abandoned or has not run, or all of it.
// It needs the newest definition and, except in an InParallel pipeline, that no newer execution has entered the stage (spec C9).
type RetryStageExecution struct {
	ID        string
	Pipeline  string
	Stage     string
	Execution string
	Mode      RetryMode // default FailedActions
}

func (c RetryStageExecution) access() Access {
	return Access{Verb: VerbRetry, Pipeline: c.Pipeline, Stage: c.Stage, Execution: c.Execution}
}

func (c RetryStageExecution) order(_ *Engine, actor string) (order, error) {
	x, err := parseExecution(c.Execution)
	return order{c.ID, &machine.Retry{Execution: x, Stage: c.Stage, All: c.Mode == AllActions, By: actor}, c}, err
}

// DecideApproval answers an approval.
type DecideApproval struct {
	ID       string
	Pipeline string
	Stage    string
	Action   string
	Token    string // from PipelineState or Explain: it names one action execution
	Reject   bool
	Summary  string // at most 512 characters
}

func (c DecideApproval) access() Access {
	return Access{Verb: VerbApprove, Pipeline: c.Pipeline, Stage: c.Stage, Action: c.Action}
}

func (c DecideApproval) order(_ *Engine, actor string) (order, error) {
	token, err := machine.ParseID(c.Token)
	if err != nil {
		token = machine.ID{} // no approval has it
	}
	in := &machine.Approve{Stage: c.Stage, Action: c.Action, Token: token, Rejected: c.Reject, Summary: c.Summary, By: actor}
	return order{c.ID, in, c}, nil
}

// SetTransition enables or disables the transition into a stage. What is inside goes on.
type SetTransition struct {
	ID       string
	Pipeline string
	Stage    string
	Enabled  bool
	Reason   string // needed to disable: 1 to 300 characters
}

func (c SetTransition) access() Access {
	verb := VerbDisable
	if c.Enabled {
		verb = VerbEnable
	}
	return Access{Verb: verb, Pipeline: c.Pipeline, Stage: c.Stage}
}

func (c SetTransition) order(_ *Engine, actor string) (order, error) {
	return order{c.ID, &machine.SetTransition{Stage: c.Stage, Enabled: c.Enabled, Reason: c.Reason, By: actor}, c}, nil
}

// ReleasePipeline ends a pipeline's quarantine.
type ReleasePipeline struct {
	ID       string
	Pipeline string
}

func (c ReleasePipeline) access() Access {
	return Access{Verb: VerbRelease, Pipeline: c.Pipeline}
}

func (c ReleasePipeline) order(_ *Engine, actor string) (order, error) {
	return order{c.ID, &machine.Release{By: actor}, c}, nil
}

// Start starts an execution and answers its ID.
func (e *Engine) Start(ctx context.Context, pipeline string) (execution string, err error) {
	reply, err := e.Do(ctx, StartExecution{Pipeline: pipeline})
	return reply.Execution, err
}

// Stop stops an execution; what runs goes on to its end.
func (e *Engine) Stop(ctx context.Context, pipeline, execution, reason string) error {
	_, err := e.Do(ctx, StopExecution{Pipeline: pipeline, Execution: execution, Reason: reason})
	return err
}

// Abandon stops an execution and ends what runs.
func (e *Engine) Abandon(ctx context.Context, pipeline, execution, reason string) error {
	_, err := e.Do(ctx, StopExecution{Pipeline: pipeline, Execution: execution, Reason: reason, Abandon: true})
	return err
}

// Retry runs what failed in a stage again.
func (e *Engine) Retry(ctx context.Context, pipeline, stage, execution string) error {
	_, err := e.Do(ctx, RetryStageExecution{Pipeline: pipeline, Stage: stage, Execution: execution})
	return err
}

// Approve says yes to an approval.
func (e *Engine) Approve(ctx context.Context, pipeline, stage, action, token, summary string) error {
	_, err := e.Do(ctx, DecideApproval{Pipeline: pipeline, Stage: stage, Action: action, Token: token, Summary: summary})
	return err
}

// Reject says no to an approval.
func (e *Engine) Reject(ctx context.Context, pipeline, stage, action, token, summary string) error {
	_, err := e.Do(ctx, DecideApproval{Pipeline: pipeline, Stage: stage, Action: action, Token: token, Summary: summary, Reject: true})
	return err
}

// DisableTransition keeps executions out of a stage.
func (e *Engine) DisableTransition(ctx context.Context, pipeline, stage, reason string) error {
	_, err := e.Do(ctx, SetTransition{Pipeline: pipeline, Stage: stage, Reason: reason})
	return err
}

// EnableTransition lets executions into a stage again.
func (e *Engine) EnableTransition(ctx context.Context, pipeline, stage string) error {
	_, err := e.Do(ctx, SetTransition{Pipeline: pipeline, Stage: stage, Enabled: true})
	return err
}
