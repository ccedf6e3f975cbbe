package awsapi

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// block is the part of a stored definition that the service has no words for: what it says of an action, and the shape of a stage's groups.
type block struct {
	Stages map[string]stageBlock `json:"stages,omitzero"`
}

type stageBlock struct {
	Tree    json.RawMessage            `json:"tree,omitzero"`
	Actions map[string]json.RawMessage `json:"actions,omitzero"`
}

// carry answers the stored settings that go on under an update, whose author does not see them: of an action those whose name and type are
// unchanged, of a stage the shape of its groups where its actions have the run orders that they had. What is dropped is listed.
func carry(stored penstock.Pipeline, update *wire.PipelineDeclaration) (kept *block, dropped []string, err error) {
	data, err := stored.MarshalJSON()
	if err != nil {
		return nil, nil, err
	}
	var old struct {
		wire.PipelineDeclaration
		Penstock *block `json:"penstock"`
	}
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, nil, err
	}
	if old.Penstock == nil {
		return nil, nil, nil
	}
	kept = &block{Stages: map[string]stageBlock{}}
	for _, name := range slices.Sorted(maps.Keys(old.Penstock.Stages)) {
		was, out := old.Penstock.Stages[name], stageBlock{Actions: map[string]json.RawMessage{}}
		for _, of := range slices.Sorted(maps.Keys(was.Actions)) {
			before, after := action(&old.PipelineDeclaration, name, of), action(update, name, of)
			if before != nil && after != nil && *before.ActionTypeId == *after.ActionTypeId {
				out.Actions[of] = was.Actions[of]
			} else {
				dropped = append(dropped, name+"/"+of)
			}
		}
		if maps.Equal(runOrders(&old.PipelineDeclaration, name), runOrders(update, name)) {
			out.Tree = was.Tree
		} else if len(was.Tree) > 0 {
			dropped = append(dropped, name)
		}
		if out.Tree != nil || len(out.Actions) > 0 {
			kept.Stages[name] = out
		}
	}
	return kept, dropped, nil
}

func runOrders(p *wire.PipelineDeclaration, stage string) map[string]int {
	out := map[string]int{}
	for _, s := range p.Stages {
		for _, a := range s.Actions {
			if s.Name == stage {
				out[a.Name] = max(a.RunOrder, 1)
			}
		}
	}
	return out
}
