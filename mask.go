package penstock

import (
	"context"

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
	return s.Known(e.config.Actions.types()), nil
}

// maskActions hides secrets in what actions were given.
func (e *Engine) maskActions(ctx context.Context, op string, actions []ActionExecution) error {
	if len(actions) == 0 {
		return nil
	}
	known, err := e.secrets(ctx, op)
	if err != nil {
		return err
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
