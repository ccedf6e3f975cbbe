package machine

import "unicode/utf8"

// Code says in one word why an input was refused.
type Code string

// The codes. Each is answered in one place of this package and maps to one exception of the service.
const (
	CodeInvalid            Code = "Invalid"            // the input itself is malformed
	CodeAlreadyExists      Code = "AlreadyExists"      // there is a pipeline of that name
	CodeLimitExceeded      Code = "LimitExceeded"      // a quota beyond this pipeline is used up
	CodePipelineNotFound   Code = "PipelineNotFound"   // no such pipeline
	CodeExecutionNotFound  Code = "ExecutionNotFound"  // no such execution
	CodeStageNotFound      Code = "StageNotFound"      // no such stage in the current definition
	CodeActionNotFound     Code = "ActionNotFound"     // no such action in the stage
	CodeNotStoppable       Code = "NotStoppable"       // the execution has ended
	CodeDuplicatedStop     Code = "DuplicatedStop"     // it is being stopped already
	CodeNotRetryable       Code = "NotRetryable"       // nothing to retry, or the definition changed since
	CodeNotLatest          Code = "NotLatest"          // a later execution has entered the stage
	CodeNotRollbackable    Code = "NotRollbackable"    // the stage cannot be rolled back to that execution now
	CodeNotOverridable     Code = "NotOverridable"     // the condition is not one that can be overridden now
	CodeInvalidToken       Code = "InvalidToken"       // not the token of an open approval
	CodeApprovalCompleted  Code = "ApprovalCompleted"  // the approval has been answered
	CodeTooManyExecutions  Code = "TooManyExecutions"  // the pipeline's limit of concurrent executions is reached
	CodeFenced             Code = "Fenced"             // the report comes from a claim that no longer counts
	CodeTooManyTags        Code = "TooManyTags"        // more tags than a pipeline can have
	CodeQuarantined        Code = "Quarantined"        // the stream broke an invariant and waits for an operator
	CodeNotClaimable       Code = "NotClaimable"       // the action is not ready to run
	CodeConflict           Code = "Conflict"           // somebody else changed it first; read again and retry
	CodeOutdated           Code = "Outdated"           // the target of a rollback ran under another definition
	CodeFailedPrecondition Code = "FailedPrecondition" // it cannot be done in this state, whoever asks
)

// Error is a refusal: nothing has changed.
type Error struct {
	Code    Code
	Message string // what was wrong and where
	Hint    string // what to do; may be empty
}

func (e *Error) Error() string { return e.Message }

func refuse(code Code, message, hint string) error {
	return &Error{Code: code, Message: message, Hint: hint}
}

// longer reports whether a text has more characters than the service allows: it counts characters, not bytes.
func longer(text string, limit int) bool { return utf8.RuneCountInString(text) > limit }
