package definition

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// blocked is base with a block: a tree that run orders cannot say, and settings of two actions.
func blocked() Pipeline {
	p := base()
	stage := &p.Stages[1]
	var tree *Node
	stage.Actions, tree = Arrange(stage.Actions, Node{Parallel: []Node{{Sequence: []Node{{Action: "Image"}, {Action: "Unit"}}}, {Action: "Lint"}}})
	p.Penstock = &Block{Stages: map[string]StageBlock{
		"Build":  {Tree: tree, Actions: map[string]ActionBlock{"Image": {Timeout: Duration(time.Hour)}, "Unit": {Tags: []string{"slow"}}}},
		"Deploy": {Actions: map[string]ActionBlock{"Go": {Retry: &Retry{Max: 1}}}},
	}}
	return Normalize(p)
}

func TestCarry(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(update *Pipeline)
		lost    func(want *Pipeline) // what the update has not
		dropped []string
	}{
		{"nothing has changed", func(*Pipeline) {}, func(*Pipeline) {}, nil},
		{"something else has changed", func(u *Pipeline) { u.ExecutionMode = "PARALLEL"; u.Stages[1].Actions[0].Configuration["Tag"] = "x" }, func(*Pipeline) {}, nil},
		{"a type has changed", func(u *Pipeline) { u.Stages[1].Actions[0].ActionTypeID.Version = "2" },
			func(w *Pipeline) { delete(w.Penstock.Stages["Build"].Actions, "Image") }, []string{"storefront/Build/Image"}},
		{"an action has another name", func(u *Pipeline) { u.Stages[2].Actions[1].Name = "Ship" },
			func(w *Pipeline) { delete(w.Penstock.Stages, "Deploy") }, []string{"storefront/Deploy/Go"}},
		{"a stage has another name", func(u *Pipeline) { u.Stages[2].Name = "Ship" },
			func(w *Pipeline) { delete(w.Penstock.Stages, "Deploy") }, []string{"storefront/Deploy/Go"}},
		{"a run order has changed", func(u *Pipeline) { u.Stages[1].Actions[2].RunOrder = 7 },
			func(w *Pipeline) {
				b := w.Penstock.Stages["Build"]
				b.Tree = nil
				w.Penstock.Stages["Build"] = b
			}, []string{"storefront/Build"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stored, update, want := blocked(), blocked(), blocked()
			update.Penstock = nil
			test.change(&update)
			test.change(&want)
			want.Penstock = blocked().Penstock
			test.lost(&want)
			got, dropped := Carry(update, stored)
			require.Equal(t, string(Canonical(want)), string(Canonical(got)))
			require.Equal(t, test.dropped, dropped)
			require.Equal(t, blocked(), stored, "the stored one is left alone")
		})
	}
}

func TestCarryLeavesABlockAlone(t *testing.T) {
	update := base()
	update.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Lint": {Timeout: 1}}})
	got, dropped := Carry(update, blocked())
	require.Equal(t, update, got)
	require.Empty(t, dropped)
	got, dropped = Carry(base(), base())
	require.Equal(t, base(), got)
	require.Empty(t, dropped)
}
