package machine

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
)

// Default timeouts of an action execution that says none and whose type is not the service's own (spec F).
const (
	customTimeout = 24 * time.Hour
	otherTimeout  = time.Hour
)

// Plan is a definition compiled for running. It is derived from the stored definition and never stored itself.
type Plan struct {
	definition.Pipeline
	source  []byte // what it was compiled from
	Version int
	Mode    string
	Stages  []StagePlan
}

// StagePlan is a stage's tree of actions.
type StagePlan struct {
	Name      string
	Tree      Node
	Leaves    []Leaf // actions in the order of the tree
	OnFailure definition.OnFailure
	Gates     []GatePlan // its conditions
}

// Node is an action, a sequence or a parallel group.
type Node struct {
	Leaf     int // index in Leaves; -1 for a group
	Parallel bool
	Limit    int // members of a parallel group that run at once; 0: all
	Children []Node
}

// Leaf is an action with its settings resolved to defaults.
type Leaf struct {
	definition.Action
	Type     string // Category/Owner/Provider/Version
	Approval bool
	Timeout  time.Duration
	Silence  time.Duration // how long a run may report nothing; 0: as long as it likes
	Retry    definition.Retry
	Tags     []string
	commands *executor.Commands // references unresolved; nil where it has none
	refs     []text             // the texts that hold references
}

// Plans are compiled definitions that a state need not compile again: plans never change, so states may share them.
type Plans []*Plan

func (p Plans) find(version int, stored []byte) *Plan {
	for _, plan := range p {
		if plan.Version == version && bytes.Equal(plan.source, stored) {
			return plan
		}
	}
	return nil
}

// Plans are those of the definitions in use.
func (s *State) Plans() (out Plans) {
	for _, plan := range s.plans {
		out = append(out, plan)
	}
	return out
}

// compile reads a definition of this state, unless that has been done before.
func (s *State) compile(version int, stored []byte) (*Plan, error) {
	if plan := s.compiled.find(version, stored); plan != nil {
		return plan, nil
	}
	plan, err := Compile(version, stored)
	if err == nil {
		s.compiled = append(s.compiled, plan)
	}
	return plan, err
}

// Compile reads a stored definition.
func Compile(version int, stored []byte) (*Plan, error) {
	p, err := definition.ParseStored(stored)
	if err != nil {
		return nil, fmt.Errorf("definition %d: %w", version, err)
	}
	plan := &Plan{Pipeline: p, source: stored, Version: version, Mode: p.ExecutionMode}
	if plan.Mode == "" {
		plan.Mode = Superseded
	}
	for _, stage := range p.Stages {
		tree, err := p.Tree(stage)
		if err != nil {
			return nil, fmt.Errorf("definition %d: %w", version, err)
		}
		plan.Stages = append(plan.Stages, compileStage(p, stage, tree))
	}
	return plan, nil
}

func compileStage(p definition.Pipeline, stage definition.Stage, tree definition.Node) StagePlan {
	out := StagePlan{Name: stage.Name, Gates: compileGates(stage)}
	if stage.OnFailure != nil {
		out.OnFailure = *stage.OnFailure
	}
	var settings map[string]definition.ActionBlock
	if p.Penstock != nil {
		settings = p.Penstock.Stages[stage.Name].Actions
	}
	leaf := func(name string) int {
		i := slices.IndexFunc(stage.Actions, func(a definition.Action) bool { return a.Name == name })
		out.Leaves = append(out.Leaves, compileLeaf(stage.Actions[i], settings[name]))
		return len(out.Leaves) - 1
	}
	out.Tree = compileNode(tree, leaf)
	return out
}

func compileNode(n definition.Node, leaf func(string) int) Node {
	if n.Action != "" {
		return Node{Leaf: leaf(n.Action)}
	}
	out := Node{Leaf: -1, Parallel: len(n.Parallel) > 0, Limit: n.Limit}
	for _, child := range append(n.Sequence, n.Parallel...) {
		out.Children = append(out.Children, compileNode(child, leaf))
	}
	return out
}

func compileLeaf(a definition.Action, b definition.ActionBlock) Leaf {
	leaf := Leaf{Action: a, Type: a.ActionTypeID.String(), Timeout: time.Duration(b.Timeout), Tags: b.Tags}
	leaf.Approval = a.ActionTypeID == definition.ManualApproval
	leaf.Silence = silenceOf(a.ActionTypeID)
	if b.Retry != nil {
		leaf.Retry = *b.Retry
	}
	leaf.commands = commandsOf(a)
	leaf.refs = textsWithReferences(leaf)
	if a.TimeoutInMinutes > 0 {
		leaf.Timeout = time.Duration(a.TimeoutInMinutes) * time.Minute
	}
	if leaf.Timeout == 0 {
		leaf.Timeout = defaultTimeout(a.ActionTypeID)
	}
	return leaf
}

// defaultTimeout asks the service's own types alone: what else is declared comes and goes, and a plan must not.
func defaultTimeout(t definition.TypeID) time.Duration {
	own, ok := catalogue.Catalogue{}.Type(t)
	switch {
	case ok:
		return own.Timeout.Default
	case t.Owner == "Custom":
		return customTimeout
	default:
		return otherTimeout
	}
}

// Index is where a stage stands in the plan; -1 when it does not.
func (p *Plan) Index(stage string) int {
	for i := range p.Stages {
		if p.Stages[i].Name == stage {
			return i
		}
	}
	return -1
}

// leaves is how many actions an execution has when nothing is retried, as far as a page holds.
func (p *Plan) leaves() (n int) {
	for i := range p.Stages {
		n += len(p.Stages[i].Leaves)
	}
	return min(n, pageActions)
}

// backoff is the wait before a try: it doubles each time, up to the maximum; jitter takes a random share off it.
func backoff(r definition.Retry, try int, fraction float64) time.Duration {
	wait, limit := time.Duration(r.Backoff), time.Duration(r.MaxBackoff)
	for i := 2; i < try && wait < 24*time.Hour; i++ {
		wait *= 2
	}
	if limit > 0 && wait > limit {
		wait = limit
	}
	return wait - time.Duration(float64(wait)*min(max(r.Jitter, 0), 1)*fraction)
}
