package penstocktest

import (
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/machine"
)

// RequireStartRefused fails the test unless an execution cannot be started this way, for a reason of this code. See Launch.
func (h *Harness) RequireStartRefused(start penstock.StartExecution, code penstock.Code) {
	h.t.Helper()
	h.refused(launch(start), code)
}

// RequireRetryRefused fails the test unless a stage of the execution cannot be retried by hand, for a reason of this code.
func (x *Execution) RequireRetryRefused(stage string, code penstock.Code) {
	x.h.t.Helper()
	x.h.refused(&machine.Retry{Execution: x.id, Stage: stage, By: Actor}, code)
}

// RequireStopRefused fails the test unless the execution cannot be stopped, for a reason of this code.
func (x *Execution) RequireStopRefused(code penstock.Code) {
	x.h.t.Helper()
	x.h.refused(&machine.Stop{Execution: x.id, By: Actor}, code)
}

// RequireOverrideRefused fails the test unless a condition cannot be overridden, for a reason of this code.
func (x *Execution) RequireOverrideRefused(stage string, gate penstock.Gate, code penstock.Code) {
	x.h.t.Helper()
	x.h.refused(&machine.Override{Execution: x.id, Stage: stage, Gate: machine.Gate(gate), By: Actor}, code)
}

// RequireApproveRefused fails the test unless the newest token of an approval, named as "Stage/Action", is good no more, for a reason of this code: it
// was answered, expired or abandoned.
func (x *Execution) RequireApproveRefused(action string, code penstock.Code) {
	x.h.t.Helper()
	stage, name, _ := strings.Cut(action, "/")
	x.h.refused(&machine.Approve{Stage: stage, Action: name, Token: x.latest(action).Token, By: Actor}, code)
}
