package machine

import (
	"cmp"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Rule types that the machine decides by itself; all others are run like actions, by whoever serves their type.
const (
	variableCheck    = "Rule/AWS/VariableCheck/1"
	deploymentWindow = "Rule/AWS/DeploymentWindow/1"
	commandsRule     = "Rule/AWS/Commands/1"
)

// GatePlan is a condition with its rules' settings resolved to defaults.
type GatePlan struct {
	Gate   Gate
	Result string
	Rules  []Leaf
}

// gate is the condition at a gate; nil when there is none.
func (p *StagePlan) gate(gate Gate) *GatePlan {
	for i := range p.Gates {
		if p.Gates[i].Gate == gate {
			return &p.Gates[i]
		}
	}
	return nil
}

func compileGates(stage definition.Stage) (out []GatePlan) {
	add := func(gate Gate, conditions []definition.Condition) {
		for _, c := range conditions {
			plan := GatePlan{Gate: gate, Result: c.Result}
			for _, r := range c.Rules {
				plan.Rules = append(plan.Rules, compileRule(r))
			}
			out = append(out, plan)
		}
	}
	if stage.BeforeEntry != nil {
		add(BeforeEntry, stage.BeforeEntry.Conditions)
	}
	if stage.OnSuccess != nil {
		add(OnSuccess, stage.OnSuccess.Conditions)
	}
	if stage.OnFailure != nil {
		add(OnFailure, stage.OnFailure.Conditions)
	}
	return out
}

// commandsTimeout is how long a rule of type Commands may take, unless it says otherwise (spec F).
const commandsTimeout = 55 * time.Minute

// compileRule makes a leaf of a rule, so that it is run like an action.
func compileRule(r definition.Rule) Leaf {
	minutes := r.TimeoutInMinutes
	if r.RuleTypeID.String() == commandsRule {
		minutes = cmp.Or(minutes, int(commandsTimeout.Minutes()))
	}
	return compileLeaf(definition.Action{
		Name: r.Name, ActionTypeID: r.RuleTypeID, Configuration: r.Configuration, Commands: r.Commands, InputArtifacts: r.InputArtifacts,
		RoleArn: r.RoleArn, Region: r.Region, TimeoutInMinutes: minutes,
	}, definition.ActionBlock{})
}

// rollsBack reports whether the stage can ask for a rollback, so that its successes are worth keeping.
func (p *StagePlan) rollsBack() bool {
	if p.OnFailure.Result == resultRollback {
		return true
	}
	for _, g := range p.Gates {
		if g.Result == resultRollback {
			return true
		}
	}
	return false
}

// undoes reports whether a failed run of the stage is to be rolled back. A stage that was kept out by its entry has done nothing.
func (p *StagePlan) undoes(run *StageRun) bool {
	if run.keptOut() {
		return false
	}
	return p.OnFailure.Result == resultRollback && run.Status == Failed ||
		run.demands(OnFailure, resultRollback) || run.demands(OnSuccess, resultRollback)
}

// kind is what people call what the leaf describes.
func (leaf *Leaf) kind() string {
	if leaf.ActionTypeID.Category == "Rule" {
		return "rule"
	}
	return "action"
}
