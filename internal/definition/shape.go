package definition

import (
	"fmt"
	"reflect"
	"slices"
)

// maxDepth is how deep groups may nest by default, and what a stored tree is trusted to.
const maxDepth = 32

// Tree is the shape of a stage's groups: the one of the penstock block, else what the run orders say. It fails when the block's tree
// and the stage's actions do not match.
func (p Pipeline) Tree(stage Stage) (Node, error) {
	tree := p.block(stage.Name).Tree
	if tree == nil {
		return RunOrderTree(stage.Actions), nil
	}
	if problems := treeProblems(*tree, stage.Actions, maxDepth); len(problems) > 0 {
		return Node{}, fmt.Errorf("stage %s: tree of the penstock block: %s", stage.Name, problems[0].Message)
	}
	return Simplify(*tree), nil
}

func (p Pipeline) block(stage string) StageBlock {
	if p.Penstock == nil {
		return StageBlock{}
	}
	return p.Penstock.Stages[stage]
}

// RunOrderTree is the shape that run orders say: a sequence, by rising run order, of parallel groups. Groups of one are left out.
func RunOrderTree(actions []Action) Node {
	sorted := slices.Clone(actions)
	slices.SortStableFunc(sorted, func(a, b Action) int { return a.RunOrder - b.RunOrder })
	var levels []Node
	for i, action := range sorted {
		if i == 0 || action.RunOrder != sorted[i-1].RunOrder {
			levels = append(levels, Node{})
		}
		last := &levels[len(levels)-1]
		last.Parallel = append(last.Parallel, Node{Action: action.Name})
	}
	return Simplify(Node{Sequence: levels})
}

// Simplify is the smallest tree that runs alike: groups of one are their member, a group within a group of the same kind is part of
// it, a limit that never binds is gone. A group without members stays, for it is a mistake to be reported.
func Simplify(n Node) Node {
	parallel := len(n.Parallel) > 0
	members := slices.Concat(n.Sequence, n.Parallel)
	if n.Action != "" || len(members) == 0 {
		return n
	}
	limit := n.Limit
	if limit >= len(members) {
		limit = 0
	}
	var out []Node
	for _, m := range members {
		m = Simplify(m)
		switch {
		case !parallel && len(m.Sequence) > 0:
			out = append(out, m.Sequence...)
		case parallel && len(m.Parallel) > 0 && m.Limit == 0 && limit == 0:
			out = append(out, m.Parallel...)
		default:
			out = append(out, m)
		}
	}
	switch {
	case len(out) == 1:
		return out[0]
	case parallel:
		return Node{Parallel: out, Limit: limit}
	default:
		return Node{Sequence: out}
	}
}

// Levels numbers the leaves of a tree, in its order, so that whatever the tree puts earlier has a lower number. That order is
// stricter than the tree's: branches of a parallel group advance in step.
func Levels(n Node) []int {
	levels, _ := appendLevels(nil, n, 1)
	return levels
}

// appendLevels answers the first level after n too.
func appendLevels(levels []int, n Node, from int) ([]int, int) {
	if n.Action != "" {
		return append(levels, from), from + 1
	}
	next := from
	for _, m := range n.Sequence {
		levels, next = appendLevels(levels, m, next)
	}
	for _, m := range n.Parallel {
		var after int
		levels, after = appendLevels(levels, m, from)
		next = max(next, after)
	}
	return levels, next
}

// Arrange gives actions, listed in the order of the tree's leaves, their run orders. It answers the tree too where run orders cannot
// say all of it, else nil.
func Arrange(actions []Action, tree Node) ([]Action, *Node) {
	out := slices.Clone(actions)
	for i, level := range Levels(tree) {
		out[i].RunOrder = level
	}
	tree = Simplify(tree)
	if reflect.DeepEqual(tree, RunOrderTree(out)) {
		return out, nil
	}
	return out, &tree
}

// Leaves lists the names of a tree's actions in its order.
func Leaves(n Node) []string {
	if n.Action != "" {
		return []string{n.Action}
	}
	var names []string
	for _, m := range n.Sequence {
		names = append(names, Leaves(m)...)
	}
	for _, m := range n.Parallel {
		names = append(names, Leaves(m)...)
	}
	return names
}

// order is how two actions of a stage stand to each other.
type order int

const (
	earlier order = iota
	later
	atOnce // neither waits for the other
	same
)

// step is one choice on the way from a stage's root to an action.
type step struct {
	member   int
	parallel bool
}

// places finds every action of a tree.
func places(n Node) map[string][]step {
	out := map[string][]step{}
	walkPlaces(n, nil, out)
	return out
}

func walkPlaces(n Node, way []step, out map[string][]step) {
	if n.Action != "" {
		out[n.Action] = way
		return
	}
	for i, m := range n.Sequence {
		walkPlaces(m, slices.Concat(way, []step{{member: i}}), out)
	}
	for i, m := range n.Parallel {
		walkPlaces(m, slices.Concat(way, []step{{member: i, parallel: true}}), out)
	}
}

// compare says how an action at a stands to one at b.
func compare(a, b []step) order {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i].member == b[i].member:
			continue
		case a[i].parallel:
			return atOnce
		case a[i].member < b[i].member:
			return earlier
		default:
			return later
		}
	}
	return same
}
