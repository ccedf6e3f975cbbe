package penstocktest

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/machine"
)

// Rollback puts a stage back to an execution that succeeded in it, and answers the execution that does so.
func (h *Harness) Rollback(stage string, target *Execution) *Execution {
	h.t.Helper()
	reply := h.must(&machine.RollBack{Stage: stage, Target: target.id, By: Actor})
	return &Execution{h: h, id: reply.Execution}
}

// RequireRollbackRefused fails the test unless a stage cannot be put back to an execution, for a reason of this code.
func (h *Harness) RequireRollbackRefused(stage string, target *Execution, code penstock.Code) {
	h.t.Helper()
	h.refused(&machine.RollBack{Stage: stage, Target: target.id, By: Actor}, code)
}

// refused carries out a command that is to be refused.
func (h *Harness) refused(in machine.Input, code penstock.Code) {
	h.t.Helper()
	_, err := h.command(in)
	if refusal, ok := errors.AsType[*machine.Error](err); !ok || penstock.Code(refusal.Code) != code {
		h.t.Fatalf("penstocktest: the command was not refused as %s: %v", code, err)
	}
}

// RequireRolledBack fails the test unless the failure of this execution began a rollback, which it answers.
func (x *Execution) RequireRolledBack() *Execution {
	x.h.t.Helper()
	if is := x.whole(); !is.RolledBack.IsZero() {
		return &Execution{h: x.h, id: is.RolledBack}
	}
	x.h.t.Fatalf("penstocktest: no rollback was begun; %s", x.story())
	return nil
}

// whole is the execution, live or from its record.
func (x *Execution) whole() *machine.Execution {
	x.h.t.Helper()
	if found := x.h.state().Execution(x.id); found != nil {
		return found
	}
	var stored machine.ExecutionHead
	x.record(machine.KindExecution, x.ID(), &stored)
	return &stored.Execution
}

// StopAndDisable stops the execution and disables the transition into a stage in the same commit, so that nobody takes its place.
func (x *Execution) StopAndDisable(stage, reason string) {
	x.h.t.Helper()
	x.h.must(&machine.Stop{Execution: x.id, Reason: reason, Disable: stage, By: Actor})
}

// RequireApplyRefused fails the test unless the pipeline cannot be applied now, for a reason of this code.
func (h *Harness) RequireApplyRefused(p penstock.Pipeline, code penstock.Code) {
	h.t.Helper()
	stored, err := json.Marshal(p)
	if err != nil {
		h.t.Fatalf("penstocktest: %v", err)
	}
	h.refused(&machine.Define{Definition: stored, By: Actor}, code)
}

// Announce tells of a revision of a source action, named as "Stage/Action", and answers the execution that it started, now or before.
func (h *Harness) Announce(action, revision, changeID string) *Execution {
	h.t.Helper()
	stage, name, _ := strings.Cut(action, "/")
	reply := h.must(&machine.PutRevision{Stage: stage, Action: name, Revision: revision, Change: changeID, By: Actor})
	return &Execution{h: h, id: reply.Execution}
}

// Delete deletes the pipeline, and ends what goes on in it. Apply makes it anew.
func (h *Harness) Delete() {
	h.t.Helper()
	h.must(&machine.Delete{By: Actor})
}
