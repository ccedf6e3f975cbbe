package penstock

import (
	"bytes"
	"context"
	"slices"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/definition"
)

// SecretMask stands wherever the value of a secret property would be read: of an action type that has some, such as the OAuthToken of
// Source/ThirdParty/GitHub/1. Given back in an update, it keeps the stored value (spec A6). Secrets of your own action types are references; see
// Secret.
const SecretMask = definition.SecretMask

// secrets knows which configuration is secret, of types that were deleted too.
func (e *Engine) secrets(ctx context.Context, op string) (definition.Catalogue, error) {
	s, err := e.readCatalogue(ctx, op)
	if err != nil {
		return nil, err
	}
	c := &e.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.knownOf != s {
		c.known, c.knownOf = s.Known(e.config.Actions.types()), s
	}
	return c.known, nil
}

// maskActions hides secrets in what actions were given.
func (e *Engine) maskActions(ctx context.Context, op string, lists ...[]ActionExecution) error {
	actions := slices.Concat(lists...)
	if len(actions) == 0 {
		return nil
	}
	var known definition.Catalogue = declared.New(declared.Layers{})
	if slices.ContainsFunc(actions, mayBeDeclared) {
		var err error
		if known, err = e.secrets(ctx, op); err != nil {
			return err
		}
	}
	for i := range actions {
		info, _ := known.Lookup(parseTypeName(actions[i].Type))
		for _, key := range info.Keys {
			if _, ok := actions[i].Configuration[key.Name]; ok && key.Secret {
				actions[i].Configuration[key.Name] = SecretMask
			}
		}
	}
	return nil
}

// mayBeDeclared reports whether what is secret in an action is to be looked up in the store: not where the service owns its type, for that keeps
// its contract whatever is declared.
func mayBeDeclared(a ActionExecution) bool {
	return len(a.Configuration) > 0 && parseTypeName(a.Type).Owner != string(OwnerAWS)
}

// unmasked is a pipeline with the stored secrets where it has the mask, and the version that they are of; 0 where it has none.
func (e *Engine) unmasked(ctx context.Context, s *declare.State, p Pipeline) (Pipeline, int, error) {
	canonical := definition.Canonical(p.stored)
	if !bytes.Contains(canonical, []byte(`"`+SecretMask+`"`)) {
		return p, 0, nil
	}
	now, err := e.fold(ctx, string(VerbApply), p.Name())
	if CodeOf(err) == ErrPipelineNotFound {
		return p, 0, nil
	}
	if err != nil || now.Version == 0 {
		return p, 0, err
	}
	stored, err := definition.ParseStored(now.Definitions[now.Version])
	if err != nil {
		return p, 0, &Error{Code: ErrInternal, Op: string(VerbApply), Path: p.Name(), Err: err}
	}
	p.stored = definition.Unmask(p.stored, stored, s.Known(e.config.Actions.types()))
	if bytes.Equal(definition.Canonical(p.stored), canonical) {
		return p, 0, nil
	}
	return p, now.Version, nil
}
