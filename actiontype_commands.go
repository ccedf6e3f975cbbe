package penstock

import (
	"context"
	"errors"
	"maps"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/definition"
)

// CreateActionType declares an action type while engines run: from then on pipelines may use it, at every engine of the store
// (CreateCustomActionType). ErrInvalid: it is malformed, its name is taken, or it was deleted and was another one then: a name never comes
// to stand for something else. ErrLimitExceeded: see Limits.CustomActionTypes. To create a deleted type again, identically, restores it.
type CreateActionType struct {
	ID   string // of the command; the same ID acts once. Empty: not remembered
	Type CustomActionType
	Tags map[string]string // its tags; see TagActionType
}

func (c CreateActionType) access() Access {
	return Access{Verb: VerbDeclare, ActionType: c.Type.Type().String()}
}

func (c CreateActionType) commandID() string { return c.ID }

func (c CreateActionType) declare(e *Engine, s *declare.State) (declare.Contents, []string, error) {
	of := c.Type.Type()
	after, err := e.known(s).Create(c.Type.stored())
	if err == nil {
		err = checkTags(VerbDeclare, of.String(), c.Tags)
	}
	return withTypes(s, after).Tag(of.id(), maps.Clone(c.Tags)), []string{of.String()}, err
}

// DeleteActionType takes an action type out of the catalogue (DeleteCustomActionType). Pipelines that have it keep it, and their actions
// wait or go on as before; no pipeline can be given it any more. A type that is not there is no error and changes nothing. A type that some
// process has registered in Go is forgotten until a process that has it runs again or applies a pipeline; ErrFailedPrecondition: it is
// registered in this one.
type DeleteActionType struct {
	ID       string
	Category Category
	Provider string
	Version  string
}

func (c DeleteActionType) of() ActionType {
	return ActionType{Category: c.Category, Owner: OwnerCustom, Provider: c.Provider, Version: c.Version}
}

func (c DeleteActionType) access() Access {
	return Access{Verb: VerbUndeclare, ActionType: c.of().String()}
}

func (c DeleteActionType) commandID() string { return c.ID }

func (c DeleteActionType) declare(e *Engine, s *declare.State) (declare.Contents, []string, error) {
	id, known := c.of().id(), e.known(s)
	for _, own := range e.config.Actions.types() {
		if own.ID == id {
			return s.Contents, nil, &Error{
				Code: ErrFailedPrecondition, Op: string(VerbUndeclare), Path: id.String(), Err: errors.New("this process registers the type in Go"),
				Hint: "run a program that does not register it",
			}
		}
	}
	after, err := known.Delete(string(c.Category), c.Provider, c.Version)
	if err != nil {
		return s.Contents, nil, err
	}
	if !declaredIn(s, id) {
		return s.Contents, nil, nil
	}
	return withTypes(s, after).Forget(id).Tag(id, nil), []string{id.String()}, nil
}

// declaredIn says whether there is something to delete.
func declaredIn(s *declare.State, id definition.TypeID) bool {
	for _, t := range s.Custom {
		if t.ID() == id && !t.Deleted {
			return true
		}
	}
	for _, t := range s.Registered {
		if t.ID == id {
			return true
		}
	}
	return false
}

// UpdateActionType replaces what a provider has published about its action type (UpdateActionType). ErrActionTypeNotFound: it has not
// published it. ErrInvalid: it is malformed, or requires a property that was optional, which pipelines may lack.
type UpdateActionType struct {
	ID      string
	Type    PublishedActionType
	Publish bool // publish it for the first time, for which the service has no operation. ErrInvalid: its name is taken
}

func (c UpdateActionType) access() Access {
	return Access{Verb: VerbDeclare, ActionType: c.Type.Type.String()}
}

func (c UpdateActionType) commandID() string { return c.ID }

func (c UpdateActionType) declare(e *Engine, s *declare.State) (declare.Contents, []string, error) {
	change := e.known(s).Update
	if c.Publish {
		change = e.known(s).Publish
	}
	after, err := change(c.Type.stored())
	return withTypes(s, after), []string{c.Type.Type.String()}, err
}

// withTypes are the contents of a store with what a change has made of them.
func withTypes(s *declare.State, after declared.Catalogue) declare.Contents {
	next := s.Contents
	next.Custom, next.Published = after.Custom(), after.Published()
	return next
}

// CreateActionType declares an action type while engines run.
func (e *Engine) CreateActionType(ctx context.Context, t CustomActionType) error {
	_, err := e.Do(ctx, CreateActionType{Type: t})
	return err
}

// DeleteActionType takes an action type out of the catalogue; pipelines that have it keep it.
func (e *Engine) DeleteActionType(ctx context.Context, c Category, provider, version string) error {
	_, err := e.Do(ctx, DeleteActionType{Category: c, Provider: provider, Version: version})
	return err
}
