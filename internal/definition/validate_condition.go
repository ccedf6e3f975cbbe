package definition

import (
	"slices"
	"strings"
)

// gate is one of a stage's three places for conditions.
type gate struct {
	field   string
	results []string // that a condition may have here
	end     bool     // it is judged after the stage's actions
}

var (
	entryGate   = gate{field: "beforeEntry", results: []string{"FAIL", "SKIP"}}
	successGate = gate{field: "onSuccess", results: []string{"FAIL", "ROLLBACK"}, end: true}
	failureGate = gate{field: "onFailure", results: []string{"ROLLBACK", "RETRY"}, end: true}
)

// conditions checks what stands at a stage's gates (spec A2, C12).
func (v *validator) conditions(i int, s Stage) {
	if s.BeforeEntry != nil {
		v.condition(i, s, entryGate, s.BeforeEntry.Conditions)
	}
	if s.OnSuccess != nil {
		v.condition(i, s, successGate, s.OnSuccess.Conditions)
	}
	if s.OnFailure != nil {
		v.onFailure(i, s, *s.OnFailure)
	}
}

func (v *validator) onFailure(i int, s Stage, f OnFailure) {
	path := v.path(s.Name)
	v.oneOf(path, "onFailure.result", f.Result, failureGate.results...)
	if f.RetryConfiguration != nil {
		v.oneOf(path, "onFailure.retryConfiguration.retryMode", f.RetryConfiguration.RetryMode, "FAILED_ACTIONS", "ALL_ACTIONS")
		if f.Result != "RETRY" {
			v.add(path, "onFailure.retryConfiguration", "", "a retry mode needs the result RETRY")
		}
	}
	v.noRollbackInParallel(path, f.Result)
	switch {
	case f.Result == "" && len(f.Conditions) == 0:
		v.add(path, "onFailure", "", "needs a result or conditions")
	case f.Result != "" && len(f.Conditions) > 0:
		v.add(path, "onFailure", "keep one of the two", "The following stage cannot have a failure exit gate configured with both top level result and conditions: '%s'", s.Name)
	}
	if len(f.Conditions) > 0 {
		v.condition(i, s, failureGate, f.Conditions)
	}
}

func (v *validator) noRollbackInParallel(path, result string) {
	if result == "ROLLBACK" && v.p.ExecutionMode == "PARALLEL" {
		v.add(path, "", "use another mode or another result", "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.")
	}
}

// condition checks the one condition of a gate.
func (v *validator) condition(i int, s Stage, g gate, all []Condition) {
	path := v.path(s.Name)
	if len(all) != 1 {
		v.add(path, g.field, "", "must have exactly 1 condition, not %d", len(all))
	}
	for _, c := range all {
		if !slices.Contains(g.results, c.Result) {
			v.add(path, g.field, "", "result %q must be one of %s", c.Result, strings.Join(g.results, ", "))
		}
		v.noRollbackInParallel(path, c.Result)
		if n := len(c.Rules); n < 1 || n > 5 {
			v.add(path, g.field, "", "a condition must have 1 to 5 rules, not %d", n)
		}
		for j, r := range c.Rules {
			if slices.ContainsFunc(c.Rules[:j], func(o Rule) bool { return o.Name == r.Name }) {
				v.add(path, g.field, "give one of them another name", "rule name %q is used more than once", r.Name)
			}
			if c.Result == "SKIP" && r.RuleTypeID.Provider != "LambdaInvoke" && r.RuleTypeID.Provider != "VariableCheck" {
				v.add(path, g.field, "", "rule %q: only LambdaInvoke and VariableCheck can skip a stage, not %s", r.Name, r.RuleTypeID.Provider)
			}
			v.rule(i, s, g, r)
		}
	}
}

// rule checks one rule (spec A2).
func (v *validator) rule(i int, s Stage, g gate, r Rule) {
	path, field := v.path(s.Name, r.Name), g.field
	v.named(path, field, r.Name, inNames, 100)
	if r.RuleTypeID.Category != "Rule" || r.RuleTypeID.Owner != "AWS" {
		v.add(path, field+".ruleTypeId", "", "category must be Rule and owner AWS, not %q and %q", r.RuleTypeID.Category, r.RuleTypeID.Owner)
	}
	v.named(path, field+".ruleTypeId.provider", r.RuleTypeID.Provider, inArtifacts, 35)
	v.named(path, field+".ruleTypeId.version", r.RuleTypeID.Version, inArtifacts, 9)
	v.role(path, r.RoleArn)
	v.region(path, r.Region)
	v.minutes(path, r.TimeoutInMinutes)
	v.commandLines(path, r.Commands)
	v.atMost(path, "configuration", len(r.Configuration), 200)
	v.configuration(path, r.Configuration, 10000)
	// What is judged at the end sees what its own stage made, at the entry only what earlier stages did.
	at := place{stage: i - 1}
	if g.end {
		at.stage = i
	}
	for _, in := range r.InputArtifacts {
		if hint, ok := v.ready(v.producers, in.Name, at, "puts it out"); !ok {
			v.add(path, "inputArtifacts", hint, "artifact %q is not there when the rule runs", in.Name)
		}
	}
	for _, key := range sortedKeys(r.Configuration) {
		v.references(at, path, "configuration."+key, r.Configuration[key], false)
	}
	for _, line := range r.Commands {
		v.references(at, path, "commands", line, false)
	}
}
