package penstocktest

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
)

// Outcome is how a scripted run ends.
type Outcome struct {
	hold bool // not by itself
	real bool // as the registered action says
	text string

	failure   *executor.Failure
	pending   *executor.Pending
	variables map[string]string
}

// Run lets the registered action run: the place holder for runs that a script leaves alone.
func Run() Outcome { return Outcome{real: true} }

// Succeed ends the run well. Declared output artifacts are stored as JSON null.
func Succeed() Outcome { return Outcome{} }

// Fail ends the run with a failure that the action's retry policy may try again.
func Fail(message string) Outcome {
	return Outcome{failure: &executor.Failure{Code: "JobFailed", Message: message, Retryable: true}}
}

// FailPermanently ends the run with a failure that is never tried again.
func FailPermanently(message string) Outcome {
	return Outcome{failure: &executor.Failure{Code: "JobFailed", Message: message}}
}

// Pending has the action entered again after a while.
func Pending(after time.Duration) Outcome {
	return Outcome{pending: &executor.Pending{After: after}}
}

// Hold keeps the run going until Finish, to see what the pipeline does meanwhile.
func Hold() Outcome { return Outcome{hold: true} }

// Set adds an output variable to a success.
func (o Outcome) Set(key, value string) Outcome {
	variables := map[string]string{key: value}
	for k, v := range o.variables {
		if k != key {
			variables[k] = v
		}
	}
	o.variables = variables
	return o
}

// outcome gives a scripted end the form of a worker's.
func (o Outcome) outcome(task executor.Task) executor.Outcome {
	out := executor.Outcome{Failure: o.failure, Pending: o.pending, Variables: o.variables, Summary: o.text}
	if o.failure == nil && o.pending == nil {
		for _, name := range task.Outputs {
			out.Artifacts = append(out.Artifacts, executor.Artifact{
				Name: name, MediaType: "application/json", Size: 4, Inline: []byte("null"),
				Digest: "sha256:74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
			})
		}
	}
	return out
}

// script is what the coming runs of an action do.
type script struct{ outcomes []Outcome }

// held is a run that goes on until Finish.
type held struct{ dispatch replica.Dispatch }

// Script says how the coming runs of an action, or of a condition's rule, end, in order; after the last one the registered action runs. It is named
// as "Stage/Action" or "Stage/Rule". A scripted type needs no registered action.
func (h *Harness) Script(action string, outcomes ...Outcome) {
	h.t.Helper()
	typeName, err := h.known(action)
	if err != nil {
		h.t.Fatalf("penstocktest: script: %v", err)
	}
	h.scripts[action] = &script{outcomes: outcomes}
	if _, served := h.served()[typeName]; !served {
		h.scripted[typeName] = true
		h.replica.Serve(h.served())
		h.settle()
	}
}

// served is what the harness runs: the registered types, and those that were ever scripted.
func (h *Harness) served() map[string]replica.Served {
	out := map[string]replica.Served{}
	types, _ := h.worker.Types()
	for _, t := range types {
		out[t.Name] = replica.Served{Outlive: t.Outlive, Rerun: t.Rerun}
	}
	for _, name := range h.actions.Types() {
		if key, job := h.actions.PolledBy(name); job {
			out[name] = replica.Served{Job: true, Query: key}
		}
	}
	for name := range h.scripted {
		out[name] = replica.Served{Rerun: true}
	}
	maps.DeleteFunc(out, func(name string, _ replica.Served) bool { return h.withdrawn[name] })
	return out
}

// Finish ends a run that Hold keeps going.
func (h *Harness) Finish(action string, outcome Outcome) {
	h.t.Helper()
	run, ok := h.held[action]
	if !ok {
		h.t.Fatalf("penstocktest: finish: no run of %s is held", action)
	}
	delete(h.held, action)
	h.report(run.dispatch.Stream, &machine.End{Ref: run.dispatch.Ref, Outcome: outcome.outcome(*run.dispatch.Task)})
	h.settle()
}

// known answers the type of an action or a rule, so that a script with a slip of the pen is not silently unused.
func (h *Harness) known(action string) (typeName string, err error) {
	var names []string
	for _, stage := range h.state().Plan().Stages {
		leaves := stage.Leaves
		for _, gate := range stage.Gates {
			leaves = slices.Concat(leaves, gate.Rules)
		}
		for _, leaf := range leaves {
			name := stage.Name + "/" + leaf.Name
			if name == action {
				return leaf.Type, nil
			}
			names = append(names, name)
		}
	}
	return "", errors.New("there is no action or rule " + action + "; there are " + join(names))
}
