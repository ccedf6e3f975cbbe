package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// design is a definition as the simulation means it, and as it is offered.
type design struct {
	*oracle.Design
	json []byte
}

// providers are the ways in which work can be run.
var providers = map[string]replica.Served{
	"Plain":  {Pool: 0},
	"Again":  {Pool: 0, Rerun: true},
	"Remote": {Pool: 1, Outlive: true},
	"Both":   {Pool: 1, Outlive: true, Rerun: true},
	"Lambda": {Pool: 1, Outlive: true, Rerun: true}, // the service's, but as a source
	"Job":    {Job: true},
	"Polled": {Job: true, Query: "Project"},
	"Party":  {Job: true}, // a third party's
}

// served are all action types. A map of its own each time.
func served() map[string]replica.Served {
	out := make(map[string]replica.Served, 2*len(providers))
	for provider, how := range providers {
		for _, category := range []string{"Source", "Test"} {
			out[typeID(category, provider).String()] = how
		}
	}
	for provider, how := range ruleProviders {
		out[ruleType(provider).String()] = how
	}
	return out
}

// someTypes leaves some types out.
func (w *world) someTypes() map[string]replica.Served {
	out := served()
	if w.chance(0.5) {
		return out
	}
	for _, provider := range []string{"Plain", "Again", "Remote", "Both", "Lambda", "Job", "Polled", "Party"} {
		if w.chance(0.4) {
			maps.DeleteFunc(out, func(name string, _ replica.Served) bool {
				return name == typeID("Source", provider).String() || name == typeID("Test", provider).String()
			})
		}
	}
	for _, provider := range someRules {
		if w.chance(0.4) {
			delete(out, ruleType(provider).String())
		}
	}
	return out
}

func traits() map[string]oracle.Traits {
	out := map[string]oracle.Traits{}
	for name, how := range served() {
		out[name] = oracle.Traits{Outlive: how.Outlive, Rerun: how.Rerun, Job: how.Job, Client: strings.Contains(name, "/ThirdParty/")}
	}
	return out
}

func typeID(category, provider string) definition.TypeID {
	id := definition.TypeID{Category: category, Owner: "Custom", Provider: provider, Version: "1"}
	switch {
	case provider == "Party":
		id.Owner = "ThirdParty"
	case provider == "Lambda" && category != "Source":
		id.Category, id.Owner = "Invoke", "AWS"
	}
	return id
}

// design draws a definition. Later ones are like the first with another mode, other stages or other trees.
func (w *world) design(pipeline string, earlier []design) design {
	g := &drawing{world: w, design: &oracle.Design{Pipeline: pipeline, Mode: pick(w, []string{"SUPERSEDED", "SUPERSEDED", "QUEUED", "QUEUED", "PARALLEL"})}}
	if len(earlier) > 0 && w.chance(0.7) {
		g.design.Mode = earlier[0].Mode
	}
	g.p = definition.Pipeline{
		Name: pipeline, ExecutionMode: g.design.Mode, Variables: []definition.Variable{{Name: "env", DefaultValue: "none"}},
		Penstock: &definition.Block{Stages: map[string]definition.StageBlock{}},
	}
	g.variables = []string{"variables.env"}
	if g.design.Finish = g.chance(0.4); g.design.Finish {
		g.p.Penstock.Update = definition.UpdateFinishes
	}
	names := []string{"Source", "Build", "Check", "Deploy"}[:2+w.n(3)]
	if len(earlier) > 0 && len(names) > 2 && w.chance(0.3) {
		names[1], names[2] = names[2], names[1]
	}
	for i, name := range names {
		g.stage(i, name)
	}
	return design{Design: g.design, json: definition.Canonical(g.p)}
}

// drawing is a definition being drawn.
type drawing struct {
	*world
	design    *oracle.Design
	p         definition.Pipeline
	artifacts []string // that are there for certain at this point
	variables []string
	drawn     int

	plan     *oracle.Stage // the stage being drawn
	actions  []definition.Action
	settings map[string]definition.ActionBlock
}

func (g *drawing) stage(i int, name string) {
	g.plan = &oracle.Stage{Name: name, RollBack: i > 0 && g.design.Mode != "PARALLEL" && g.chance(0.45)}
	g.actions, g.settings = nil, map[string]definition.ActionBlock{}
	category := "Test"
	if i == 0 {
		category = "Source"
	}
	entry := view{g.artifacts, g.variables}
	if !g.plan.RollBack && g.chance(0.2) {
		g.plan.Retry = pick(g.world, []string{"FAILED_ACTIONS", "ALL_ACTIONS"})
	}
	tree, node := g.group(category, 2)
	g.plan.Tree = tree
	stage := definition.Stage{Name: name}
	if g.plan.RollBack {
		stage.OnFailure = &definition.OnFailure{Result: "ROLLBACK"}
	}
	g.gates(i, &stage, entry)
	if stage.OnFailure != nil {
		g.plan.Retry = "" // it is one or the other
	}
	if g.plan.Retry != "" {
		stage.OnFailure = &definition.OnFailure{Result: "RETRY", RetryConfiguration: &definition.RetryConfiguration{RetryMode: g.plan.Retry}}
	}
	var exact *definition.Node
	stage.Actions, exact = definition.Arrange(g.actions, node)
	g.p.Penstock.Stages[name] = definition.StageBlock{Tree: exact, Actions: g.settings}
	g.p.Stages = append(g.p.Stages, stage)
	g.design.Stages = append(g.design.Stages, *g.plan)
}

