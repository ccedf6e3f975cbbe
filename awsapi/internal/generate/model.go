package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// model is what this command needs of the notation in which the service's models are published.
type model struct {
	Operations map[string]*operation `json:"operations"`
	Shapes     map[string]*shape     `json:"shapes"`
}

type operation struct {
	Input  *ref  `json:"input"`
	Output *ref  `json:"output"`
	Errors []ref `json:"errors"`
}

type ref struct {
	Shape string `json:"shape"`
}

type shape struct {
	Type      string   `json:"type"`
	Required  []string `json:"required"`
	Members   members  `json:"members"`
	Exception bool     `json:"exception"`
	Member    *ref     `json:"member"` // of a list
	Key       *ref     `json:"key"`    // of a map
	Value     *ref     `json:"value"`
	Min       *int     `json:"min"`
	Max       *int     `json:"max"`
	Pattern   string   `json:"pattern"`
	Enum      []string `json:"enum"`
	Sensitive bool     `json:"sensitive"`
}

type member struct {
	Name  string
	Shape string
}

// members keep the model's order, in which problems are told.
type members []member

// UnmarshalJSON reads an object in the order in which it is written.
func (m *members) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var to ref
		if err := d.Decode(&to); err != nil {
			return err
		}
		*m = append(*m, member{name.(string), to.Shape})
	}
	return nil
}

func read(name string) (*model, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m := &model{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// add supplements the model.
func (m *model) add(more *model) {
	maps.Copy(m.Operations, more.Operations)
	for name, s := range more.Shapes {
		if m.Shapes[name] == nil {
			m.Shapes[name] = s
		} else {
			m.Shapes[name].add(s)
		}
	}
}

func (s *shape) add(more *shape) {
	s.Members = append(s.Members, more.Members...)
	s.Required = append(s.Required, more.Required...)
	s.Enum = append(s.Enum, more.Enum...)
	if more.Min != nil {
		s.Min = more.Min
	}
	if more.Max != nil {
		s.Max = more.Max
	}
}

// check finds what refers to nothing.
func (m *model) check() error {
	for name, s := range m.Shapes {
		refs := []string{}
		for _, r := range []*ref{s.Member, s.Key, s.Value} {
			if r != nil {
				refs = append(refs, r.Shape)
			}
		}
		for _, member := range s.Members {
			refs = append(refs, member.Shape)
		}
		for _, to := range refs {
			if m.Shapes[to] == nil {
				return fmt.Errorf("shape %s refers to %s, which is not there", name, to)
			}
		}
	}
	return nil
}

// names are the shapes for which keep holds, sorted.
func (m *model) names(keep func(s *shape) bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m.Shapes)), func(name string) bool { return !keep(m.Shapes[name]) })
}

func isStructure(s *shape) bool   { return s.Type == "structure" && !s.Exception }
func isEnumeration(s *shape) bool { return len(s.Enum) > 0 }
func notException(s *shape) bool  { return !s.Exception }
