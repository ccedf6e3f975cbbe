package penstock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// Verb is what somebody wants to do. It is what an Authorizer decides on and what the audit keeps.
type Verb string

// The verbs, and the operations of the service's API that they stand for.
const (
	VerbApply    Verb = "apply"    // a definition: CreatePipeline, UpdatePipeline
	VerbStart    Verb = "start"    // StartPipelineExecution
	VerbDelete   Verb = "delete"   // DeletePipeline
	VerbAnnounce Verb = "announce" // PutActionRevision
	VerbStop     Verb = "stop"     // StopPipelineExecution; what runs goes on to its end
	VerbAbandon  Verb = "abandon"  // StopPipelineExecution with abandon; what runs is ended
	VerbRetry    Verb = "retry"    // RetryStageExecution
	VerbRollback Verb = "rollback" // RollbackStage
	VerbApprove  Verb = "approve"  // PutApprovalResult, either way
	VerbEnable   Verb = "enable"   // EnableStageTransition
	VerbDisable  Verb = "disable"  // DisableStageTransition
	VerbOverride Verb = "override" // OverrideStageCondition
	VerbRelease  Verb = "release"  // end a quarantine; the service has no such thing

	VerbTag   Verb = "tag"   // TagResource, of a pipeline, an action type or a webhook
	VerbUntag Verb = "untag" // UntagResource, of a pipeline, an action type or a webhook

	VerbDeclare   Verb = "declare"   // an action type: CreateCustomActionType, UpdateActionType
	VerbUndeclare Verb = "undeclare" // an action type: DeleteCustomActionType

	VerbHook   Verb = "hook"   // a webhook: PutWebhook, RegisterWebhookWithThirdParty, DeregisterWebhookWithThirdParty
	VerbUnhook Verb = "unhook" // a webhook: DeleteWebhook
)

// Access is what an Authorizer decides on: who wants to do what to what. Fields are empty where the verb is not about such a thing.
type Access struct {
	Actor     string // from WithActor; empty: nobody said
	Verb      Verb
	Pipeline  string
	Stage     string
	Action    string
	Execution string

	ActionType string // of a job, polled for, or itself what the verb is about: Category/Owner/Provider/Version
	Job        string

	Webhook string // its name
}

// path is what the access is about, as errors show it.
func (a Access) path() string {
	names := slices.DeleteFunc([]string{a.Pipeline, a.Stage, a.Action}, func(name string) bool { return name == "" })
	if len(names) == 0 {
		return cmp.Or(a.ActionType, a.Webhook)
	}
	return strings.Join(names, "/")
}

// Authorizer decides who may change what. It is asked before every command, whoever offers it, and never about what the engine does by
// itself. It must be quick and safe for concurrent use.
type Authorizer interface {
	// Authorize answers nil to allow. Any error denies, and is shown to the actor.
	Authorize(ctx context.Context, access Access) error
}

// AuthorizerFunc is an Authorizer that is a function.
type AuthorizerFunc func(ctx context.Context, access Access) error

// Authorize calls f.
func (f AuthorizerFunc) Authorize(ctx context.Context, access Access) error { return f(ctx, access) }

// authorize asks the engine's Authorizer; without one everything is allowed to whoever holds the engine.
func (e *Engine) authorize(ctx context.Context, access Access) error {
	if e.config.Authorizer == nil {
		return nil
	}
	err := e.config.Authorizer.Authorize(ctx, access)
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
		return asError(string(access.Verb), access.path(), err)
	}
	e.config.Logger.Warn("denied", "actor", access.Actor, "verb", string(access.Verb), "resource", access.path(), "execution", access.Execution, "error", err)
	return &Error{Code: ErrDenied, Op: string(access.Verb), Path: access.path(), Err: err}
}
