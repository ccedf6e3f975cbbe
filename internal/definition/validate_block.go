package definition

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Bounds of an action's own settings.
const (
	longest    = 86400 * time.Minute // 60 days, as the service's longest timeout
	mostTries  = 100
	mostTags   = 50
	longestTag = 128
)

// block checks that the penstock block speaks of what there is.
func (v *validator) block() {
	if v.p.Penstock == nil {
		return
	}
	if update := v.p.Penstock.Update; update != "" && update != UpdateCancels && update != UpdateFinishes {
		v.add(InvalidStructure, v.top().member("penstock").member("update"), DidYouMean(update, []string{UpdateCancels, UpdateFinishes}),
			"must be %s or %s, not %q", UpdateCancels, UpdateFinishes, clip(update))
	}
	for _, name := range sortedKeys(v.p.Penstock.Stages) {
		block := v.p.Penstock.Stages[name]
		i := slices.IndexFunc(v.p.Stages, func(s Stage) bool { return s.Name == name })
		if i < 0 {
			v.add(InvalidStructure, v.top().member("penstock").member("stages"), DidYouMean(name, v.stageNames()), "there is no stage %q", clip(name))
			continue
		}
		stage, at := v.p.Stages[i], v.stageSpot(i)
		if block.Tree != nil {
			v.tree(i, *block.Tree)
		}
		for _, action := range sortedKeys(block.Actions) {
			j := slices.IndexFunc(stage.Actions, func(a Action) bool { return a.Name == action })
			if j < 0 {
				v.add(InvalidStage, at.member("penstock").member("actions"), DidYouMean(action, actionNames(stage.Actions)), "there is no action %q", clip(action))
				continue
			}
			v.settings(v.actionSpot(i, j), stage.Actions[j], block.Actions[action])
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
func (v *validator) tree(i int, n Node) {
	actions := v.p.Stages[i].Actions
	problems := treeProblems(n, actions, v.limits.GroupDepth)
	for _, problem := range problems {
		v.add(InvalidStage, v.stageSpot(i).member("penstock").member("tree"), problem.Hint, "%s", problem.Message)
	}
	if len(problems) > 0 {
		return
	}
	levels, leaves := map[string]int{}, Leaves(n)
	for i, level := range Levels(n) {
		levels[leaves[i]] = level
	}
	for j, a := range actions {
		if a.RunOrder != levels[a.Name] {
			v.add(InvalidAction, v.actionSpot(i, j).member("runOrder"), "correct it, or remove the tree to let run orders decide",
				"run order %d does not agree with the tree of the penstock block, which makes it %d", a.RunOrder, levels[a.Name])
		}
	}
}

// settings checks what the penstock block says of an action.
func (v *validator) settings(s spot, a Action, b ActionBlock) {
	if a.ActionTypeID == ManualApproval && (b.Timeout != 0 || b.Retry != nil) {
		v.add(InvalidAction, s.member("penstock"), "use timeoutInMinutes", "a manual approval has no timeout or retry of this kind")
	}
	if b.Timeout < 0 || time.Duration(b.Timeout) > longest {
		v.add(InvalidAction, s.member("timeout"), "", "must be more than 0 and at most %s, not %s", longest, time.Duration(b.Timeout))
	}
	if b.Retry != nil {
		v.retry(s.member("retry"), *b.Retry)
	}
	if n := len(b.Tags); n > mostTags {
		v.add(InvalidAction, s.member("tags"), "", "has %d tags; up to %d are allowed", n, mostTags)
	}
	for i, tag := range b.Tags {
		if n := len([]rune(tag)); n < 1 || n > longestTag {
			v.add(InvalidAction, s.member("tags").item(i), "", "must have 1 to %d characters, not %d", longestTag, n)
		}
	}
}

func (v *validator) retry(s spot, r Retry) {
	bad := func(field, format string, args ...any) { v.add(InvalidAction, s.member(field), "", format, args...) }
	if r.Max < 1 || r.Max > mostTries {
		bad("max", "must be 1 to %d further tries, not %d", mostTries, r.Max)
	}
	if r.Backoff < 0 || time.Duration(r.Backoff) > longest {
		bad("backoff", "must be 0 to %s, not %s", longest, time.Duration(r.Backoff))
	}
	if r.MaxBackoff < 0 || time.Duration(r.MaxBackoff) > longest {
		bad("maxBackoff", "must be 0 to %s, not %s", longest, time.Duration(r.MaxBackoff))
	}
	if r.MaxBackoff != 0 && r.MaxBackoff < r.Backoff {
		bad("maxBackoff", "%s is less than the first wait, %s", time.Duration(r.MaxBackoff), time.Duration(r.Backoff))
	}
	if math.IsNaN(r.Jitter) || r.Jitter < 0 || r.Jitter > 1 {
		bad("jitter", "must be 0 to 1, not %v", r.Jitter)
	}
}

// treeProblems says why a tree is not one of exactly these actions.
func treeProblems(n Node, actions []Action, depth int) Problems {
	c := treeCheck{times: map[string]int{}}
	c.node(n, depth)
	for _, a := range actions {
		if c.times[a.Name] == 0 {
			c.report("action %q is not in the tree", clip(a.Name))
		}
		delete(c.times, a.Name)
	}
	for _, name := range sortedKeys(c.times) {
		c.report("the tree holds %q, which is no action of the stage", clip(name))
	}
	return c.found
}

type treeCheck struct {
	times map[string]int // how often an action has been met
	found Problems
}

func (c *treeCheck) report(format string, args ...any) {
	c.found = append(c.found, Problem{Message: fmt.Sprintf(format, args...)})
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
			c.report("action %q is in the tree more than once", clip(n.Action))
		}
	}
	for _, m := range slices.Concat(n.Sequence, n.Parallel) {
		c.node(m, depth-1)
	}
}
