package definition

import "fmt"

const mapValues = "Map value must satisfy constraint: [Member must have length less than or equal to %d, Member must have length greater than or equal to 1]"

func longValue(n, longest int) string {
	return fmt.Sprintf("write up to %d characters, not %d: larger settings belong in a file of an artifact", longest, n)
}

// stageModel checks a stage without its actions (spec A2).
func (v *validator) stageModel(s spot, stage Stage) {
	v.text(s.member("name"), stage.Name, 1, nameLength, inNames)
	for _, g := range gatesOf(stage) {
		at := s.member(g.field)
		if len(g.conditions) != 1 && !g.decided {
			v.count(at.member("conditions"), len(g.conditions), 1, 1)
		}
		for i, c := range g.conditions {
			v.conditionModel(at.member("conditions").item(i), c)
		}
	}
	if f := stage.OnFailure; f != nil {
		at := s.member("onFailure")
		v.optionalOneOf(at.member("result"), f.Result, results...)
		if f.RetryConfiguration != nil {
			v.optionalOneOf(at.member("retryConfiguration").member("retryMode"), f.RetryConfiguration.RetryMode, "FAILED_ACTIONS", "ALL_ACTIONS")
		}
	}
}

func (v *validator) conditionModel(s spot, c Condition) {
	v.oneOf(s.member("result"), c.Result, results...)
	v.count(s.member("rules"), len(c.Rules), 1, 5)
	for i, r := range c.Rules {
		v.ruleModel(s.member("rules").item(i), r)
	}
}

func (v *validator) ruleModel(s spot, r Rule) {
	v.text(s.member("name"), r.Name, 1, nameLength, inNames)
	id := s.member("ruleTypeId")
	v.oneOf(id.member("category"), r.RuleTypeID.Category, "Rule")
	v.oneOf(id.member("owner"), r.RuleTypeID.Owner, "AWS")
	v.text(id.member("provider"), r.RuleTypeID.Provider, 1, 35, inTypes)
	v.text(id.member("version"), r.RuleTypeID.Version, 1, 9, inTypes)
	v.count(s.member("configuration"), len(r.Configuration), 0, ruleKeys)
	v.configuration(s.member("configuration"), r.Configuration, ruleValue)
	v.commandLines(s.member("commands"), r.Commands)
	v.artifacts(s.member("inputArtifacts"), r.InputArtifacts)
	v.role(s.member("roleArn"), r.RoleArn)
	v.optional(s.member("region"), r.Region, regionLeast, regionMost, anyText)
	v.minutes(s.member("timeoutInMinutes"), r.TimeoutInMinutes)
}

// results are all that a condition can have, whatever its gate.
var results = []string{"ROLLBACK", "FAIL", "RETRY", "SKIP"}

// gate is one of a stage's three places for conditions.
type gate struct {
	field      string
	results    []string // that a condition may have here
	end        bool     // it is judged after the stage's actions
	decided    bool     // a result stands beside it, so that it needs no condition
	conditions []Condition
}

// gatesOf are a stage's gates in the order in which they are met (spec C12).
func gatesOf(s Stage) []gate {
	var out []gate
	if s.BeforeEntry != nil {
		out = append(out, gate{field: "beforeEntry", results: []string{"FAIL", "SKIP"}, conditions: s.BeforeEntry.Conditions})
	}
	if s.OnSuccess != nil {
		out = append(out, gate{field: "onSuccess", results: []string{"FAIL", "ROLLBACK"}, end: true, conditions: s.OnSuccess.Conditions})
	}
	if f := s.OnFailure; f != nil {
		out = append(out, gate{
			field: "onFailure", results: []string{"ROLLBACK", "RETRY"}, end: true, decided: f.Result != "" && len(f.Conditions) == 0, conditions: f.Conditions,
		})
	}
	return out
}
