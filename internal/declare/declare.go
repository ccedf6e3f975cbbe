package declare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
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
	Registered []catalogue.Registered  `json:"registered,omitempty"` // registered in Go by some process, ordered by name
}

// State is the catalogue's stream as it was read. It is not changed any more.
type State struct {
	Contents
	Audit machine.AuditHead // of the chain of commands

	token   store.ID
	version uint64    // of the last event
	now     time.Time // of the last change
}

// snapshot is the stored form of a State.
type snapshot struct {
	Format   int               `wire:"1"`
	Contents []byte            `wire:"2"` // JSON
	Audit    machine.AuditHead `wire:"3"`
	Now      time.Time         `wire:"4"`
}

// format is raised when a snapshot's meaning changes in a way that tolerant decoding cannot bridge.
const format = 1

// Restore reads what a store answered for Stream, which may be nothing yet. before is an earlier reading, or nil: it is answered again when
// nothing has changed since.
func Restore(found []store.Stream, before *State) (*State, error) {
	if len(found) == 0 {
		return &State{}, nil
	}
	if before != nil && before.token == found[0].Token {
		return before, nil
	}
	var in snapshot
	if err := codec.Unmarshal(found[0].Snapshot, &in); err != nil {
		return nil, fmt.Errorf("the catalogue: %w", err)
	}
	if in.Format != format {
		return nil, fmt.Errorf("the catalogue has format %d, this release reads %d", in.Format, format)
	}
	s := &State{Audit: in.Audit, token: found[0].Token, version: found[0].Version, now: in.Now}
	if err := json.Unmarshal(in.Contents, &s.Contents); err != nil {
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
