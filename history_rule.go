package penstock

import (
	"context"

	"github.com/penstock-dev/penstock/internal/machine"
)

// RuleExecutionQuery asks for rule executions, newest first (spec B, ListRuleExecutions).
type RuleExecutionQuery struct {
	Pipeline  string
	Execution string // "": of all executions, one execution after the other, the newest first
	Cursor    string // RuleExecutionPage.Next; "" starts
	Limit     int    // without Execution: executions a page; default 100, at most 1000. An execution comes whole
	Latest    bool   // of each rule in an execution only the newest; default all, one for each evaluation of its condition
}

// RuleExecutionPage is part of a list.
type RuleExecutionPage struct {
	Rules []RuleExecution
	Next  string // "": this was the last page
}

// RuleExecutions lists rule executions, newest first: those of every evaluation, so that one rule may have several in an execution.
func (e *Engine) RuleExecutions(ctx context.Context, q RuleExecutionQuery) (page RuleExecutionPage, err error) {
	page.Next, err = e.eachWork(ctx, "rule executions", ActionExecutionQuery(q), func(r *machine.ActionRecord) {
		if r.Action.Gate != "" {
			page.Rules = append(page.Rules, ruleView(r))
		}
	})
	return page, err
}
