package penstocktest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Execution is one execution under test.
type Execution struct {
	h  *Harness
	id machine.ID
}

// ID is the execution's.
func (x *Execution) ID() string { return x.id.String() }

// Approve answers the approval that the execution waits for. The action is named alone, or as "Stage/Action".
func (x *Execution) Approve(action, by string) {
	x.h.t.Helper()
	x.decide(action, by, "", false)
}

// Reject says no to the approval that the execution waits for.
func (x *Execution) Reject(action, by, summary string) {
	x.h.t.Helper()
	x.decide(action, by, summary, true)
}

func (x *Execution) decide(action, by, summary string, rejected bool) {
	x.h.t.Helper()
	for _, r := range x.h.state().Explain(x.id) {
		if r.Kind == "approval" && (r.Action == action || r.Stage+"/"+r.Action == action) {
			x.h.must(&machine.Approve{Stage: r.Stage, Action: r.Action, Token: r.Token, Rejected: rejected, Summary: summary, By: by})
			return
		}
	}
	x.h.t.Fatalf("penstocktest: the execution does not wait for the approval %s; %s", action, x.story())
}

// Stop stops the execution; what runs goes on to its end.
func (x *Execution) Stop(reason string) {
	x.h.t.Helper()
	x.h.must(&machine.Stop{Execution: x.id, Reason: reason, By: Actor})
}

// Abandon stops the execution and ends what runs.
func (x *Execution) Abandon(reason string) {
	x.h.t.Helper()
	x.h.must(&machine.Stop{Execution: x.id, Abandon: true, Reason: reason, By: Actor})
}

// Retry runs what failed in a stage again; RetryAll runs the whole stage.
func (x *Execution) Retry(stage string) {
	x.h.t.Helper()
	x.h.must(&machine.Retry{Execution: x.id, Stage: stage, By: Actor})
}

// RetryAll runs a stage again from its beginning.
func (x *Execution) RetryAll(stage string) {
	x.h.t.Helper()
	x.h.must(&machine.Retry{Execution: x.id, Stage: stage, All: true, By: Actor})
}

// OverrideCondition has the execution go on as if a condition of a stage had held.
func (x *Execution) OverrideCondition(stage string, gate penstock.Gate) {
	x.h.t.Helper()
	x.h.must(&machine.Override{Execution: x.id, Stage: stage, Gate: machine.Gate(gate), By: Actor})
}

// Status is where the execution stands.
func (x *Execution) Status() penstock.Status {
	x.h.t.Helper()
	status, _ := x.look()
	return status
}

// look finds the execution, live or in its record.
func (x *Execution) look() (penstock.Status, string) {
	x.h.t.Helper()
	if found := x.h.state().Execution(x.id); found != nil {
		return penstock.Status(found.Status), found.Summary
	}
	var stored machine.ExecutionHead
	x.record(machine.KindExecution, x.ID(), &stored)
	return penstock.Status(stored.Execution.Status), stored.Execution.Summary
}

func (x *Execution) record(kind, id string, into any) {
	x.h.t.Helper()
	if err := codec.Unmarshal(x.stored(kind, id).Data, into); err != nil {
		x.h.t.Fatalf("penstocktest: %v", err)
	}
}

func (x *Execution) stored(kind, id string) *store.Record {
	x.h.t.Helper()
	records, err := x.h.store.Get(context.Background(), store.Ref{Kind: kind, Group: x.h.name, ID: id})
	if err != nil || records[0] == nil {
		x.h.t.Fatalf("penstocktest: there is no %s %s (%v)", kind, id, err)
	}
	return records[0]
}

// RequireStatus fails the test unless the execution has the status.
func (x *Execution) RequireStatus(want penstock.Status) {
	x.h.t.Helper()
	if got, summary := x.look(); got != want {
		x.h.t.Fatalf("penstocktest: the execution is %s, not %s: %s; %s", got, want, orNothing(summary), x.story())
	}
}

// RequireSucceeded fails the test unless the execution has gone through the whole pipeline.
func (x *Execution) RequireSucceeded() {
	x.h.t.Helper()
	x.RequireStatus(penstock.StatusSucceeded)
}

// RequireFailed fails the test unless the execution has failed with a summary that contains the text.
func (x *Execution) RequireFailed(text string) {
	x.h.t.Helper()
	x.RequireStatus(penstock.StatusFailed)
	if _, summary := x.look(); !strings.Contains(summary, text) {
		x.h.t.Fatalf("penstocktest: the execution has failed, but not for %q: %s", text, summary)
	}
}

