package search

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

// archive keeps who is about to leave the state for its record and may be retried from there: PARALLEL executions that fail or are stopped. In a
// world in which nobody retries any more it tells nothing apart.
func (w *world) archive(e machine.Event) {
	switch e := e.(type) {
	case *machine.ExecutionEnded:
		retried := w.left.Retries > 0 || slices.ContainsFunc(w.orders, func(o *order) bool { return o.verb == "retry" })
		if x := w.shadow.Execution(e.ID); retried && x.Run != nil && e.Status != machine.Succeeded {
			w.archived = append(w.archived, x)
		}
	case *machine.StageRetried:
		w.archived = slices.DeleteFunc(w.archived, func(x *machine.Execution) bool { return x.ID == e.Execution })
	}
}

// retriable is an execution by its place among those of the state and those that have left it.
func (w *world) retriable(i int) *machine.Execution {
	if live := len(w.shadow.Executions); i >= live {
		return w.archived[i-live]
	}
	return w.shadow.Executions[i]
}
