package simulation

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// ruleProviders are the ways in which rules can be run.
var ruleProviders = map[string]replica.Served{
	"LambdaInvoke":    {Pool: 0, Rerun: true},
	"CloudWatchAlarm": {Pool: 0},
	"CodeBuild":       {Pool: 1, Outlive: true},
	"Check":           {Pool: 1, Outlive: true, Rerun: true},
}

// someRules are their names; the first can skip a stage.
var someRules = []string{"LambdaInvoke", "CloudWatchAlarm", "CodeBuild", "Check"}

func ruleType(provider string) definition.TypeID {
	return definition.TypeID{Category: "Rule", Owner: "AWS", Provider: provider, Version: "1"}
}

// view is what there is at a point of the pipeline.
type view struct{ artifacts, variables []string }

// gates draws conditions: what is asked before entry sees what earlier stages made, the others what their own stage made too.
func (g *drawing) gates(i int, stage *definition.Stage, entry view) {
	end := view{g.artifacts, g.variables}
	undo := "FAIL"
	if i > 0 && g.design.Mode != "PARALLEL" && g.chance(0.5) {
		undo = "ROLLBACK"
	}
	if g.chance(0.25) {
		stage.BeforeEntry = &definition.Conditions{Conditions: g.condition(machine.BeforeEntry, pick(g.world, []string{"FAIL", "FAIL", "SKIP"}), entry)}
	}
	if g.chance(0.25) {
		stage.OnSuccess = &definition.Conditions{Conditions: g.condition(machine.OnSuccess, undo, end)}
	}
	if i > 0 && !g.plan.RollBack && g.chance(0.3) {
		result := pick(g.world, []string{"ROLLBACK", "ROLLBACK", "RETRY"})
		if g.design.Mode == "PARALLEL" {
			result = "RETRY"
		}
		stage.OnFailure = &definition.OnFailure{Conditions: g.condition(machine.OnFailure, result, end)}
	}
}

func (g *drawing) condition(gate machine.Gate, result string, at view) []definition.Condition {
	plan, out := oracle.Gate{Name: gate, Result: result}, definition.Condition{Result: result}
	for range 1 + g.n(3) {
		rule, declared := g.rule(result, at)
		plan.Rules, out.Rules = append(plan.Rules, rule), append(out.Rules, declared)
	}
	g.plan.Gates = append(g.plan.Gates, plan)
	return []definition.Condition{out}
}

func (g *drawing) rule(result string, at view) (oracle.Rule, definition.Rule) {
	g.drawn++
	minutes := 5 + g.n(10)
	rule := oracle.Rule{Action: oracle.Action{Name: fmt.Sprintf("R%d", g.drawn), Timeout: time.Duration(minutes) * time.Minute}}
	out := definition.Rule{Name: rule.Name, TimeoutInMinutes: minutes, Configuration: map[string]string{}}
	dice := g.n(5)
	switch {
	case dice == 0 && result != "SKIP":
		rule.Every = 2 + g.n(9)
		out.RuleTypeID = ruleType("DeploymentWindow")
		out.Configuration["Cron"] = fmt.Sprintf("0 0/%d * * * ?", rule.Every)
	case dice <= 1:
		out.RuleTypeID = ruleType("VariableCheck")
		rule.Reference, rule.Compare, rule.Value = pick(g.world, at.variables), pick(g.world, []string{"EQ", "NE"}), "none"
		out.Configuration = map[string]string{"Variable": "#{" + rule.Reference + "}", "Operator": rule.Compare, "Value": rule.Value}
	default:
		provider := someRules[0]
		if result != "SKIP" {
			provider = pick(g.world, someRules)
		}
		out.RuleTypeID = ruleType(provider)
		if g.chance(0.3) {
			rule.Reference = pick(g.world, at.variables)
			out.Configuration["Key"] = "#{" + rule.Reference + "}"
		}
		if len(at.artifacts) > 0 && g.chance(0.4) {
			rule.Inputs = []string{pick(g.world, at.artifacts)}
			out.InputArtifacts = []definition.Artifact{{Name: rule.Inputs[0]}}
		}
	}
	rule.Type = out.RuleTypeID.String()
	return rule, out
}

// orderOverride asks that a condition does not count: mostly one of somebody whom it keeps back.
func (w *world) orderOverride(p *pipeline) bool {
	gates := []machine.Gate{machine.BeforeEntry, machine.OnSuccess, machine.OnFailure}
	in := &machine.Override{Execution: w.someExecution(p), Stage: w.someStage(p).Name, Gate: pick(w, gates)}
	var open []*machine.Override
	for _, x := range p.shadow.Executions {
		run := p.shadow.Current(x)
		if run == nil {
			continue
		}
		for _, c := range run.Conditions {
			if c.Status == machine.InProgress || c.Status == machine.Failed {
				open = append(open, &machine.Override{Execution: x.ID, Stage: run.Stage, Gate: c.Gate})
			}
		}
	}
	if len(open) > 0 && w.chance(0.8) {
		in = pick(w, open)
	}
	if len(p.left) > 0 && w.chance(0.3) {
		gone := pick(w, p.left[max(0, len(p.left)-4):])
		in.Execution, in.Stage = gone.Execution, gone.Stage
	}
	return w.offer(p, "override", in)
}
