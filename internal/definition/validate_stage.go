package definition

import (
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// stage checks one stage and all in it (spec A2).
func (v *validator) stage(i int, s Stage) {
	path := v.path(s.Name)
	v.named(path, "name", s.Name, inNames, 100)
	for _, other := range v.p.Stages[:i] {
		if other.Name == s.Name {
			v.add(path, "name", "give one of them another name", "Stage name '%s' is used more than once", s.Name)
			break
		}
	}
	switch n := len(s.Actions); {
	case n == 0:
		v.add(path, "actions", "add an action or remove the stage", "Stage '%s' has no actions", s.Name)
	case n > v.limits.StageActions:
		v.add(path, "actions", "", "Stage '%s' has %d actions; up to %d are allowed in a stage", s.Name, n, v.limits.StageActions)
	}
	v.conditions(i, s)
	for j, action := range s.Actions {
		if slices.ContainsFunc(s.Actions[:j], func(a Action) bool { return a.Name == action.Name }) {
			v.add(v.path(s.Name, action.Name), "name", "give one of them another name", "Action name '%s' is used more than once in stage '%s'", action.Name, s.Name)
		}
		v.action(place{stage: i, action: action.Name}, action)
	}
}

// block checks that the penstock block speaks of what there is.
func (v *validator) block() {
	if v.p.Penstock == nil {
		return
	}
	for _, name := range sortedKeys(v.p.Penstock.Stages) {
		block, path := v.p.Penstock.Stages[name], v.path(name)
		stage := v.p.stage(name)
		if stage.Name == "" {
			v.add(v.path(), "penstock.stages", DidYouMean(name, v.stageNames()), "there is no stage %q", name)
			continue
		}
		if block.Tree != nil {
			v.tree(path, *block.Tree, stage.Actions)
		}
		for _, action := range sortedKeys(block.Actions) {
			i := slices.IndexFunc(stage.Actions, func(a Action) bool { return a.Name == action })
			if i < 0 {
				v.add(path, "penstock.actions", DidYouMean(action, actionNames(stage.Actions)), "there is no action %q", action)
				continue
			}
			v.settings(v.path(name, action), stage.Actions[i], block.Actions[action])
		}
	}
}

func (v *validator) stageNames() []string {
	var names []string
	for _, s := range v.p.Stages {
		names = append(names, s.Name)
	}
	return names
}

func actionNames(actions []Action) []string {
	var names []string
	for _, a := range actions {
		names = append(names, a.Name)
	}
	return names
}

// tree checks the shape of a stage's groups.
func (v *validator) tree(path string, n Node, actions []Action) {
	problems := treeProblems(n, actions, v.limits.GroupDepth)
	for _, problem := range problems {
		v.add(path, "penstock.tree", problem.Hint, "%s", problem.Message)
	}
	if len(problems) > 0 {
		return
	}
	levels := map[string]int{}
	for i, level := range Levels(n) {
		levels[Leaves(n)[i]] = level
	}
	for _, a := range actions {
		if a.RunOrder != levels[a.Name] {
			v.add(path+"/"+a.Name, "runOrder", "correct it, or remove the tree to let run orders decide",
				"run order %d does not agree with the tree of the penstock block, which makes it %d", a.RunOrder, levels[a.Name])
		}
	}
}

// treeProblems says why a tree is not one of exactly these actions.
func treeProblems(n Node, actions []Action, depth int) Problems {
	c := treeCheck{times: map[string]int{}}
	c.node(n, depth)
	for _, a := range actions {
		if c.times[a.Name] == 0 {
			c.report("action %q is not in the tree", a.Name)
		}
		delete(c.times, a.Name)
	}
	for _, name := range sortedKeys(c.times) {
		c.report("the tree holds %q, which is no action of the stage", name)
	}
	return c.found
}

type treeCheck struct {
	times map[string]int // how often an action has been met
	found Problems
}

func (c *treeCheck) report(format string, args ...any) {
	c.found = append(c.found, problemf(format, args...))
}

func (c *treeCheck) node(n Node, depth int) {
	kinds := 0
	for _, is := range []bool{n.Action != "", len(n.Sequence) > 0, len(n.Parallel) > 0} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		c.report("a group has no members")
		return
	case kinds > 1:
		c.report("a node must be one of an action, a sequence or a parallel group")
		return
	case depth == 0:
		c.report("groups are nested too deeply")
		return
	case n.Limit < 0:
		c.report("the limit of a parallel group must be at least 1, not %d", n.Limit)
	case n.Limit > 0 && len(n.Parallel) == 0:
		c.report("only a parallel group has a limit")
	}
	if n.Action != "" {
		if c.times[n.Action]++; c.times[n.Action] == 2 {
			c.report("action %q is in the tree more than once", n.Action)
		}
	}
	for _, m := range slices.Concat(n.Sequence, n.Parallel) {
		c.node(m, depth-1)
	}
}
