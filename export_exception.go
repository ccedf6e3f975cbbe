package penstock

import (
	"errors"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Exception is how AWS CodePipeline reports that a pipeline cannot be: the name of its exception, such as
// "InvalidStructureException", and the message (spec A9). It joins all that its model refuses, and of everything else reports the first.
// Both are empty for an error that is not about an invalid pipeline.
func Exception(err error) (name, message string) {
	if refused, ok := errors.AsType[refusedProblems](err); ok {
		kind, text := refused.findings.Exception()
		return string(kind), text
	}
	if coded, ok := errors.AsType[*Error](err); ok && coded.Code == ErrInvalidDefinition {
		return string(definition.ValidationError), coded.Error()
	}
	return "", ""
}

// refusedProblems is Problems with the service's exception for each.
type refusedProblems struct {
	Problems
	findings definition.Findings
}

// Unwrap is the problems.
func (r refusedProblems) Unwrap() error { return r.Problems }

// refusedDefinition makes the one error of everything that is wrong; nil when nothing is.
func refusedDefinition(op, name string, found definition.Findings) error {
	if len(found) == 0 {
		return nil
	}
	problems := make(Problems, len(found))
	for i, finding := range found {
		problems[i] = Problem(finding.Problem)
	}
	return &Error{Code: ErrInvalidDefinition, Op: op, Path: name, Err: refusedProblems{problems, found}}
}
