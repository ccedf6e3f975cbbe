package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
)

// Engine is what the handler needs; *penstock.Engine has it.
type Engine interface {
	// Do carries a command out.
	Do(ctx context.Context, command penstock.Command) (penstock.Reply, error)
	PipelineReader
	ExecutionReader
	ActionTypeReader
	Workers
	WebhookEngine
}

// PipelineReader answers questions about pipelines, as the methods of *penstock.Engine that have these names do.
type PipelineReader interface {
	Pipeline(ctx context.Context, name string, version int) (penstock.Pipeline, int, error)
	PipelineInfo(ctx context.Context, name string) (penstock.PipelineInfo, error)
	Pipelines(ctx context.Context, q penstock.PipelineQuery) (penstock.PipelinePage, error)
	State(ctx context.Context, pipeline string) (penstock.PipelineState, error)
	StateMark(ctx context.Context, pipeline string) (string, error)
}

// ExecutionReader answers questions about what pipelines do and did, as the methods of *penstock.Engine that have these names do.
type ExecutionReader interface {
	Execution(ctx context.Context, pipeline, execution string) (penstock.Execution, error)
	Executions(ctx context.Context, q penstock.ExecutionQuery) (penstock.ExecutionPage, error)
	ActionExecutions(ctx context.Context, q penstock.ActionExecutionQuery) (penstock.ActionExecutionPage, error)
	RuleExecutions(ctx context.Context, q penstock.RuleExecutionQuery) (penstock.RuleExecutionPage, error)
	FindActionExecution(ctx context.Context, pipeline, id string) (penstock.ActionExecution, error)
}

// ActionTypeReader answers questions about action types, as the methods of *penstock.Engine that have these names do.
type ActionTypeReader interface {
	ActionTypes(ctx context.Context, q penstock.ActionTypeQuery) (penstock.ActionTypePage, error)
	ActionTypeTags(ctx context.Context, t penstock.ActionType) (map[string]string, error)
	DeclaredTypes(ctx context.Context, names ...penstock.ActionType) (map[penstock.ActionType]penstock.DeclaredType, error)
	PublishedActionType(ctx context.Context, t penstock.ActionType) (penstock.PublishedActionType, error)
	RuleTypes(ctx context.Context) ([]penstock.DeclaredType, error)
}
