package machine

import (
	"errors"
	"slices"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// shelf is the memory that the past of an execution is copied to when its record is written.
type shelf struct {
	past      []ActionRecord
	actions   []ActionExecution
	artifacts []Artifact
}

func (s *State) executionRecord(plan *Plan, x *Execution) store.Record {
	kept := *x
	kept.Run, kept.Past = nil, nil
	return store.Record{
		Ref: ExecutionRef(s.Name, x.ID),
		Data: codec.Marshal(&ExecutionRecord{
			Execution: kept, Mode: plan.Mode, Stage: plan.Stages[min(x.Stage, len(plan.Stages)-1)].Name, Past: s.shelf.put(x),
			Run: x.resumable(),
		}),
	}
}

// put copies the past as the record keeps it: most artifacts that actions took in and put out are still the execution's.
func (s *shelf) put(x *Execution) []ActionRecord {
	s.past = append(s.past[:0], x.Past...)
	s.actions, s.artifacts = slices.Grow(s.actions[:0], len(x.Past)), s.artifacts[:0]
	for i := range s.past {
		s.actions = append(s.actions, *s.past[i].Action)
		a := &s.actions[i]
		a.Inputs, a.Outputs = s.named(x, a.Inputs), s.named(x, a.Outputs)
		s.past[i].Action = a
	}
	return s.past
}

// named keeps no more than the name of those that are the execution's.
func (s *shelf) named(x *Execution, all []Artifact) []Artifact {
	start := len(s.artifacts)
	for _, a := range all {
		if is, ok := x.Artifacts[a.Name]; ok && is.Digest == a.Digest && is.MediaType == a.MediaType && is.Size == a.Size && a.Inline == nil {
			a = Artifact{Name: a.Name, Same: true}
		}
		s.artifacts = append(s.artifacts, a)
	}
	return s.artifacts[start:]
}

// readExecution undoes executionRecord.
func readExecution(data []byte) (*ExecutionRecord, error) {
	out := &ExecutionRecord{}
	if err := codec.Unmarshal(data, out); err != nil {
		return nil, err
	}
	x := &out.Execution
	x.Past = out.Past
	for _, r := range x.Past {
		if r.Action == nil {
			return nil, errors.New("an action of it is missing")
		}
		x.unname(r.Action.Inputs)
		x.unname(r.Action.Outputs)
	}
	return out, nil
}

func (x *Execution) unname(all []Artifact) {
	for i := range all {
		if all[i].Same {
			all[i] = x.Artifacts[all[i].Name].bare()
		}
	}
}
