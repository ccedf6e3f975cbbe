package definition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Exception is the name of the error that the service answers: the kind of a problem.
type Exception string

// The exceptions (spec A9).
const (
	ValidationError  Exception = "ValidationException"                // a length, pattern, enumeration or range of the model
	InvalidTags      Exception = "InvalidTagsException"               // a tag is malformed
	TooManyTags      Exception = "TooManyTagsException"               // more tags than a resource can have
	InvalidStructure Exception = "InvalidStructureException"          // the pipeline as a whole
	InvalidStage     Exception = "InvalidStageDeclarationException"   // a stage, or a gate of it
	InvalidBlocker   Exception = "InvalidBlockerDeclarationException" // a blocker of a stage
	InvalidAction    Exception = "InvalidActionDeclarationException"  // an action
)

// rank is where the service finds it: constraints of the model, then the pipeline, its stages, their actions.
func (e Exception) rank() int {
	switch e {
	case ValidationError:
		return 0
	case InvalidTags, TooManyTags:
		return 1
	case InvalidStructure:
		return 2
	case InvalidStage, InvalidBlocker:
		return 3
	default:
		return 4
	}
}

// Finding is a Problem with its kind.
type Finding struct {
	Kind Exception
	Problem
}

// Findings is everything that is wrong with a definition. To errors.As it is Problems too.
type Findings []Finding

// Found gives problems that only a path is known of their kind: that of a pipeline, a stage or an action.
func Found(problems Problems) Findings {
	var out Findings
	for _, problem := range problems {
		kind := [...]Exception{InvalidStructure, InvalidStage, InvalidAction}[min(strings.Count(problem.Path, "/"), 2)]
		out = append(out, Finding{kind, problem})
	}
	return out
}

// Sort puts them in the order in which the service finds them; those of one kind stay in the order of the definition.
func (f Findings) Sort() {
	slices.SortStableFunc(f, func(a, b Finding) int { return cmp.Compare(a.Kind.rank(), b.Kind.rank()) })
}

// Error lists the problems, one a line.
func (f Findings) Error() string { return f.Problems().Error() }

// Problems are the findings without their kinds.
func (f Findings) Problems() Problems {
	var out Problems
	for _, finding := range f {
		out = append(out, finding.Problem)
	}
	return out
}

// As makes them Problems.
func (f Findings) As(target any) bool {
	problems, ok := target.(*Problems)
	if ok {
		*problems = f.Problems()
	}
	return ok
}

// Exception is the one exception that the service answers for all of them: it joins what its model refuses, and of everything else
// names the first.
func (f Findings) Exception() (Exception, string) {
	if len(f) == 0 {
		return "", ""
	}
	if f[0].Kind != ValidationError {
		return f[0].Kind, f[0].Message
	}
	var messages []string
	for _, finding := range f {
		switch {
		case finding.Kind != ValidationError:
		case strings.HasPrefix(finding.Message, "Value "): // it says where
			messages = append(messages, finding.Message)
		default:
			messages = append(messages, finding.String())
		}
	}
	plural := "s"
	if len(messages) == 1 {
		plural = ""
	}
	return ValidationError, fmt.Sprintf("%d validation error%s detected: %s", len(messages), plural, strings.Join(messages, "; "))
}
