package penstock

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Result is what follows when a stage's condition does not hold (spec C12).
type Result string

// The results.
const (
	ResultFail     Result = "FAIL"     // the stage fails; before entry no action has run
	ResultSkip     Result = "SKIP"     // before entry: the stage is skipped and the execution moves on
	ResultRollback Result = "ROLLBACK" // a new execution brings back what last succeeded in the stage
	resultRetry    Result = "RETRY"
)

// Condition is a check at a stage's gate: it holds when all of its rules, 1 to 5, succeed.
type Condition struct {
	Result Result
	Rules  []Rule
}

// Require is a condition that fails the stage unless all rules succeed: before entry no action runs then.
func Require(rules ...Rule) Condition {
	return Condition{Result: ResultFail, Rules: slices.Clone(rules)}
}

// SkipUnless is a condition before entry that leaves the stage out unless all rules succeed. The service has VariableCheck and LambdaInvoke for
// it. A stage that was skipped can be neither retried nor rolled back to, and the condition cannot be overridden.
func SkipUnless(rules ...Rule) Condition {
	return Condition{Result: ResultSkip, Rules: slices.Clone(rules)}
}

// RollBackUnless is a condition on success that brings back what last succeeded in the stage unless all rules succeed.
func RollBackUnless(rules ...Rule) Condition {
	return Condition{Result: ResultRollback, Rules: slices.Clone(rules)}
}

// Rule is one check of a condition (spec A2, C12). A rule that cannot be judged, because its settings, its permissions or its worker fail it, is
// neither yes nor no: the condition is Errored, and the stage fails; on failure nothing follows.
type Rule struct {
	Name     string            // unique in its condition
	Provider string            // the rule type: "VariableCheck", "DeploymentWindow", "LambdaInvoke" …
	Version  string            // of the rule type; default "1"
	Config   map[string]string // its settings; values may hold references
	Commands []string          // of the provider "Commands" only
	Inputs   []string          // names of artifacts that it looks at
	Role     string            // ARN of the IAM role that it runs with; may be empty
	Region   string            // default: the pipeline's
	Timeout  time.Duration     // whole minutes, 5 minutes to 60 days; default 1 h, of Commands 55 min

	problems []string // see NewRule
}

// stored answers messages about what cannot be stored too.
func (c Condition) stored() (out definition.Condition, messages []string) {
	out.Result = string(c.Result)
	for _, r := range c.Rules {
		messages = append(messages, r.problems...)
		minutes, err := wholeMinutes(r.Timeout)
		if err != nil {
			messages = append(messages, fmt.Sprintf("rule %q: its timeout %v", r.Name, err))
		}
		out.Rules = append(out.Rules, definition.Rule{
			Name:          r.Name,
			RuleTypeID:    definition.TypeID{Category: "Rule", Owner: string(OwnerAWS), Provider: r.Provider, Version: cmp.Or(r.Version, "1")},
			Configuration: maps.Clone(r.Config), Commands: slices.Clone(r.Commands), InputArtifacts: namedArtifacts(r.Inputs),
			RoleArn: r.Role, Region: r.Region, TimeoutInMinutes: minutes,
		})
	}
	return out, messages
}

// RetryMode says which actions of a stage a retry runs again.
type RetryMode string

// The retry modes.
const (
	FailedActions RetryMode = "FAILED_ACTIONS" // those that failed or were abandoned, and what was to follow them
	AllActions    RetryMode = "ALL_ACTIONS"    // the whole stage
)

// FailureResult is what follows when a stage has failed: see RollBack and RetryStage.
type FailureResult struct {
	result Result
	mode   RetryMode
	rules  []Rule
}

// RollBack starts a new execution that brings back what last succeeded in the stage under the same version of the pipeline.
func RollBack() FailureResult { return FailureResult{result: ResultRollback} }

// RetryStage retries the stage once by itself (spec C10).
func RetryStage(mode RetryMode) FailureResult { return FailureResult{result: resultRetry, mode: mode} }

// When has it follow only where all rules, 1 to 5, succeed: they describe what has happened, such as an alarm that is raised. The service knows
// this for RollBack only.
func (r FailureResult) When(rules ...Rule) FailureResult {
	r.rules = slices.Concat(r.rules, rules)
	return r
}
