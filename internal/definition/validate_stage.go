package definition

import (
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// stage checks one stage and all in it (spec A2, A9).
func (v *validator) stage(i int, s Stage) {
	at := v.stageSpot(i)
	if slices.ContainsFunc(v.p.Stages[:min(i, mostFindings)], func(o Stage) bool { return o.Name == s.Name }) {
		v.add(InvalidStage, at.member("name"), "give one of them another name", "Stage name '%s' is used more than once", clip(s.Name))
	}
	switch n := len(s.Actions); {
	case n == 0:
		v.add(InvalidStage, at.member("actions"), "add an action or remove the stage", "Stage '%s' has no actions", clip(s.Name))
	case n > v.limits.StageActions:
		v.add(InvalidStage, at.member("actions"), "move some to another stage", "Stage '%s' has %d actions. There can only be up to %d actions in a stage", clip(s.Name), n, v.limits.StageActions)
	}
	v.blockers(at.member("blockers"), s.Blockers)
	v.gates(i, s)
	seen := map[string]bool{}
	for j, action := range s.Actions {
		if v.full() {
			return
		}
		if seen[action.Name] {
			v.add(InvalidAction, v.actionSpot(i, j).member("name"), "give one of them another name", "Action name '%s' is used more than once in stage '%s'", clip(action.Name), clip(s.Name))
		}
		seen[action.Name] = true
		v.action(v.actionSpot(i, j), place{stage: i, action: action.Name}, action)
	}
}

// blockers are reserved by the service, which names one kind of error for all that is wrong with them.
func (v *validator) blockers(s spot, all []Blocker) {
	seen := map[string]bool{}
	for i, b := range all {
		at := s.item(i)
		switch n := len([]rune(b.Name)); {
		case n < 1 || n > nameLength:
			v.add(InvalidBlocker, at.member("name"), "write 1 to 100 characters", "The name of a blocker has %d characters", n)
		case seen[b.Name]:
			v.add(InvalidBlocker, at.member("name"), "give one of them another name", "Blocker name '%s' is used more than once", clip(b.Name))
		}
		seen[b.Name] = true
		if b.Type != "Schedule" {
			v.add(InvalidBlocker, at.member("type"), "write Schedule", "Blocker '%s' has the unknown type '%s'", clip(b.Name), clip(b.Type))
		}
	}
}
