package machine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/store"
)

// recall finds the execution that a command takes up again: in the state, or else in its record, which is answered with it. Only PARALLEL
// executions come back from there: in the other modes who has left the state has been overtaken in every stage. nil: there is none.
func (d *decision) recall(id ID) (x *Execution, archived []byte, err error) {
	if x = d.Execution(id); x != nil {
		return x, nil, nil
	}
	record := d.records[ExecutionRef(d.Name, id)]
	if record == nil {
		return nil, nil, nil
	}
	x, mode, err := unarchive(record.Data)
	if err != nil {
		return nil, nil, refuse(CodeInvalid, "the record of execution "+id.String()+" cannot be read: "+err.Error(), "start an execution with its revisions instead")
	}
	if mode != Parallel {
		return nil, nil, nil
	}
	return x, record.Data, nil
}

// recalls names the record of an execution that has left the state.
func (s *State) recalls(id ID) []store.Ref {
	if id.IsZero() || !s.exists() || s.Execution(id) != nil {
		return nil
	}
	return []store.Ref{ExecutionRef(s.Name, id)}
}

// unarchive reads an execution's record back into what the state held of it.
func unarchive(record []byte) (x *Execution, mode string, err error) {
	is, err := readExecution(record)
	if err != nil {
		return nil, "", err
	}
	x = &is.Execution
	x.Run = is.Run
	x.weigh()
	return x, is.Mode, nil
}

// restore takes an execution back that had left for its record; without one it has not.
func (s *State) restore(record []byte) {
	if len(record) == 0 {
		return
	}
	x, _, err := unarchive(record)
	if err != nil {
		panic(fmt.Errorf("an execution cannot be restored: %w", err)) // Decide read it before
	}
	at, _ := slices.BinarySearchFunc(s.Executions, x.Number, func(other *Execution, number uint64) int { return cmp.Compare(other.Number, number) })
	s.Executions = slices.Insert(s.Executions, at, x)
}

// resumable is the run that a record keeps, because the execution may be taken up again in it; nil when it may not, or a stage keeps it.
func (x *Execution) resumable() *StageRun {
	if x.Run == nil || x.Status != Failed && x.Status != Stopped {
		return nil
	}
	kept := *x.Run
	kept.Actions = bare(kept.Actions)
	kept.Conditions = slices.Clone(kept.Conditions)
	for i, c := range kept.Conditions {
		judged := *c
		judged.Rules = bare(c.Rules)
		kept.Conditions[i] = &judged
	}
	return &kept
}

// bare are action executions that have ended without what their history tells, which may be large.
func bare(actions []*ActionExecution) []*ActionExecution {
	out := slices.Clone(actions)
	for i, a := range out {
		kept := *a
		kept.Resolved, kept.Inputs, kept.Outputs, kept.Variables, kept.Stored, kept.Resume = nil, nil, nil, nil, nil, ""
		out[i] = &kept
	}
	return out
}
