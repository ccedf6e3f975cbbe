package penstocktest

import (
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/machine"
)

// RequireStage fails the test unless the latest execution in a stage has left it, or is in it, with the status. "" is a stage that was never entered.
func (h *Harness) RequireStage(stage string, want penstock.Status) {
	h.t.Helper()
	var got penstock.Status
	if run := h.stage(stage).Latest; run != nil {
		got = penstock.Status(run.Status)
	}
	if got != want {
		h.t.Fatalf("penstocktest: stage %s is %q, not %q:\n%s", stage, got, want, h.Transcript())
	}
}

// RequireRetried fails the test unless the latest execution in a stage was retried this often, by itself and by hand.
func (h *Harness) RequireRetried(stage string, automatically, byHand int) {
	h.t.Helper()
	run := h.stage(stage).Latest
	if run == nil || run.AutoRetries != automatically || run.Retries != byHand {
		h.t.Fatalf("penstocktest: stage %s was not retried %d times by itself and %d times by hand:\n%s", stage, automatically, byHand, h.Transcript())
	}
}

// RequireQueue fails the test unless exactly these executions wait at the entry of a stage, the first to enter first.
func (h *Harness) RequireQueue(stage string, executions ...*Execution) {
	h.t.Helper()
	want := make([]machine.ID, len(executions))
	for i, x := range executions {
		want[i] = x.id
	}
	if got := h.stage(stage).Queue; !slices.Equal(got, want) {
		h.t.Fatalf("penstocktest: at stage %s wait %v, not %v:\n%s", stage, got, want, h.Transcript())
	}
}

// RequireTransition fails the test unless the transition into a stage is disabled for this reason, or, where it is "", enabled.
func (h *Harness) RequireTransition(stage, reason string) {
	h.t.Helper()
	got := ""
	if closed := h.stage(stage).Closed; closed != nil {
		got = closed.Reason
	}
	if got != reason {
		h.t.Fatalf("penstocktest: the transition into %s is disabled for %q, not for %q", stage, got, reason)
	}
}

// RequireCondition fails the test unless the latest evaluation of a stage's condition has come to the status: Succeeded, Failed, Errored,
// Overridden, Cancelled, Abandoned; InProgress while rules are at it; "" where it was not evaluated.
func (h *Harness) RequireCondition(stage string, gate penstock.Gate, want penstock.Status) {
	h.t.Helper()
	var got penstock.Status
	if run := h.stage(stage).Latest; run != nil {
		for _, c := range run.Conditions {
			if c.Gate == machine.Gate(gate) {
				got = penstock.Status(c.Status)
			}
		}
	}
	if got != want {
		h.t.Fatalf("penstocktest: the %s condition of stage %s is %q, not %q:\n%s", gate, stage, got, want, h.Transcript())
	}
}

// stage finds a stage of the newest definition.
func (h *Harness) stage(name string) *machine.Stage {
	h.t.Helper()
	s := h.state()
	if st := s.StageNamed(name); st != nil && s.Plan().Index(name) >= 0 {
		return st
	}
	h.t.Fatalf("penstocktest: the pipeline has no stage %s", name)
	return nil
}
