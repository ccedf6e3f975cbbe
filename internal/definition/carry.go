package definition

import (
	"reflect"
	"slices"
)

// Carry is an update that has no penstock block with the stored definition's settings of every stage and action whose name and type are
// unchanged: who updates by the service's own tools does not know of the block. A stage's tree is kept where its actions and their run
// orders are unchanged. What could not be kept is listed by its path. An update with a block is left as it is.
func Carry(update, stored Pipeline) (Pipeline, []string) {
	if update.Penstock != nil || stored.Penstock == nil {
		return update, nil
	}
	var dropped []string
	kept := map[string]StageBlock{}
	for _, name := range sortedKeys(stored.Penstock.Stages) {
		block, before, after := stored.Penstock.Stages[name], stored.stage(name), update.stage(name)
		actions := map[string]ActionBlock{}
		for _, action := range sortedKeys(block.Actions) {
			if sameType(action, before, after) {
				actions[action] = block.Actions[action]
			} else {
				dropped = append(dropped, stored.Name+"/"+name+"/"+action)
			}
		}
		block.Actions = actions
		if block.Tree != nil && !reflect.DeepEqual(orders(before), orders(after)) {
			block.Tree = nil
			dropped = append(dropped, stored.Name+"/"+name)
		}
		kept[name] = block
	}
	update.Penstock = &Block{Stages: kept, Update: stored.Penstock.Update}
	return Normalize(update), dropped
}

func sameType(action string, before, after Stage) bool {
	is := func(a Action) bool { return a.Name == action }
	i, j := slices.IndexFunc(before.Actions, is), slices.IndexFunc(after.Actions, is)
	return i >= 0 && j >= 0 && before.Actions[i].ActionTypeID == after.Actions[j].ActionTypeID
}

func orders(s Stage) map[string]int {
	out := map[string]int{}
	for _, a := range s.Actions {
		out[a.Name] = max(a.RunOrder, 1)
	}
	return out
}
