package awsapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/decode"
	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

// exception is an error as clients see it.
type exception struct {
	Status  int    `json:"-"`
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// Error is the message with its type.
func (e *exception) Error() string { return e.Type + ": " + e.Message }

// Names of errors that are no operation's own.
const (
	internal         = "InternalFailure"
	unavailable      = "ServiceUnavailable"
	serialization    = "SerializationException"
	unknownOperation = "UnknownOperationException"
	validation       = "ValidationException"
)

// busy are the service's names for what somebody else's doing, or the state that it is in, stands in the way of. Operations that have none of them
// have the last: clients read the message, and ask again no sooner than a person has.
var busy = []string{"ConflictException", "ConcurrentModificationException", "RequestFailedException", validation}

// exceptions are the service's names for the engine's codes. Of several the first that the operation's model knows is meant.
var exceptions = map[penstock.Code][]string{
	penstock.ErrInvalid:            {validation},
	penstock.ErrInvalidCursor:      {"InvalidNextTokenException"},
	penstock.ErrInvalidDefinition:  {"InvalidStructureException"},
	penstock.ErrNotFound:           {"ResourceNotFoundException", "ActionExecutionNotFoundException"},
	penstock.ErrPipelineNotFound:   {"PipelineNotFoundException", "ResourceNotFoundException"},
	penstock.ErrVersionNotFound:    {"PipelineVersionNotFoundException"},
	penstock.ErrExecutionNotFound:  {"PipelineExecutionNotFoundException", "PipelineExecutionNotStoppableException"},
	penstock.ErrStageNotFound:      {"StageNotFoundException"},
	penstock.ErrActionNotFound:     {"ActionNotFoundException"},
	penstock.ErrActionTypeNotFound: {"ActionTypeNotFoundException", "ResourceNotFoundException"},
	penstock.ErrWebhookNotFound:    {"WebhookNotFoundException", "ResourceNotFoundException"},
	penstock.ErrInvalidTags:        {"InvalidTagsException", validation},
	penstock.ErrTooManyTags:        {"TooManyTagsException", validation},
	penstock.ErrAlreadyExists:      {"PipelineNameInUseException"},
	penstock.ErrConflict:           busy,
	penstock.ErrDenied:             {"AccessDeniedException"},
	penstock.ErrLimitExceeded:      {"LimitExceededException"},
	penstock.ErrTooManyExecutions:  {"ConcurrentPipelineExecutionsLimitExceededException"},
	penstock.ErrNotStoppable:       {"PipelineExecutionNotStoppableException"},
	penstock.ErrDuplicatedStop:     {"DuplicatedStopRequestException"},
	penstock.ErrNotRetryable:       {"StageNotRetryableException"},
	penstock.ErrNotLatest:          {"NotLatestPipelineExecutionException"},
	penstock.ErrNotRollbackable:    {"UnableToRollbackStageException"},
	penstock.ErrNotOverridable:     {"ConditionNotOverridableException"},
	penstock.ErrOutdated:           {"PipelineExecutionOutdatedException"},
	penstock.ErrInvalidToken:       {"InvalidApprovalTokenException"},
	penstock.ErrApprovalCompleted:  {"ApprovalAlreadyCompletedException"},

	// A third party's job is none of those of custom actions; a job that has ended is there only for those who may be told of states.
	penstock.ErrJobNotFound:         {"JobNotFoundException"},
	penstock.ErrInvalidClientToken:  {"InvalidClientTokenException", "JobNotFoundException"},
	penstock.ErrInvalidNonce:        {"InvalidNonceException", "InvalidJobStateException"},
	penstock.ErrInvalidJobState:     {"InvalidJobStateException", "InvalidJobException", "InvalidNonceException", "JobNotFoundException"},
	penstock.ErrOutputVariablesSize: {"OutputVariablesSizeExceededException"},

	penstock.ErrFailedPrecondition: busy,
	penstock.ErrQuarantined:        busy,
	penstock.ErrUnavailable:        {unavailable},

	penstock.ErrInvalidWebhookFilter:         {"InvalidWebhookFilterPatternException"},
	penstock.ErrInvalidWebhookAuthentication: {"InvalidWebhookAuthenticationParametersException"},
}

// exception is an error of the engine as this operation tells it; nil for nil.
func (c *call) exception(err error) error {
	var told *exception
	var coded *penstock.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &told):
		return told
	case !errors.As(err, &coded):
		return err
	}
	if name, message := penstock.Exception(err); name != "" {
		return &exception{http.StatusBadRequest, name, message}
	}
	names := exceptions[coded.Code]
	if names == nil {
		return err
	}
	known := slices.IndexFunc(names, func(name string) bool { return slices.Contains(c.model.Errors, name) })
	status := http.StatusBadRequest
	if names[0] == unavailable {
		status = http.StatusServiceUnavailable
	}
	return &exception{status, names[max(known, 0)], c.message(coded)}
}

// message is what was wrong, in the service's words where it has some.
func (c *call) message(e *penstock.Error) string {
	if e.Code == penstock.ErrPipelineNotFound {
		name, _, _ := strings.Cut(e.Path, "/")
		return c.noPipeline(name)
	}
	text := string(e.Code)
	if e.Err != nil {
		text = e.Err.Error()
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func (c *call) noPipeline(name string) string {
	return "Account '" + c.options.Account + "' does not have a pipeline with name '" + name + "'"
}

// asException is any error as clients see it; what they have no business with is an internal failure.
func asException(err error) *exception {
	var told *exception
	var refused *sigv4.Refusal
	var malformed *decode.Malformed
	var invalid decode.Invalid
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &refused):
		return &exception{http.StatusBadRequest, refused.Code, refused.Message}
	case errors.As(err, &malformed):
		return &exception{http.StatusBadRequest, serialization, malformed.Problem}
	case errors.As(err, &invalid):
		return &exception{http.StatusBadRequest, validation, invalid.Error()}
	default:
		return &exception{http.StatusInternalServerError, internal, ""}
	}
}

// internalFailure tells no more than where an operator finds the rest.
func internalFailure(request string) *exception {
	return &exception{http.StatusInternalServerError, internal, "The request failed. The log says why: request " + request}
}

// invalid is a ValidationException of one problem. value is what is wrong, as messages repeat it.
func invalid(value, at, constraint string) error {
	return decode.Invalid{"Value '" + value + "' at '" + at + "' failed to satisfy constraint: " + constraint}
}