// group draws a tree of at most a depth.
func (g *drawing) group(category string, depth int) (oracle.Node, definition.Node) {
	if depth == 0 || len(g.actions) >= 4 || g.chance(0.35) {
		return g.action(category)
	}
	tree, node := oracle.Node{Leaf: -1, Parallel: g.chance(0.5)}, definition.Node{}
	artifacts, variables := g.artifacts, g.variables
	var madeArtifacts, madeVariables []string
	members := 1 + g.n(3)
	for range members {
		if tree.Parallel { // members see nothing of each other
			g.artifacts, g.variables = artifacts, variables
		}
		childTree, child := g.group(category, depth-1)
		tree.Children = append(tree.Children, childTree)
		if tree.Parallel {
			node.Parallel = append(node.Parallel, child)
			madeArtifacts = append(madeArtifacts, g.artifacts[len(artifacts):]...)
			madeVariables = append(madeVariables, g.variables[len(variables):]...)
		} else {
			node.Sequence = append(node.Sequence, child)
		}
	}
	if tree.Parallel {
		g.artifacts = append(slices.Clip(artifacts), madeArtifacts...)
		g.variables = append(slices.Clip(variables), madeVariables...)
		if g.chance(0.3) {
			tree.Limit = 1 + g.n(2)
			node.Limit = tree.Limit
		}
	}
	return tree, node
}

func (g *drawing) action(category string) (oracle.Node, definition.Node) {
	g.drawn++
	name := fmt.Sprintf("%s%d", g.plan.Name[:1], g.drawn)
	a := oracle.Action{Name: name}
	id := typeID(category, pick(g.world, []string{"Plain", "Again", "Remote", "Both", "Plain", "Again", "Remote", "Both", "Lambda", "Job", "Job", "Polled", "Party"}))
	if category != "Source" && g.chance(0.15) {
		id, a.Approval = definition.ManualApproval, true
	}
	a.Type = id.String()
	block, out := definition.ActionBlock{}, definition.Action{Name: name, ActionTypeID: id}
	a.Timeout = time.Duration(1+g.n(3)) * 10 * time.Minute
	if id.Category == "Invoke" {
		a.Silence = 20 * time.Minute
	}
	if a.Approval {
		out.TimeoutInMinutes = int(a.Timeout / time.Minute)
	} else {
		switch {
		case a.Silence > 0:
			a.Timeout *= 3
		case g.chance(0.3):
			a.Timeout = time.Duration(1+g.n(60)) * time.Second
		}
		block.Timeout = definition.Duration(a.Timeout)
		g.wire(category, &a, &out, &block)
	}
	g.settings[name] = block
	g.actions = append(g.actions, out)
	g.plan.Actions = append(g.plan.Actions, a)
	return oracle.Node{Leaf: len(g.plan.Actions) - 1}, definition.Node{Action: name}
}

// wire gives an action artifacts, variables and a policy.
func (g *drawing) wire(category string, a *oracle.Action, out *definition.Action, block *definition.ActionBlock) {
	job := providers[out.ActionTypeID.Provider].Job
	if g.chance(0.3) || job && g.chance(0.5) {
		a.Tries, a.Backoff = 1+g.n(2), time.Duration(g.n(30))*time.Second
		block.Retry = &definition.Retry{Max: a.Tries, Backoff: definition.Duration(a.Backoff), Jitter: 0.5}
	}
	if category != "Source" && len(g.artifacts) > 0 && g.chance(0.6) {
		a.Inputs = []string{pick(g.world, g.artifacts)}
		out.InputArtifacts = []definition.Artifact{{Name: a.Inputs[0]}}
	}
	if category != "Source" && g.chance(0.3) {
		a.Reference = pick(g.world, g.variables)
		out.Configuration = map[string]string{"Key": "#{" + a.Reference + "}"}
	}
	if job {
		g.queue(a, out)
	}
	if category == "Source" || g.chance(0.4) {
		a.Outputs = []string{fmt.Sprintf("a%d", g.drawn)}
		out.OutputArtifacts = []definition.Artifact{{Name: a.Outputs[0]}}
		g.artifacts = append(slices.Clip(g.artifacts), a.Outputs[0])
	}
	if g.chance(0.3) {
		a.Namespace = fmt.Sprintf("n%d", g.drawn)
		out.Namespace = a.Namespace
		g.variables = append(slices.Clip(g.variables), a.Namespace+".v")
	}
}

// queue says where the action's jobs are polled from.
func (g *drawing) queue(a *oracle.Action, out *definition.Action) {
	a.Queue = a.Type
	if out.ActionTypeID.Provider != "Polled" {
		return
	}
	project := pick(g.world, []string{"a", "a", "b", "b", "a/b"})
	out.Configuration = maps.Clone(out.Configuration)
	if out.Configuration == nil {
		out.Configuration = map[string]string{}
	}
	out.Configuration["Project"] = project
	a.Queue += "?Project=" + project
	if project == "a/b" { // nobody can poll for that
		a.Queue = ""
	}
}
