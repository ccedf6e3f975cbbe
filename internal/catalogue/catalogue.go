package catalogue

import (
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Catalogue is all that is declared. The zero value is useful: it has AWS's own types and takes custom ones.
type Catalogue struct {
	layers Layers
	types  map[definition.TypeID]Type // by every name; AWS's own only where something was added to them
	rules  map[definition.TypeID]Type // the same of rule types
}

// Layers are what a Catalogue has beside AWS's own types.
type Layers struct {
	// Registered are types of actions and of rules that were registered in Go, in this process. AWS's own type of the same name keeps its
	// contract; what is registered only adds its Check.
	Registered []Registered
	// Recorded are types that other processes registered, as they were stored. What this process registers itself is not taken from here.
	Recorded []Registered
	// Published are types that their providers built.
	Published []Declaration
	// Custom are types that were created at run time, deleted ones included.
	Custom []CustomType
	// MostCustom is how many custom types may be declared, deleted ones aside; default 50 (spec F).
	MostCustom int
}

// New is a Catalogue of these layers. What is stored is believed: nothing is judged again.
func New(layers Layers) Catalogue {
	c := Catalogue{layers: layers, types: map[definition.TypeID]Type{}, rules: map[definition.TypeID]Type{}}
	for _, t := range layers.Custom {
		if !t.Deleted {
			c.declare(t.ID(), t.declared())
		}
	}
	for _, d := range layers.Published {
		c.declare(d.ID, d.declared())
	}
	for _, r := range slices.Concat(layers.Recorded, layers.Registered) {
		c.declare(r.ID, r.declared())
		for _, former := range r.Former {
			c.declare(former, r.declared())
		}
	}
	return c
}

// declare puts a type in front of what has the name already; one of AWS's own only takes on its check.
func (c Catalogue) declare(name definition.TypeID, t Type) {
	own, types := builtin, c.types
	if name.Category == rule {
		own, types = builtinRules, c.rules
	}
	if is, ok := own[name]; ok {
		is.Check = both(is.Check, t.Check)
		t = is
	}
	types[name] = t
}

// both judges by one check, then by the other; each may be nil.
func both(a, b func(key, text string) error) func(key, text string) error {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	return func(key, text string) error {
		if err := a(key, text); err != nil {
			return err
		}
		return b(key, text)
	}
}

var (
	builtin      = index(sources, builds, deployments, stacks, workloads, invocations, approvals)
	builtinRules = index(ruleTypes)
)

func index(tables ...[]Type) map[definition.TypeID]Type {
	types := map[definition.TypeID]Type{}
	for _, table := range tables {
		for _, t := range table {
			types[t.ID] = t
		}
	}
	return types
}

// Type answers an action type by its name or one that it had.
func (c Catalogue) Type(id definition.TypeID) (Type, bool) {
	if t, ok := c.types[id]; ok {
		return t, true
	}
	t, ok := builtin[id]
	return t, ok
}

// RuleType answers a rule type by its name or one that it had.
func (c Catalogue) RuleType(id definition.TypeID) (Type, bool) {
	if t, ok := c.rules[id]; ok {
		return t, true
	}
	t, ok := builtinRules[id]
	return t, ok
}

// Lookup answers what a definition may say about an action of a type.
func (c Catalogue) Lookup(id definition.TypeID) (definition.TypeInfo, bool) {
	t, ok := c.Type(id)
	return t.Info(), ok
}

// LookupRule answers what a definition may say about a rule of a type.
func (c Catalogue) LookupRule(id definition.TypeID) (definition.TypeInfo, bool) {
	t, ok := c.RuleType(id)
	return t.Info(), ok
}

// all lists the action types by every name, former ones included, in order.
func (c Catalogue) all() []named {
	types := maps.Clone(builtin)
	maps.Copy(types, c.types)
	return inOrder(types)
}

// allRules is all of the rule types.
func (c Catalogue) allRules() []named {
	types := maps.Clone(builtinRules)
	maps.Copy(types, c.rules)
	return inOrder(types)
}

// named is a type under one of its names.
type named struct {
	name definition.TypeID
	Type
}

func inOrder(types map[definition.TypeID]Type) []named {
	var out []named
	for name, t := range types {
		out = append(out, named{name: name, Type: t})
	}
	slices.SortFunc(out, func(a, b named) int { return Compare(a.name, b.name) })
	return out
}
