package penstock

import (
	"reflect"
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Node is what a stage is made of: an Action, an Approval, a Group or a ParallelGroup.
type Node interface {
	fragment() fragment
}

// fragment is a node's part of its stage.
type fragment struct {
	actions []declaredAction // in the order of the tree
	tree    definition.Node
	nils    int // nodes that were nil
}

// Group is nodes that run one after the other. See Sequence.
type Group struct{ nodes []Node }

// Sequence runs nodes one after the other; the first failure ends it. A stage's own nodes are a sequence already.
func Sequence(nodes ...Node) Group { return Group{slices.Clone(nodes)} }

func (g Group) fragment() fragment {
	out, members := gather(g.nodes)
	out.tree = definition.Node{Sequence: members}
	return out
}

// ParallelGroup is nodes that run at once. See Parallel.
type ParallelGroup struct {
	nodes []Node
	limit int
}

// Parallel runs nodes at once. It ends when all have ended, and fails when one has failed: what runs then goes on, nothing new starts.
func Parallel(nodes ...Node) ParallelGroup { return ParallelGroup{nodes: slices.Clone(nodes)} }

// Limit is how many members run at once, in the order given; 0, the default, is all of them.
func (g ParallelGroup) Limit(n int) ParallelGroup {
	g.limit = n
	return g
}

func (g ParallelGroup) fragment() fragment {
	out, members := gather(g.nodes)
	out.tree = definition.Node{Parallel: members, Limit: g.limit}
	return out
}

func gather(nodes []Node) (fragment, []definition.Node) {
	var out fragment
	var members []definition.Node
	for _, node := range nodes {
		if v := reflect.ValueOf(node); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
			out.nils++
			continue
		}
		f := node.fragment()
		out.actions = append(out.actions, f.actions...)
		out.nils += f.nils
		members = append(members, f.tree)
	}
	return out, members
}

// Stage is a unit of exclusion: at most one execution is in it, except in an InParallel pipeline. The zero value is not useful: see
// NewStage.
type Stage struct {
	stage    definition.Stage
	block    definition.StageBlock
	wired    []actionWiring
	problems definition.Problems // their path begins below the stage
}

// actionWiring is which artifacts, of which Go types, an action is wired to.
type actionWiring struct {
	action string
	wiring
}

// NewStage is a stage that runs its nodes one after the other. Its name is 1 to 100 letters, digits or any of . @ - _.
func NewStage(name string, nodes ...Node) Stage {
	all := Sequence(nodes...).fragment()
	s := Stage{stage: definition.Stage{Name: name, Actions: []definition.Action{}}}
	settings := map[string]definition.ActionBlock{}
	for _, d := range all.actions {
		s.stage.Actions = append(s.stage.Actions, d.action)
		s.wired = append(s.wired, actionWiring{d.action.Name, d.wired})
		settings[d.action.Name] = d.settings
		for _, problem := range d.problems {
			problem.Path = d.action.Name
			s.problems = append(s.problems, problem)
		}
	}
	s.stage.Actions, s.block.Tree = definition.Arrange(s.stage.Actions, all.tree)
	s.block.Actions = settings
	if all.nils > 0 {
		s.problems = append(s.problems, definition.Problem{Field: "actions", Message: "a node of the stage is nil"})
	}
	return s
}

// BeforeEntry is a condition for entering: ResultFail or ResultSkip follows when it does not hold.
func (s Stage) BeforeEntry(c Condition) Stage {
	s.stage.BeforeEntry = &definition.Conditions{Conditions: s.conditions("beforeEntry", c)}
	return s
}

// OnSuccess is a condition for leaving after all actions succeeded: ResultFail or ResultRollback follows when it does not hold.
func (s Stage) OnSuccess(c Condition) Stage {
	s.stage.OnSuccess = &definition.Conditions{Conditions: s.conditions("onSuccess", c)}
	return s
}

// OnFailure says what follows when the stage has failed. Default: it stays failed until somebody retries, rolls back or moves on.
func (s Stage) OnFailure(r FailureResult) Stage {
	result := &definition.OnFailure{}
	switch {
	case len(r.rules) > 0:
		result.Conditions = s.conditions("onFailure", Condition{Result: r.result, Rules: r.rules})
	default:
		result.Result = string(r.result)
	}
	if r.mode != "" {
		result.RetryConfiguration = &definition.RetryConfiguration{RetryMode: string(r.mode)}
	}
	s.stage.OnFailure = result
	return s
}

func (s *Stage) conditions(field string, c Condition) []definition.Condition {
	stored, messages := c.stored()
	s.problems = reported(s.problems, field, messages...)
	return []definition.Condition{stored}
}
