package penstocktest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock"
)

// A second opinion on groups: random trees of actions, run by the production machine and by an interpreter that knows nothing of it.

// tree is an action, a sequence or a parallel group.
type tree struct {
	name     string // of an action
	steps    int    // that an action takes
	fails    bool
	parallel bool
	limit    int
	members  []*tree
}

// source and piece are what the actions of such a pipeline are.
type source struct{}

func (source) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Nothing", Version: "1"}
}

type piece struct{}

func (piece) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "Piece", Version: "1"}
}

func drawTree(t *rapid.T, depth int, failures bool, actions *[]*tree) *tree {
	if depth == 0 || len(*actions) >= 12 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		a := &tree{name: fmt.Sprintf("A%d", len(*actions)+1), steps: rapid.IntRange(1, 4).Draw(t, "steps")}
		a.fails = failures && rapid.IntRange(0, 3).Draw(t, "fails") == 0
		*actions = append(*actions, a)
		return a
	}
	g := &tree{parallel: rapid.Bool().Draw(t, "parallel")}
	for range rapid.IntRange(1, 4).Draw(t, "members") {
		g.members = append(g.members, drawTree(t, depth-1, failures, actions))
	}
	if g.parallel {
		g.limit = rapid.IntRange(0, 3).Draw(t, "limit")
	}
	return g
}

func (n *tree) node() penstock.Node {
	if n.name != "" {
		return penstock.NewAction(n.name, piece{})
	}
	var members []penstock.Node
	for _, m := range n.members {
		members = append(members, m.node())
	}
	if n.parallel {
		return penstock.Parallel(members...).Limit(n.limit)
	}
	return penstock.Sequence(members...)
}

// schedule is the naive interpreter: when does each action begin, were there no failures? It answers when the node ends. Begin a sequence's
// next member when the last one has ended; give a parallel group's next member the first place that is free.
func (n *tree) schedule(from int, begins map[string]int) (end int) {
	if n.name != "" {
		begins[n.name] = from
		return from + n.steps
	}
	if !n.parallel {
		for _, m := range n.members {
			from = m.schedule(from, begins)
		}
		return from
	}
	limit := n.limit
	if limit == 0 {
		limit = len(n.members)
	}
	places := slices.Repeat([]int{from}, limit) // when each is free
	end = from
	for _, m := range n.members {
		slices.Sort(places)
		places[0] = m.schedule(places[0], begins)
		end = max(end, places[0])
	}
	return end
}

// ran is what the machine made of a tree.
type ran struct {
	begins map[string]int
	ends   map[string]penstock.Status
	status penstock.Status
}

// play runs the tree in the harness: a step of time, everything that ends then in an order of its own, what begins, the next step.
func play(t *testing.T, rt *rapid.T, root *tree, actions []*tree) ran {
	var types penstock.Actions
	penstock.Register(&types, penstock.RunnerFunc[source](func(context.Context, *penstock.Call[source]) error { return nil }))
	penstock.Register(&types, penstock.RunnerFunc[piece](func(context.Context, *penstock.Call[piece]) error { return nil }))
	h := New(t, penstock.NewPipeline("trees",
		penstock.NewStage("Source", penstock.NewAction("Nothing", source{})), penstock.NewStage("Work", root.node()),
	).Mode(penstock.Queued), &types)
	byName := map[string]*tree{}
	for _, a := range actions {
		byName[a.name] = a
		h.Script("Work/"+a.name, Hold())
	}
	x := h.Start("")
	out := ran{begins: map[string]int{}, ends: map[string]penstock.Status{}}
	for now := 0; ; now++ {
		var due []string
		for name, begun := range out.begins {
			if begun+byName[name].steps == now {
				due = append(due, name)
			}
		}
		slices.Sort(due)
		for len(due) > 0 {
			i := rapid.IntRange(0, len(due)-1).Draw(rt, "which ends first")
			h.Finish("Work/"+due[i], byName[due[i]].outcome())
			due = slices.Delete(due, i, i+1)
		}
		for held := range h.held {
			name := held[len("Work/"):]
			if _, before := out.begins[name]; !before {
				out.begins[name] = now
			}
		}
		if len(h.held) == 0 {
			break
		}
	}
	for _, r := range x.ended() {
		if r.Stage == "Work" {
			out.ends[r.Name] = penstock.Status(r.Action.Status)
		}
	}
	out.status = x.Status()
	return out
}

func (n *tree) outcome() Outcome {
	if n.fails {
		return FailPermanently("as drawn")
	}
	return Succeed()
}

func TestGroupsWithoutFailuresRunAsTheNaiveInterpreterSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var actions []*tree
		root := drawTree(rt, 4, false, &actions)
		want := ran{begins: map[string]int{}, ends: map[string]penstock.Status{}, status: penstock.StatusSucceeded}
		root.schedule(0, want.begins)
		for _, a := range actions {
			want.ends[a.name] = penstock.StatusSucceeded
		}
		require.Equal(rt, want, play(t, rt, root, actions))
	})
}

// After the first failure nothing new begins anywhere; what runs ends as it will. In the step of the failure itself what the interpreter
// begins may have begun or not: that depends on what is told first.
func TestGroupsWithFailuresRunNothingThatTheNaiveInterpreterForbids(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var actions []*tree
		root := drawTree(rt, 4, true, &actions)
		plan := map[string]int{}
		root.schedule(0, plan)
		failed := -1 // when the first failure is told
		for _, a := range actions {
			if end := plan[a.name] + a.steps; a.fails && (failed < 0 || end < failed) {
				failed = end
			}
		}
		got := play(t, rt, root, actions)
		for _, a := range actions {
			begun, ok := got.begins[a.name]
			if !ok {
				require.True(rt, failed >= 0 && plan[a.name] >= failed, "%s never began, though the failure came at %d only", a.name, failed)
				require.NotContains(rt, got.ends, a.name)
				continue
			}
			require.Equal(rt, plan[a.name], begun, "%s began at another time", a.name)
			require.True(rt, failed < 0 || begun <= failed, "%s began at %d, after the failure at %d", a.name, begun, failed)
			want := penstock.StatusSucceeded
			if a.fails {
				want = penstock.StatusFailed
			}
			require.Equal(rt, want, got.ends[a.name], "%s", a.name)
		}
		want := penstock.StatusSucceeded
		if failed >= 0 {
			want = penstock.StatusFailed
		}
		require.Equal(rt, want, got.status)
	})
}
