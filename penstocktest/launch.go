package penstocktest

import (
	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/machine"
)

// Launch starts an execution as a program would: with revisions by source action, with their types, with a trigger. The pipeline is the one under test,
// whatever the command says. Start and StartWith say the same in fewer words.
func (h *Harness) Launch(start penstock.StartExecution) *Execution {
	h.t.Helper()
	return &Execution{h: h, id: h.must(launch(start)).Execution}
}

func launch(start penstock.StartExecution) *machine.Start {
	in := &machine.Start{Variables: start.Variables, Revisions: start.Revisions, Trigger: machine.Trigger(start.Trigger), By: Actor}
	for _, s := range start.Sources {
		in.Overrides = append(in.Overrides, machine.SourceOverride{Action: s.Action, Type: string(s.Type), Value: s.Value})
	}
	return in
}

// RollbackAndHold is Rollback with a hold: the transition into the stage is disabled in the same commit, for this reason.
func (h *Harness) RollbackAndHold(stage string, target *Execution, reason string) *Execution {
	h.t.Helper()
	reply := h.must(&machine.RollBack{Stage: stage, Target: target.id, Hold: reason, By: Actor})
	return &Execution{h: h, id: reply.Execution}
}

// Withdraw has nobody serve these types any more, until Serve: what is ready waits, as when all their workers are away.
func (h *Harness) Withdraw(types ...penstock.ActionType) {
	h.t.Helper()
	h.serving(types, true)
}

// Serve ends Withdraw: who waited for these types runs.
func (h *Harness) Serve(types ...penstock.ActionType) {
	h.t.Helper()
	h.serving(types, false)
}

func (h *Harness) serving(types []penstock.ActionType, withdrawn bool) {
	h.t.Helper()
	for _, t := range types {
		h.withdrawn[t.String()] = withdrawn
	}
	h.replica.Serve(h.served())
	h.settle()
}
