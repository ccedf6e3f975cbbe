package penstock

import (
	"context"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// known is all that a pipeline may use at this engine: AWS's own types, those that this process registers, and those of the store.
func (e *Engine) known(s *declare.State) declared.Catalogue {
	c := &e.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.present.get(s, func() declared.Catalogue {
		return s.Catalogue(e.config.Actions.types(), e.config.Limits.CustomActionTypes)
	})
}

// ActionTypeQuery asks for action types, ordered by category, owner, provider and version.
type ActionTypeQuery struct {
	Owner  Owner  // "": of all
	Cursor string // ActionTypePage.Next; "" starts
	Limit  int    // default 100, at most 1000
}

// ActionTypePage is part of a list.
type ActionTypePage struct {
	Types []DeclaredType
	Next  string // "": this was the last page
}

// ActionTypes lists the action types that pipelines may use: AWS CodePipeline's own, those registered in Go by this process or any other
// of the store, and those created while engines run (ListActionTypes). A type that was renamed is listed under its present name.
func (e *Engine) ActionTypes(ctx context.Context, q ActionTypeQuery) (ActionTypePage, error) {
	const op = "action types"
	s, err := e.readCatalogue(ctx, op)
	if err != nil {
		return ActionTypePage{}, err
	}
	types, next, err := e.known(s).List(string(q.Owner), q.Cursor, store.PageLimit(q.Limit))
	if err != nil {
		return ActionTypePage{}, declareError(op, "", err)
	}
	served := e.workers.types()
	page := ActionTypePage{Next: next}
	for _, t := range types {
		page.Types = append(page.Types, servedType(t, served))
	}
	return page, nil
}

// servedType is a type with whether somebody here does its work.
func servedType(t declared.Type, served map[string]replica.Served) DeclaredType {
	view := declaredType(t)
	_, view.Served = served[t.ID.String()]
	view.Served = view.Served || t.ID == definition.ManualApproval
	return view
}

// RuleTypes lists the rule types that conditions may use: AWS CodePipeline's own, and those registered in Go by this process or any other
// of the store (ListRuleTypes).
func (e *Engine) RuleTypes(ctx context.Context) ([]DeclaredType, error) {
	s, err := e.readCatalogue(ctx, "rule types")
	if err != nil {
		return nil, err
	}
	served := e.workers.types()
	var out []DeclaredType
	for _, t := range e.known(s).Rules() {
		view := declaredType(t)
		_, view.Served = served[t.ID.String()]
		view.Served = view.Served || t.ID == variableCheckType || t.ID == deploymentWindowType
		out = append(out, view)
	}
	return out, nil
}

// DeclaredTypes answers those of the named action types that pipelines may use, by the names that were given.
func (e *Engine) DeclaredTypes(ctx context.Context, names ...ActionType) (map[ActionType]DeclaredType, error) {
	s, err := e.readCatalogue(ctx, "declared types")
	if err != nil {
		return nil, err
	}
	served, known := e.workers.types(), e.known(s)
	out := map[ActionType]DeclaredType{}
	for _, name := range names {
		if t, ok := known.Type(name.id()); ok {
			out[name] = servedType(t, served)
		}
	}
	return out, nil
}
