package oracle

import (
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// Design is a definition as the simulation meant it, before it became JSON.
type Design struct {
	Pipeline string
	Mode     string // SUPERSEDED, QUEUED or PARALLEL
	Finish   bool   // applied, it lets live executions go on under their own definition
	Stages   []Stage
}

// Stage is a tree of actions.
type Stage struct {
	Name     string
	Tree     Node
	Actions  []Action // in the order of the tree's leaves
	RollBack bool     // on failure
	Retry    string   // on failure, once: FAILED_ACTIONS or ALL_ACTIONS; "": it stays failed
	Gates    []Gate
}

// Gate is a condition of a stage.
type Gate struct {
	Name   machine.Gate
	Result string // FAIL, SKIP or ROLLBACK
	Rules  []Rule
}

// Rule is one check of a condition: a comparison, a window, or an Action that is run.
type Rule struct {
	Action
	Compare string // EQ or NE: the reference is compared with Value, by the machine
	Value   string
	Every   int // set: a window that is open in every minute whose number is a multiple
}

// gate is the condition at a gate; nil when there is none.
func (s *Stage) gate(name machine.Gate) *Gate {
	for i := range s.Gates {
		if s.Gates[i].Name == name {
			return &s.Gates[i]
		}
	}
	return nil
}

// Node is an action, a sequence or a parallel group.
type Node struct {
	Leaf     int // index in Actions; -1 for a group
	Parallel bool
	Limit    int // of a parallel group; 0: all
	Children []Node
}

// Action is one unit of work.
type Action struct {
	Name      string
	Type      string // Category/Owner/Provider/Version
	Approval  bool
	Inputs    []string
	Outputs   []string
	Namespace string
	Reference string        // "namespace.key" of its configuration entry Key; "": it has none
	Timeout   time.Duration // of the action execution
	Silence   time.Duration // how long a run may report nothing; 0: as long as it likes
	Tries     int           // further ones under its own policy
	Backoff   time.Duration // before the second try
	Queue     string        // that its jobs are polled from; "" where they are no jobs, or nobody could poll for them
}

// index is where a stage stands; -1 when it does not.
func (d *Design) index(stage string) int {
	for i := range d.Stages {
		if d.Stages[i].Name == stage {
			return i
		}
	}
	return -1
}

// parallel reports whether executions of the design share no locks.
func (d *Design) parallel() bool { return d.Mode == "PARALLEL" }

// done reports whether everything under the node has succeeded.
func (n *Node) done(run *run) bool {
	if n.Leaf >= 0 {
		a := run.leaves[n.Leaf]
		return a != nil && a.succeeded
	}
	for i := range n.Children {
		if !n.Children[i].done(run) {
			return false
		}
	}
	return true
}

// begun reports whether anything under the node has started.
func (n *Node) begun(run *run) bool {
	if n.Leaf >= 0 {
		return run.leaves[n.Leaf] != nil
	}
	for i := range n.Children {
		if n.Children[i].begun(run) {
			return true
		}
	}
	return false
}

// holds reports whether the leaf is under the node.
func (n *Node) holds(leaf int) bool {
	if n.Leaf >= 0 {
		return n.Leaf == leaf
	}
	for i := range n.Children {
		if n.Children[i].holds(leaf) {
			return true
		}
	}
	return false
}

// mayStart answers why the tree forbids that a leaf starts now; "" when it does not.
func (n *Node) mayStart(leaf int, run *run) string {
	if n.Leaf >= 0 {
		return ""
	}
	busy := 0
	var within *Node
	for i := range n.Children {
		child := &n.Children[i]
		switch {
		case child.holds(leaf):
			within = child
		case n.Parallel && child.begun(run) && !child.done(run):
			busy++
		case !n.Parallel && within == nil && !child.done(run):
			return "something before it in its sequence has not succeeded"
		}
	}
	if n.Parallel && n.Limit > 0 && busy >= n.Limit {
		return "its group is at its limit"
	}
	return within.mayStart(leaf, run)
}
