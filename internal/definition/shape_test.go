package definition

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// draw writes a tree as a(b, c) sequences and [b c] parallel groups.
func draw(n Node) string {
	var parts []string
	for _, m := range n.Sequence {
		parts = append(parts, draw(m))
	}
	for _, m := range n.Parallel {
		parts = append(parts, draw(m))
	}
	switch {
	case n.Action != "":
		return n.Action
	case n.Limit != 0:
		return fmt.Sprintf("[%s]%d", strings.Join(parts, " "), n.Limit)
	case len(n.Parallel) > 0:
		return "[" + strings.Join(parts, " ") + "]"
	default:
		return "(" + strings.Join(parts, " ") + ")"
	}
}

func actionsAt(orders ...string) []Action {
	var out []Action
	for _, o := range orders {
		a := Action{}
		if _, err := fmt.Sscanf(o, "%1s%d", &a.Name, &a.RunOrder); err != nil {
			panic(err)
		}
		out = append(out, a)
	}
	return out
}

func TestRunOrderTree(t *testing.T) {
	for _, test := range []struct {
		name, want string
		actions    []Action
	}{
		{"one action", "a", actionsAt("a1")},
		{"one group", "[a b]", actionsAt("a1", "b1")},
		{"one after the other", "(a b)", actionsAt("a1", "b2")},
		{"gaps and list order do not matter", "(b [a c] d)", actionsAt("a20", "d999", "b3", "c20")},
		{"no actions", "()", nil},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, draw(RunOrderTree(test.actions))) })
	}
}

func leaf(name string) Node       { return Node{Action: name} }
func seq(members ...Node) Node    { return Node{Sequence: members} }
func par(members ...Node) Node    { return Node{Parallel: members} }
func (n Node) limited(l int) Node { n.Limit = l; return n }

func TestSimplify(t *testing.T) {
	a, b, c := leaf("a"), leaf("b"), leaf("c")
	for _, test := range []struct {
		name, want string
		tree       Node
	}{
		{"groups of one", "a", seq(par(seq(a)))},
		{"a sequence in a sequence", "(a b c)", seq(a, seq(b, c))},
		{"a group in a group", "[a b c]", par(par(a, b), c)},
		{"a group of one in a group", "(a [b c])", seq(a, par(par(b, c)))},
		{"a limited group in a group", "[a [b c]1]", par(a, par(b, c).limited(1))},
		{"a group in a limited group", "[a [b c]]1", par(a, par(b, c)).limited(1)},
		{"a limit that never binds", "[a b]", par(a, b).limited(2)},
		{"a limit that never binds counts members", "[a b c]", par(a, par(b, c)).limited(2)},
		{"an empty group stays", "(a ())", seq(a, seq())},
		{"what alternates stays", "(a [b (c a)])", seq(a, par(b, seq(c, a)))},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, draw(Simplify(test.tree))) })
	}
}

func TestArrange(t *testing.T) {
	a, b, c, d := leaf("a"), leaf("b"), leaf("c"), leaf("d")
	for _, test := range []struct {
		name   string
		tree   Node
		orders []int
		block  string // empty: run orders say all
	}{
		{"a sequence of groups", seq(a, par(b, c), d), []int{1, 2, 2, 3}, ""},
		{"a plain group", par(a, b, c, d), []int{1, 1, 1, 1}, ""},
		{"sequences in a group", par(seq(a, b), seq(c, d)), []int{1, 2, 1, 2}, "[(a b) (c d)]"},
		{"branches of unequal length", seq(par(seq(a, b), c), d), []int{1, 2, 1, 3}, "([(a b) c] d)"},
		{"a limit", par(a, b, c, d).limited(2), []int{1, 1, 1, 1}, "[a b c d]2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			actions, block := Arrange(actionsAt("a0", "b0", "c0", "d0"), test.tree)
			for i, order := range test.orders {
				require.Equal(t, order, actions[i].RunOrder, actions[i].Name)
			}
			if test.block == "" {
				require.Nil(t, block)
				return
			}
			require.NotNil(t, block)
			require.Equal(t, test.block, draw(*block))
		})
	}
}

// drawTree makes a random tree over actions named by number.
func drawTree(t *rapid.T, next *int, depth int) Node {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		*next++
		return leaf(fmt.Sprint("n", *next))
	}
	var members []Node
	for range rapid.IntRange(1, 4).Draw(t, "members") {
		members = append(members, drawTree(t, next, depth-1))
	}
	if rapid.Bool().Draw(t, "parallel") {
		return par(members...).limited(rapid.IntRange(0, 3).Draw(t, "limit"))
	}
	return seq(members...)
}

func TestRunOrdersAreStricterThanTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n int
		tree := drawTree(t, &n, 4)
		var stage Stage
		for _, name := range Leaves(tree) {
			stage.Actions = append(stage.Actions, Action{Name: name})
		}
		var block *Node
		stage.Actions, block = Arrange(stage.Actions, tree)
		where, simple := places(tree), places(Simplify(tree))
		for _, a := range stage.Actions {
			for _, b := range stage.Actions {
				order := compare(where[a.Name], where[b.Name])
				require.Equal(t, order, compare(simple[a.Name], simple[b.Name]), "simplifying keeps the order")
				if order == earlier {
					require.Less(t, a.RunOrder, b.RunOrder)
				}
			}
		}
		stage.Name = "S"
		p := Pipeline{Stages: []Stage{stage}}
		if block != nil {
			p.Penstock = settings("S", StageBlock{Tree: block})
		}
		again, err := p.Tree(stage)
		require.NoError(t, err)
		require.Equal(t, Simplify(tree), again, "the tree comes back")
	})
}

func TestTreeRefusesAnotherStage(t *testing.T) {
	p := base()
	p.Penstock = settings("Build", StageBlock{Tree: &Node{Action: "Image"}})
	_, err := p.Tree(p.Stages[1])
	require.EqualError(t, err, `stage Build: tree of the penstock block: action "Unit" is not in the tree`)
}
