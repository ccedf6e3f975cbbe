package penstock

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Variable is the typed name of a variable that an action puts out with Call.SetVariable, or of the namespace "codepipeline".
type Variable[T any] struct{ reference definition.Reference }

// NewVariable names the variable key of the action whose Namespace is namespace.
func NewVariable[T any](namespace, key string) Variable[T] {
	return Variable[T]{definition.Reference{Namespace: namespace, Key: key}}
}

// Value is the variable as a setting, to be resolved when the action that has it starts.
func (v Variable[T]) Value() Value[T] { return Value[T]{ref: v.String()} }

// String is #{namespace.key}: the variable inside a longer text.
func (v Variable[T]) String() string { return v.reference.String() }

// PipelineVariable is a typed variable of the whole pipeline. Its value is fixed when an execution starts. Source actions cannot use it.
type PipelineVariable[T any] struct {
	name, description string
	initial           Value[T]
	hasDefault        bool
}

// NewPipelineVariable is a variable that Pipeline.Variables declares, 1 to 128 letters, digits or any of @ - _. Without a Default
// every start of the pipeline has to give it.
func NewPipelineVariable[T any](name string) PipelineVariable[T] {
	return PipelineVariable[T]{name: name}
}

// Default is its value where a start gives none.
func (v PipelineVariable[T]) Default(value T) PipelineVariable[T] {
	v.initial, v.hasDefault = Lit(value), true
	return v
}

// Describe says what it is for, in up to 200 characters.
func (v PipelineVariable[T]) Describe(text string) PipelineVariable[T] {
	v.description = text
	return v
}

// Value is the variable as a setting, to be resolved when the action that has it starts.
func (v PipelineVariable[T]) Value() Value[T] { return NewVariable[T]("variables", v.name).Value() }

// String is #{variables.name}: the variable inside a longer text.
func (v PipelineVariable[T]) String() string { return NewVariable[T]("variables", v.name).String() }

// DeclaredVariable is a PipelineVariable of any type.
type DeclaredVariable interface {
	declare() (definition.Variable, error)
}

func (v PipelineVariable[T]) declare() (definition.Variable, error) {
	out := definition.Variable{Name: v.name, Description: v.description}
	if !v.hasDefault {
		return out, nil
	}
	text, err := encodeText(v.initial.literal)
	if err == nil && text == "" {
		err = errors.New("a default of empty text cannot be stored")
	}
	out.DefaultValue = text
	return out, err
}

// Value is a setting that is either a literal or a reference to a variable, whose value it has once the action runs. It is for
// settings that are not text; a reference in a string field is text like any other: "v" + version.String().
type Value[T any] struct {
	literal T
	ref     string
}

// Lit is a literal value.
func Lit[T any](v T) Value[T] { return Value[T]{literal: v} }

// Get is the value. In a definition, a reference has none yet: the zero value.
func (v Value[T]) Get() T { return v.literal }

// settable is a *Value of any type.
type settable interface {
	parts() (literal any, ref *string)
}

func (v *Value[T]) parts() (literal any, ref *string) { return &v.literal, &v.ref }

// encodeText writes one value as a configuration writes it.
func encodeText(value any) (string, error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return "", errors.New("nil has no text")
	}
	codec, err := codecOf(v.Type())
	if err != nil {
		return "", fmt.Errorf("type %s: %w", v.Type(), err)
	}
	return codec.encode(v)
}