// RequireWaiting fails the test unless the execution waits in or in front of a stage, for a reason that contains the text.
func (x *Execution) RequireWaiting(stage, text string) {
	x.h.t.Helper()
	reasons := x.h.state().Explain(x.id)
	if !slices.ContainsFunc(reasons, func(r machine.Reason) bool { return r.Stage == stage && strings.Contains(r.Text, text) }) {
		x.h.t.Fatalf("penstocktest: the execution does not wait at %s for %q; %s", stage, text, x.story())
	}
}

// RequireRan fails the test unless exactly these actions have succeeded in this execution, in this order, each as "Stage/Action".
func (x *Execution) RequireRan(actions ...string) {
	x.h.t.Helper()
	var ran []string
	for _, r := range x.ended() {
		if r.Action.Status == machine.Succeeded {
			ran = append(ran, r.Stage+"/"+r.Name)
		}
	}
	if !slices.Equal(ran, actions) {
		x.h.t.Fatalf("penstocktest: succeeded actions:\n\tgot  %s\n\twant %s\n%s", join(ran), join(actions), x.story())
	}
}

// RequireRules fails the test unless exactly these rules have been judged in this execution, in the order in which they ended, each as "Stage/Rule
// Status".
func (x *Execution) RequireRules(rules ...string) {
	x.h.t.Helper()
	var judged []string
	for _, r := range x.work() {
		if r.Action.Gate != "" {
			judged = append(judged, r.Stage+"/"+r.Name+" "+string(r.Action.Status))
		}
	}
	if !slices.Equal(judged, rules) {
		x.h.t.Fatalf("penstocktest: rules:\n\tgot  %s\n\twant %s\n%s", join(judged), join(rules), x.story())
	}
}

// RequireVariable fails the test unless an action has put out a variable with this value.
func (x *Execution) RequireVariable(action, key, value string) {
	x.h.t.Helper()
	for _, r := range slices.Backward(x.ended()) {
		if r.Stage+"/"+r.Name == action && r.Action.Status == machine.Succeeded {
			if got := r.Action.Variables[key]; got != value {
				x.h.t.Fatalf("penstocktest: %s put out %s = %q, not %q", action, key, got, value)
			}
			return
		}
	}
	x.h.t.Fatalf("penstocktest: %s has not succeeded; %s", action, x.story())
}

// ended lists the actions of the execution in the order in which they ended.
func (x *Execution) ended() []machine.ActionRecord {
	x.h.t.Helper()
	return slices.DeleteFunc(x.work(), func(r machine.ActionRecord) bool { return r.Action.Gate != "" })
}

// work lists actions and rules of the execution in the order in which they ended.
func (x *Execution) work() []machine.ActionRecord {
	x.h.t.Helper()
	found := x.h.state().Execution(x.id)
	if found == nil {
		stored, err := machine.ReadExecution(x.stored(machine.KindExecution, x.ID()))
		if err != nil {
			x.h.t.Fatalf("penstocktest: %v", err)
		}
		found = &stored.Execution
	}
	var out []machine.ActionRecord
	for page := range found.Pages {
		var stored machine.ActionPage
		ref := machine.ActionPageRef(x.h.name, x.id, page)
		x.record(ref.Kind, ref.ID, &stored)
		out = append(out, stored.Actions...)
	}
	return append(out, found.Past...)
}

// story says what the execution waits for and what has happened, for failures.
func (x *Execution) story() string {
	x.h.t.Helper()
	var b strings.Builder
	if reasons := x.h.state().Explain(x.id); len(reasons) > 0 {
		b.WriteString("it waits for:")
		for _, r := range reasons {
			fmt.Fprintf(&b, "\n\t%s: %s", strings.TrimSuffix(r.Stage+"/"+r.Action, "/"), r.Text)
		}
	} else {
		b.WriteString("it waits for nothing")
	}
	b.WriteString("\nwhat happened:\n\t" + strings.ReplaceAll(strings.TrimSuffix(x.h.Transcript(), "\n"), "\n", "\n\t"))
	return b.String()
}

func orNothing(text string) string {
	if text == "" {
		return "it says no more"
	}
	return text
}

func join(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
