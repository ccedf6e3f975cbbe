package declare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/store"
)

// Stream is the name of the catalogue's stream.
const Stream = "catalogue"

// Group is the group of the catalogue's records. No pipeline can have the name.
const Group = "/catalogue"

// Contents are what is declared in a store: all that AWS has not declared, and no code has to be there for.
type Contents struct {
	Custom     []catalogue.CustomType  `json:"custom,omitempty"`     // created at run time, deleted ones included
	Published  []catalogue.Declaration `json:"published,omitempty"`  // built by their providers
	Registered []catalogue.Registered  `json:"registered,omitempty"` // types of actions and rules, registered in Go by some process, ordered by name

	Tags map[string]map[string]string `json:"tags,omitempty"` // of types, by name
}

// Tag is the contents with other tags of a type.
func (c Contents) Tag(id definition.TypeID, tags map[string]string) Contents {
	c.Tags = maps.Clone(c.Tags)
	if len(tags) == 0 {
		delete(c.Tags, id.String())
		return c
	}
	if c.Tags == nil {
		c.Tags = map[string]map[string]string{}
	}
	c.Tags[id.String()] = tags
	return c
}

// theCatalogue is how the catalogue is kept.
func theCatalogue() kept {
	return kept{stream: Stream, group: Group, kind: kindChanged, what: "the catalogue"}
}

// State is the catalogue's stream as it was read. It is not changed any more.
type State struct {
	Contents
	head
}

// Restore reads what a store answered for Stream, which may be nothing yet. before is an earlier reading, or nil: it is answered again when
// nothing has changed since.
func Restore(found []store.Stream, before *State) (*State, error) {
	if len(found) == 0 {
		return &State{}, nil
	}
	if before != nil && before.token == found[0].Token {
		return before, nil
	}
	h, contents, err := theCatalogue().restore(&found[0])
	if err != nil {
		return nil, err
	}
	s := &State{head: h}
	if err := json.Unmarshal(contents, &s.Contents); err != nil {
		return nil, fmt.Errorf("the catalogue: %w", err)
	}
	return s, nil
}

// Catalogue is all that a definition may use: what is declared in the store, AWS's own, and what this process registers itself.
func (s *State) Catalogue(own []catalogue.Registered, mostCustom int) catalogue.Catalogue {
	return catalogue.New(catalogue.Layers{
		Registered: own, Recorded: s.Registered, Published: s.Published, Custom: s.Custom, MostCustom: mostCustom,
	})
}

// Known is Catalogue with the types that were deleted: stored definitions may still have their actions, and secrets in them.
func (s *State) Known(own []catalogue.Registered) catalogue.Catalogue {
	all := slices.Clone(s.Custom)
	for i := range all {
		all[i].Deleted = false
	}
	return catalogue.New(catalogue.Layers{Registered: own, Recorded: s.Registered, Published: s.Published, Custom: all})
}

// Record is the contents with types that a process registers in Go; changed says which of them were not recorded so before.
func (s *State) Record(own []catalogue.Registered) (next Contents, changed []string, err error) {
	next = s.Contents
	next.Registered = slices.Clone(next.Registered)
	for _, t := range own {
		i, there := slices.BinarySearchFunc(next.Registered, t, func(a, b catalogue.Registered) int { return catalogue.Compare(a.ID, b.ID) })
		if !there {
			next.Registered = slices.Insert(next.Registered, i, t)
			changed = append(changed, t.ID.String())
			continue
		}
		same, err := equal(next.Registered[i], t)
		if err != nil {
			return next, nil, err
		}
		if !same {
			next.Registered[i] = t
			changed = append(changed, t.ID.String())
		}
	}
	return next, changed, nil
}

// equal compares what would be stored.
func equal(a, b catalogue.Registered) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// Forget is the contents without a type that some process has registered.
func (c Contents) Forget(id definition.TypeID) Contents {
	c.Registered = slices.DeleteFunc(slices.Clone(c.Registered), func(t catalogue.Registered) bool { return t.ID == id })
	return c
}
