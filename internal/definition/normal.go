package definition

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
)

// Defaults of the service (spec A1, A3).
const (
	defaultMode = "SUPERSEDED"
	typeV1      = "V1"
	typeV2      = "V2"
)

// Normalize materialises the defaults, so that two definitions that mean the same are the same; p itself is left alone.
// A pipeline without a type is V2 when it uses what only V2 has, else V1.
func Normalize(p Pipeline) Pipeline {
	if p.ExecutionMode == "" {
		p.ExecutionMode = defaultMode
	}
	p.Stages = slices.Clone(p.Stages)
	for i := range p.Stages {
		p.Stages[i].Actions = slices.Clone(p.Stages[i].Actions)
		for j := range p.Stages[i].Actions {
			fillAction(&p.Stages[i].Actions[j])
		}
		eachRule(&p.Stages[i], fillRule)
	}
	if p.PipelineType == "" {
		p.PipelineType = typeV1
		if len(v2Features(p)) > 0 {
			p.PipelineType = typeV2
		}
	}
	p.Penstock = normalizeBlock(p)
	return p
}

func fillAction(a *Action) {
	if a.RunOrder == 0 {
		a.RunOrder = 1
	}
	if a.Configuration == nil {
		a.Configuration = map[string]string{}
	}
	if a.InputArtifacts == nil {
		a.InputArtifacts = []Artifact{}
	}
	if a.OutputArtifacts == nil {
		a.OutputArtifacts = []Artifact{}
	}
}

// fillRule: the model has one owner of rules, and the service one version of each.
func fillRule(_ string, r *Rule) {
	r.RuleTypeID.Owner = cmp.Or(r.RuleTypeID.Owner, "AWS")
	r.RuleTypeID.Version = cmp.Or(r.RuleTypeID.Version, "1")
	if len(r.Configuration) == 0 {
		r.Configuration = nil
	}
}

// normalizeBlock leaves out what says nothing: empty settings, and trees that the run orders say already.
func normalizeBlock(p Pipeline) *Block {
	if p.Penstock == nil {
		return nil
	}
	stages := map[string]StageBlock{}
	for name, block := range p.Penstock.Stages {
		block.Actions = maps.Clone(block.Actions)
		maps.DeleteFunc(block.Actions, func(_ string, a ActionBlock) bool { return a.isEmpty() })
		block.Tree = normalizeTree(block.Tree, p.stage(name))
		if len(block.Actions) == 0 {
			block.Actions = nil
		}
		if block.Tree != nil || block.Actions != nil {
			stages[name] = block
		}
	}
	block := Block{Stages: stages, Update: p.Penstock.Update}
	if block.Update == UpdateCancels {
		block.Update = ""
	}
	if len(stages) == 0 {
		block.Stages = nil
	}
	if block.Stages == nil && block.Update == "" {
		return nil
	}
	return &block
}

func (a ActionBlock) isEmpty() bool { return a.Timeout == 0 && a.Retry == nil && len(a.Tags) == 0 }

// normalizeTree leaves a tree that does not fit its stage as it is, for Validate to report.
func normalizeTree(tree *Node, stage Stage) *Node {
	if tree == nil || len(treeProblems(*tree, stage.Actions, maxDepth)) > 0 {
		return tree
	}
	simple := Simplify(*tree)
	if reflect.DeepEqual(simple, RunOrderTree(stage.Actions)) {
		return nil
	}
	return &simple
}

func (p Pipeline) stage(name string) Stage {
	i := slices.IndexFunc(p.Stages, func(s Stage) bool { return s.Name == name })
	if i < 0 {
		return Stage{}
	}
	return p.Stages[i]
}

// v2Providers run in V2 pipelines only (spec A8).
var v2Providers = []string{"Compute/Commands", "Build/ECRBuildAndPublish", "Deploy/EC2", "Deploy/EKS", "Deploy/Lambda", "Invoke/CodePipeline", "Invoke/InspectorScan"}

func needsV2(t TypeID) bool {
	return t.Owner == "AWS" && slices.Contains(v2Providers, t.Category+"/"+t.Provider)
}

// v2Features lists what in p only a V2 pipeline may have, as the service says it (spec A8, A9). Its fields and paths are those of Validate.
func v2Features(p Pipeline) Findings {
	var found Findings
	add := func(kind Exception, path, field, message string) {
		found = append(found, Finding{kind, Problem{Path: path, Field: field, Message: message}})
	}
	if p.ExecutionMode == "QUEUED" || p.ExecutionMode == "PARALLEL" {
		add(InvalidStructure, p.Name, "executionMode", "QUEUED or PARALLEL mode can only be used with V2 pipelines")
	}
	if len(p.Variables) > 0 {
		add(InvalidStructure, p.Name, "variables", "Pipeline variable can only be used with V2 pipelines")
	}
	if len(p.Triggers) > 0 {
		add(InvalidStructure, p.Name, "triggers", "Triggers on tag can only be used with V2 pipelines")
	}
	for _, s := range p.Stages {
		path := p.Name + "/" + s.Name
		if s.BeforeEntry != nil || s.OnSuccess != nil || s.OnFailure != nil {
			add(InvalidStage, path, "", "Stage level conditions can only be used with V2 pipelines.")
		}
		for _, a := range s.Actions {
			if needsV2(a.ActionTypeID) {
				add(InvalidAction, path+"/"+a.Name, "actionTypeId", a.ActionTypeID.Provider+" Action can only be used with V2 pipelines.")
			}
		}
	}
	return found
}
