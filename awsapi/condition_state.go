package awsapi

import (
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// conditionState is what the latest run of a stage made of the condition at a gate: nothing but the names of its rules where it has not been
// evaluated, and nil where there is none.
func conditionState(of wire.StageDeclaration, gate penstock.Gate, latest []penstock.ConditionState) *wire.StageConditionState {
	declared := rules(of, gate)
	i := slices.IndexFunc(latest, func(c penstock.ConditionState) bool { return c.Gate == gate })
	if len(declared) == 0 && i < 0 {
		return nil
	}
	var ran []penstock.RuleExecution
	out, condition := &wire.StageConditionState{}, wire.ConditionState{}
	if i >= 0 {
		c := latest[i]
		status, summary := wire.ConditionExecutionStatus(c.Status), clip(c.Summary, mostSummary)
		out.LatestExecution = &wire.StageConditionsExecution{Status: status, Summary: summary}
		condition.LatestExecution = &wire.ConditionExecution{Status: status, Summary: summary, LastStatusChange: wire.At(c.Updated)}
		ran = c.Rules
	}
	for _, rule := range declared {
		condition.RuleStates = append(condition.RuleStates, ruleState(rule.Name, ran))
	}
	out.ConditionStates = []wire.ConditionState{condition}
	return out
}

func ruleState(name string, ran []penstock.RuleExecution) wire.RuleState {
	out := wire.RuleState{RuleName: name}
	if i := slices.IndexFunc(ran, func(r penstock.RuleExecution) bool { return r.Rule == name }); i >= 0 {
		r := ran[i]
		out.LatestExecution = &wire.RuleExecution{
			RuleExecutionId: r.ID, Status: wire.RuleExecutionStatus(r.Status), Summary: clip(r.Summary, mostSummary), LastStatusChange: wire.At(r.Updated),
			LastUpdatedBy: r.UpdatedBy, ExternalExecutionId: clip(r.ExternalID, mostID), ExternalExecutionUrl: url(r.ExternalURL), ErrorDetails: errorDetails(r.Failure),
		}
	}
	return out
}
