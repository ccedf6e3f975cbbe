package penstock

import (
	"context"
	"reflect"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Artifact is a typed name for content that one action puts out and later ones take in: a Tree, a File, a Zip, or any other T,
// which travels as JSON. Share the value between producer and consumers: wiring the wrong type then does not compile.
type Artifact[T any] struct{ name string }

// NewArtifact names an artifact: 1 to 100 letters, digits, - or _.
func NewArtifact[T any](name string) Artifact[T] { return Artifact[T]{name} }

// Name is the artifact's name.
func (a Artifact[T]) Name() string { return a.name }

// In has an action take the artifact in.
func (a Artifact[T]) In() Input[T] { return Input[T]{a.name} }

// Out has an action put the artifact out.
func (a Artifact[T]) Out() Output[T] { return Output[T]{a.name} }

// Input is a configuration field for an artifact that the action takes in. It has to be wired unless its tag says optional:
//
//	Overlay penstock.Input[penstock.Tree] `penstock:"Overlay,optional"`
type Input[T any] struct{ name string }

// Wired says whether an artifact was given.
func (i Input[T]) Wired() bool { return i.name != "" }

// Name is the artifact's name; empty where none was given.
func (i Input[T]) Name() string { return i.name }

// Load is the artifact's content as this execution has it: *Error with code ErrNotFound where the field is not wired, ErrInvalid where
// the content is not a T.
func (i Input[T]) Load(ctx context.Context, call Scope) (T, error) {
	var content T
	err := call.running().load(ctx, i.name, &content)
	return content, err
}

// Output is a configuration field for an artifact that the action puts out. It has to be wired unless its tag says optional.
type Output[T any] struct{ name string }

// Wired says whether an artifact was named.
func (o Output[T]) Wired() bool { return o.name != "" }

// Store puts the content out, once. It counts when this run succeeds: a run that fails or is Pending has put out nothing. An
// Output that is not wired takes anything and keeps nothing. A run that succeeds must have stored every Output that is wired.
func (o Output[T]) Store(ctx context.Context, call Scope, content T) error {
	if !o.Wired() {
		return nil
	}
	return call.running().store(ctx, o.name, content)
}

// artifactField is an Input or Output of any type.
type artifactField interface {
	artifact() (name string, role definition.Role, of reflect.Type)
}

// artifactSetter is a pointer to one.
type artifactSetter interface{ setArtifact(name string) }

func (i Input[T]) artifact() (string, definition.Role, reflect.Type) {
	return i.name, definition.Input, reflect.TypeFor[T]()
}

func (o Output[T]) artifact() (string, definition.Role, reflect.Type) {
	return o.name, definition.Output, reflect.TypeFor[T]()
}

func (i *Input[T]) setArtifact(name string)  { i.name = name }
func (o *Output[T]) setArtifact(name string) { o.name = name }
