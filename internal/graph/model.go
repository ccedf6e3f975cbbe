package graph

import (
	"fmt"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Options say what is drawn beside stages, actions, gates and what follows a failure.
type Options struct {
	// Artifacts draws what flows from action to action.
	Artifacts bool
	// Status names where an action stands, in a word or two; it becomes a class of the action. Default: no action has one.
	Status func(stage, action string) string
}

// drawing is what all formats draw.
type drawing struct {
	name   string
	mode   string
	stages []stage
}

// stage is one column.
type stage struct {
	name    string
	root    *node    // nil where there is no action
	entry   string   // what stands at its entry; empty for nothing
	success string   // what stands at its success; empty for nothing
	back    []string // what leads back: rollback and retry
}

// node is an action, a sequence, or a parallel group.
type node struct {
	action   *action
	parallel bool
	members  []*node
	limit    int // of a parallel group; 0 is none
}

// action is one box.
type action struct {
	name     string
	of       definition.TypeID
	approval bool
	inputs   []string
	outputs  []string
	status   string
}

// model reads a definition, however wrong it is.
func model(p definition.Pipeline, o Options) drawing {
	d := drawing{name: clean(p.Name), mode: clean(p.ExecutionMode)}
	for _, s := range p.Stages {
		d.stages = append(d.stages, modelStage(p, s, o))
	}
	return d
}

const mostBack = 3

func modelStage(p definition.Pipeline, s definition.Stage, o Options) stage {
	out := stage{name: named(s.Name, "(stage)")}
	if s.BeforeEntry != nil {
		out.entry = conditionWords(s.BeforeEntry.Conditions)
	}
	if s.OnSuccess != nil {
		out.success, out.back = successWords(s.OnSuccess.Conditions)
	}
	if s.OnFailure != nil {
		out.back = append(out.back, failureWords(*s.OnFailure)...)
	}
	if n := len(out.back); n > mostBack { // a stage that validates has two at most
		out.back = append(out.back[:mostBack-1], fmt.Sprintf("and %d more", n-mostBack+1))
	}
	if len(s.Actions) == 0 {
		return out
	}
	tree, err := p.Tree(s)
	if err != nil {
		tree = definition.RunOrderTree(s.Actions) // it holds every action, which a tree that does not fit may not
	}
	m := modeller{options: o, stage: s.Name, actions: map[string][]definition.Action{}}
	for _, a := range s.Actions {
		m.actions[a.Name] = append(m.actions[a.Name], a)
	}
	out.root = m.node(tree)
	return out
}

// modeller makes the nodes of one stage.
type modeller struct {
	options Options
	stage   string
	actions map[string][]definition.Action // by name, which more than one may have
}

func (m modeller) node(n definition.Node) *node {
	if len(n.Sequence)+len(n.Parallel) == 0 {
		return &node{action: m.action(n.Action)}
	}
	out := &node{parallel: len(n.Parallel) > 0, limit: n.Limit}
	for _, member := range n.Sequence {
		out.members = append(out.members, m.node(member))
	}
	for _, member := range n.Parallel {
		out.members = append(out.members, m.node(member))
	}
	return out
}

func (m modeller) action(name string) *action {
	a := m.actions[name][0]
	m.actions[name] = m.actions[name][1:]
	out := &action{name: named(name, "(action)"), of: a.ActionTypeID, approval: a.ActionTypeID.Category == definition.ManualApproval.Category}
	if m.options.Artifacts {
		out.inputs, out.outputs = artifactNames(a.InputArtifacts), artifactNames(a.OutputArtifacts)
	}
	if m.options.Status != nil {
		out.status = m.options.Status(m.stage, name)
	}
	return out
}

func artifactNames(artifacts []definition.Artifact) []string {
	var names []string
	for _, a := range artifacts {
		names = append(names, named(a.Name, "(artifact)"))
	}
	return names
}

// named is what stands in a drawing for a name.
func named(name, otherwise string) string {
	if name = clean(name); name == "" {
		return otherwise
	}
	return name
}

// each visits the actions below n in order.
func (n *node) each(visit func(*action)) {
	if n == nil {
		return
	}
	if n.action != nil {
		visit(n.action)
	}
	for _, m := range n.members {
		m.each(visit)
	}
}

// actions counts all boxes.
func (d drawing) actions() int {
	n := 0
	for _, s := range d.stages {
		s.root.each(func(*action) { n++ })
	}
	return n
}
