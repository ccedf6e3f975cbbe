package answer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/penstock-dev/penstock/awsapi/internal/decode"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// Error is an answer that is an exception.
type Error struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// common are exceptions that any operation may answer, though its model does not say so.
var common = []string{
	"ValidationException", "AccessDeniedException", "SerializationException", "UnknownOperationException", "ServiceUnavailable", "InternalFailure",
	"RequestEntityTooLargeException", "IncompleteSignatureException", "InvalidSignatureException", "MissingAuthenticationTokenException",
	"UnrecognizedClientException", "ExpiredTokenException", "ThrottlingException",
}

// forgotten are exceptions that the model should know of an operation, and does not.
var forgotten = map[string]string{"UpdatePipeline": "PipelineNotFoundException"}

// Check says what is wrong with the answer to an operation: a member that the model does not know, or lacks, or of another type; a text or
// number that breaks its constraints; a moment that is none of this century; an exception that is not the operation's.
func Check(operation string, status int, body []byte) error {
	op := wire.Find(operation)
	switch {
	case op == nil:
		return fmt.Errorf("there is no operation %q", operation)
	case status != http.StatusOK:
		return exception(op, status, body)
	case op.Output == nil:
		if string(body) != "{}" {
			return fmt.Errorf("%s has no output, and answered %s", op.Name, body)
		}
		return nil
	}
	value, err := decode.Check(body, op.Output, decode.Options{})
	if err == nil {
		err = moments(op.Output, value, "")
	}
	if err != nil {
		return fmt.Errorf("%s answered %s: %w", op.Name, body, err)
	}
	return nil
}

func exception(op *wire.Operation, status int, body []byte) error {
	var told Error
	if err := json.Unmarshal(body, &told); err != nil {
		return fmt.Errorf("%s answered %d with %s: %w", op.Name, status, body, err)
	}
	known := slices.Contains(op.Errors, told.Type)
	switch {
	case known && status != http.StatusBadRequest:
		return fmt.Errorf("%s answered %s with status %d; modelled exceptions have 400", op.Name, told.Type, status)
	case known || slices.Contains(common, told.Type) || forgotten[op.Name] == told.Type:
	default:
		return fmt.Errorf("%s answered %s, which its model does not know: %s", op.Name, told.Type, told.Message)
	}
	if told.Message == "" {
		return fmt.Errorf("%s answered %s without a message", op.Name, told.Type)
	}
	return nil
}

// The moments that an answer may tell, in seconds since 1970: milliseconds by mistake, or the zero time, are outside.
const (
	year2000 = 946684800
	year2100 = 4102444800
)

// moments finds a moment that cannot be meant.
func moments(of *wire.Shape, value any, at string) error {
	switch v := value.(type) {
	case json.Number:
		if seconds, err := v.Float64(); of.Kind == wire.Instant && (err != nil || seconds < year2000 || seconds > year2100) {
			return fmt.Errorf("'%s' is %s, no moment of this century in seconds", at, v)
		}
	case []any:
		for i, element := range v {
			if err := moments(of.Value, element, fmt.Sprintf("%s.%d", at, i+1)); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, element := range v {
			inside := of.Value
			if of.Kind == wire.Structure {
				inside = of.Member(name).Shape
			}
			if err := moments(inside, element, at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}
