package penstock

import (
	"context"
	"errors"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Code says in one word what kind of error it is, the same in this process, in storage and on the wire. A code is an error itself,
// for errors.Is:
//
//	if errors.Is(err, penstock.ErrNotRetryable) { … }
type Code string

// The codes, and what they are on the wire of AWS CodePipeline (spec A9, B).
const (
	ErrInvalid            Code = "Invalid"            // the input is malformed: ValidationException
	ErrInvalidCursor      Code = "InvalidCursor"      // a cursor that no list has answered; matches ErrInvalid too: InvalidNextTokenException
	ErrInvalidDefinition  Code = "InvalidDefinition"  // the pipeline cannot be: InvalidStructureException, InvalidStageDeclarationException …
	ErrNotFound           Code = "NotFound"           // there is no such thing; matches all …NotFound codes too
	ErrPipelineNotFound   Code = "PipelineNotFound"   // no such pipeline
	ErrExecutionNotFound  Code = "ExecutionNotFound"  // no such execution
	ErrStageNotFound      Code = "StageNotFound"      // no such stage in the current definition
	ErrActionNotFound     Code = "ActionNotFound"     // no such action in the stage
	ErrVersionNotFound    Code = "VersionNotFound"    // no such version of the pipeline: PipelineVersionNotFoundException
	ErrActionTypeNotFound Code = "ActionTypeNotFound" // no such action type, or none that job workers serve
	ErrWebhookNotFound    Code = "WebhookNotFound"    // no such webhook: WebhookNotFoundException
	ErrAlreadyExists      Code = "AlreadyExists"      // the name is taken: PipelineNameInUseException
	ErrConflict           Code = "Conflict"           // somebody else changed it first: read again and retry
	ErrDenied             Code = "Denied"             // the actor may not: AccessDeniedException
	ErrLimitExceeded      Code = "LimitExceeded"      // a quota is used up
	ErrTooManyExecutions  Code = "TooManyExecutions"  // ConcurrentPipelineExecutionsLimitExceededException
	ErrInvalidTags        Code = "InvalidTags"        // a tag that cannot be: InvalidTagsException
	ErrTooManyTags        Code = "TooManyTags"        // more tags than there may be: TooManyTagsException
	// PutWebhook: InvalidWebhookFilterPatternException, InvalidWebhookAuthenticationParametersException.
	ErrInvalidWebhookFilter         Code = "InvalidWebhookFilter"
	ErrInvalidWebhookAuthentication Code = "InvalidWebhookAuthentication"

	ErrNotStoppable       Code = "NotStoppable"       // the execution has ended
	ErrDuplicatedStop     Code = "DuplicatedStop"     // it is being stopped already
	ErrNotRetryable       Code = "NotRetryable"       // nothing to retry, or the definition changed since
	ErrNotLatest          Code = "NotLatest"          // a later execution has entered the stage
	ErrNotRollbackable    Code = "NotRollbackable"    // the stage cannot go back to that execution now
	ErrNotOverridable     Code = "NotOverridable"     // the condition is not one that can be overridden now: ConditionNotOverridableException
	ErrOutdated           Code = "Outdated"           // the definition has changed since: PipelineExecutionOutdatedException
	ErrInvalidToken       Code = "InvalidToken"       // not the token of an open approval
	ErrApprovalCompleted  Code = "ApprovalCompleted"  // the approval has been answered
	ErrFailedPrecondition Code = "FailedPrecondition" // it cannot be done in this state, whoever asks
	ErrQuarantined        Code = "Quarantined"        // the pipeline broke an invariant and waits for an operator
	ErrAuditBroken        Code = "AuditBroken"        // somebody has changed the audit behind the engine's back
	ErrUnavailable        Code = "Unavailable"        // it may work later: ask again
	ErrInternal           Code = "Internal"           // our fault, and no code a caller could act on
)

// Error is the code by itself.
func (c Code) Error() string { return "penstock: " + string(c) }

// Error is how Penstock reports that something was not done. An action that failed is not an Error: it is an outcome.
type Error struct {
	Code Code   // what kind of error it is
	Op   string // what was tried: "validate", "retry stage"; may be empty
	Path string // what it was about: storefront/Build/Image; may be empty
	Err  error  // what was wrong; may be nil
	Hint string // what to do about it; may be empty
}

// Error is the whole story: operation, path, cause and hint.
func (e *Error) Error() string {
	if e.Hint != "" {
		return "penstock: " + e.story() + "; " + e.Hint
	}
	return "penstock: " + e.story()
}

// story is what was tried, with what, and what was wrong.
func (e *Error) story() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(e.Op + " " + e.Path))
	if e.Op != "" || e.Path != "" {
		b.WriteString(": ")
	}
	if e.Err != nil {
		b.WriteString(e.Err.Error())
	} else {
		b.WriteString(string(e.Code))
	}
	return b.String()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && (code == e.Code || code == ErrNotFound && strings.HasSuffix(string(e.Code), "NotFound") || code == ErrInvalid && e.Code == ErrInvalidCursor)
}

// CodeOf is the code of an error: "" for nil, ErrUnavailable for an ended context, ErrInternal for an error that has none.
func CodeOf(err error) Code {
	var coded *Error
	var code Code
	switch {
	case err == nil:
		return ""
	case errors.As(err, &coded):
		return coded.Code
	case errors.As(err, &code):
		return code
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return ErrUnavailable
	default:
		return ErrInternal
	}
}

// Problem is one thing that is wrong with a pipeline.
type Problem struct {
	Kind    string // the service's exception: InvalidStageDeclarationException
	Path    string // what it is about: storefront, storefront/Build, storefront/Build/Image
	Field   string // the field or configuration key of it; empty when the thing itself is wrong
	Message string // what is wrong; the service's own words where it has some
	Hint    string // what to do; may be empty
}

// Problems is everything that is wrong with a pipeline, in the order in which the service finds it. Get at it with errors.As.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string { return p.findings().Error() }

func (p Problems) findings() (out definition.Findings) {
	for _, problem := range p {
		out = append(out, definition.Finding{Kind: definition.Exception(problem.Kind), Problem: definition.Problem{
			Path: problem.Path, Field: problem.Field, Message: problem.Message, Hint: problem.Hint,
		}})
	}
	return out
}

// invalidDefinition makes the one error of everything that is wrong; nil when nothing is.
func invalidDefinition(op, name string, found definition.Findings) error {
	if len(found) == 0 {
		return nil
	}
	problems := make(Problems, len(found))
	for i, f := range found {
		problems[i] = Problem{Kind: string(f.Kind), Path: f.Path, Field: f.Field, Message: f.Message, Hint: f.Hint}
	}
	return &Error{Code: ErrInvalidDefinition, Op: op, Path: name, Err: problems}
}

// Exception is how AWS CodePipeline reports that a pipeline, or the tags of something, cannot be: the name of its exception, such as
// "InvalidStructureException", and the message (spec A9). It joins all that its model refuses, and of everything else reports the first.
// Both are empty for any other error.
func Exception(err error) (name, message string) {
	if problems, ok := errors.AsType[Problems](err); ok {
		kind, text := problems.findings().Exception()
		return string(kind), text
	}
	if findings, ok := errors.AsType[definition.Findings](err); ok {
		kind, text := findings.Exception()
		return string(kind), text
	}
	if coded, ok := errors.AsType[*Error](err); ok && coded.Code == ErrInvalidDefinition {
		return string(definition.ValidationError), coded.Error()
	}
	return "", ""
}
