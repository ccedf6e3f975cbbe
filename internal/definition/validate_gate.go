package definition

import (
	"slices"
	"strings"
)

// gates checks what stands at a stage's gates, beyond the model (spec A9, C12).
func (v *validator) gates(i int, s Stage) {
	at := v.stageSpot(i)
	if s.OnFailure != nil {
		v.onFailure(at.member("onFailure"), s)
	}
	for _, g := range gatesOf(s) {
		for j, c := range g.conditions {
			v.condition(at.member(g.field).member("conditions").item(j), i, g, c)
		}
	}
}

func (v *validator) onFailure(s spot, stage Stage) {
	f := *stage.OnFailure
	retries := f.Result == "RETRY" || slices.ContainsFunc(f.Conditions, func(c Condition) bool { return c.Result == "RETRY" })
	if f.RetryConfiguration != nil && !retries {
		v.add(InvalidStage, s.member("retryConfiguration"), "remove it, or set result to RETRY", "Stage '%s' has a retry configuration without the result RETRY", clip(stage.Name))
	}
	v.resultAt(s.member("result"), f.Result, "onFailure", "ROLLBACK", "RETRY")
	if f.Result != "" && len(f.Conditions) > 0 {
		v.add(InvalidStage, s, "keep one of the two", "The following stage cannot have a failure exit gate configured with both top level result and conditions: '%s'", clip(stage.Name))
	}
}

// resultAt checks that a result which exists can stand at a gate.
func (v *validator) resultAt(s spot, result, gate string, allowed ...string) {
	switch {
	case !slices.Contains(results, result): // the model's business
	case !slices.Contains(allowed, result):
		v.add(InvalidStage, s, "write "+strings.Join(allowed, " or "), "The result %s cannot be used in %s", result, gate)
	case result == "ROLLBACK" && v.p.ExecutionMode == "PARALLEL":
		v.add(InvalidStage, s, "use another mode or another result", "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.")
	}
}

func (v *validator) condition(s spot, i int, g gate, c Condition) {
	v.resultAt(s.member("result"), c.Result, g.field, g.results...)
	seen := map[string]bool{}
	for j, r := range c.Rules {
		at := s.member("rules").item(j)
		if seen[r.Name] {
			v.add(InvalidStage, at.member("name"), "give one of them another name", "Rule name '%s' is used more than once", clip(r.Name))
		}
		seen[r.Name] = true
		if c.Result == "SKIP" && r.RuleTypeID.Provider != "LambdaInvoke" && r.RuleTypeID.Provider != "VariableCheck" {
			v.add(InvalidStage, at.member("ruleTypeId").member("provider"), "use one of these, or the result FAIL",
				"Rule '%s': only LambdaInvoke and VariableCheck can skip a stage, not %s", clip(r.Name), clip(r.RuleTypeID.Provider))
		}
		v.rule(at, i, g, r)
	}
}

// rule checks one rule against its type and what is there when it runs: what is judged at the end sees what its own stage made, at
// the entry only what earlier stages did.
func (v *validator) rule(s spot, i int, g gate, r Rule) {
	v.declaredRule(s, r)
	at := place{stage: i - 1}
	if g.end {
		at.stage = i
	}
	for j, in := range r.InputArtifacts {
		if hint, ok := v.ready(v.producers, in.Name, at, "puts it out"); !ok {
			v.add(InvalidStage, s.member("inputArtifacts").item(j), hint, "Input Artifact Bundle %s in rule %s is not declared as Output Artifact Bundle in any of the preceding actions", clip(in.Name), clip(r.Name))
		}
	}
	u := user{spot: s, at: at, stage: v.p.Stages[i].Name, kind: InvalidStage, who: "RuleName=[" + r.Name + "]"}
	for _, key := range sortedKeys(r.Configuration) {
		v.references(u, s.member("configuration").key(key), key, r.Configuration[key])
	}
	for j, line := range r.Commands {
		v.references(u, s.member("commands").item(j), "commands", line)
	}
}

func (v *validator) declaredRule(s spot, r Rule) {
	if v.o.Catalogue == nil || r.RuleTypeID.Category != "Rule" || r.RuleTypeID.Owner != "AWS" {
		return
	}
	t := r.RuleTypeID
	info, ok := v.o.Catalogue.LookupRule(t)
	if !ok {
		v.add(InvalidStage, s.member("ruleTypeId"), "correct its name", "RuleType (Category: '%s', Provider: '%s', Owner: '%s', Version: '%s') in rule '%s' is not available%s",
			t.Category, clip(t.Provider), t.Owner, clip(t.Version), clip(r.Name), v.inRegion())
		return
	}
	info.Commands = info.Commands || isCommands(t)
	d := declared{
		spot: s, kind: InvalidStage, what: "Rule", name: r.Name, config: r.Configuration, inputs: r.InputArtifacts, commands: r.Commands,
	}
	v.fits(d, info)
	v.whole(d, info, Action{Name: r.Name, ActionTypeID: t, Configuration: r.Configuration, InputArtifacts: r.InputArtifacts})
}
