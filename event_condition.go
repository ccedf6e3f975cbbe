package penstock

import (
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

func conditionEventView(out *Event, stored machine.Event) {
	switch s := stored.(type) {
	case *machine.ConditionStarted:
		out.Execution, out.Stage, out.Gate, out.Text = s.Execution.String(), s.Stage, Gate(s.Gate), s.Result
	case *machine.ConditionEnded:
		out.Execution, out.Stage, out.Gate, out.Status, out.Text = s.Execution.String(), s.Stage, Gate(s.Gate), Status(s.Status), s.Summary
	case *machine.ConditionOverridden:
		out.Execution, out.Stage, out.Gate, out.Status, out.Actor = s.Execution.String(), s.Stage, Gate(s.Gate), StatusOverridden, s.By
	case *machine.RuleStarted:
		out.Execution, out.Stage, out.Gate, out.Action, out.ActionExecution = s.Execution.String(), s.Stage, Gate(s.Gate), s.Rule, s.ID.String()
	case *machine.RuleWaiting:
		out.ActionExecution, out.Text = s.ID.String(), "its deployment window does not open before it times out"
		if !s.Until.IsZero() {
			out.Text = "its deployment window opens at " + s.Until.Format(time.RFC3339)
		}
	case *machine.RuleEnded:
		out.Execution, out.Stage, out.Gate, out.Action, out.ActionExecution = s.Execution.String(), s.Stage, Gate(s.Gate), s.Rule, s.ID.String()
		out.Status, out.Actor, out.Text = Status(s.Status), s.By, s.Summary
		if s.Failure != nil {
			out.Text = s.Failure.Message
		}
	default:
		actionEventView(out, stored)
	}
}
