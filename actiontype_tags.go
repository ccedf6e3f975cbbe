package penstock

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/definition"
)

// TagActionType gives an action type of owner Custom tags; each replaces one of the same key (TagResource). It fails as TagPipeline does,
// and with ErrActionTypeNotFound where there is no such type. Engine.ActionTypeTags lists them.
type TagActionType struct {
	ID   string // of the command; the same ID acts once. Empty: not remembered
	Type ActionType
	Tags map[string]string
}

func (c TagActionType) access() Access { return Access{Verb: VerbTag, ActionType: c.Type.String()} }

func (c TagActionType) commandID() string { return c.ID }

func (c TagActionType) declare(e *Engine, s *declare.State) (declare.Contents, []string, error) {
	if err := checkTags(VerbTag, c.Type.String(), c.Tags); err != nil {
		return s.Contents, nil, err
	}
	return e.retag(s, VerbTag, c.Type, func(tags map[string]string) { maps.Copy(tags, c.Tags) })
}

// UntagActionType takes tags from an action type (UntagResource). A key that is not there is no error. ErrActionTypeNotFound: there is no
// such type.
type UntagActionType struct {
	ID   string
	Type ActionType
	Keys []string
}

func (c UntagActionType) access() Access { return Access{Verb: VerbUntag, ActionType: c.Type.String()} }

func (c UntagActionType) commandID() string { return c.ID }

func (c UntagActionType) declare(e *Engine, s *declare.State) (declare.Contents, []string, error) {
	return e.retag(s, VerbUntag, c.Type, func(tags map[string]string) {
		maps.DeleteFunc(tags, func(key, _ string) bool { return slices.Contains(c.Keys, key) })
	})
}

// retag changes the tags of a type. What changes nothing leaves no trace.
func (e *Engine) retag(s *declare.State, verb Verb, t ActionType, change func(tags map[string]string)) (declare.Contents, []string, error) {
	of, err := e.tagged(s, string(verb), t)
	if err != nil {
		return s.Contents, nil, err
	}
	before := s.Tags[of.String()]
	after := map[string]string{}
	maps.Copy(after, before)
	if change(after); maps.Equal(before, after) {
		return s.Contents, nil, nil
	}
	return s.Tag(of, after), []string{of.String()}, checkTags(verb, of.String(), after)
}

// tagged is a type by its present name. One that others have declared has no tags.
func (e *Engine) tagged(s *declare.State, op string, t ActionType) (definition.TypeID, error) {
	found, ok := e.known(s).Type(t.id())
	if ok && found.ID.Owner == string(OwnerCustom) {
		return found.ID, nil
	}
	return t.id(), &Error{Code: ErrActionTypeNotFound, Op: op, Path: t.String(), Err: errors.New("there is no such action type of owner Custom")}
}

// ActionTypeTags answers the tags of an action type of owner Custom. ErrActionTypeNotFound: there is no such type.
func (e *Engine) ActionTypeTags(ctx context.Context, t ActionType) (map[string]string, error) {
	const op = "action type tags"
	s, err := e.readCatalogue(ctx, op)
	if err != nil {
		return nil, err
	}
	of, err := e.tagged(s, op, t)
	return maps.Clone(s.Tags[of.String()]), err
}
