package machine

import (
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// resultRollback is what OnFailure says to go back to the last success.
const resultRollback = "ROLLBACK"

// RollBack puts a stage back to an execution that succeeded in it: a new execution runs that stage alone, with the revisions, artifacts and
// variables of the target (spec C11).
type RollBack struct {
	Stage  string
	Target ID
	Hold   string // reason: disables the transition into the stage too, at most 300 characters; empty: the next that waits enters afterwards
	By     string
}

func (in *RollBack) decide(d *decision) error {
	st, err := d.stage(in.Stage)
	if err != nil {
		return err
	}
	if longer(in.Hold, 300) {
		return refuse(CodeInvalid, "the reason of a hold has at most 300 characters", "")
	}
	target, err := d.target(in.Target)
	if err != nil {
		return err
	}
	if target.Version != d.Version {
		return refuse(CodeOutdated, "execution "+in.Target.String()+" ran under another definition than the newest", "start an execution with its revisions instead")
	}
	if why := d.unfit(target, st); why != "" {
		return refuse(CodeNotRollbackable, "stage "+in.Stage+" cannot go back to execution "+in.Target.String()+": "+why, "")
	}
	if in.Hold != "" {
		d.shut(st, in.Hold, in.By)
	}
	e := &ExecutionStarted{
		At: d.now, ID: d.id(), Version: d.Version, Stage: d.Plan().Index(in.Stage), Rollback: &Rollback{Target: in.Target},
		Trigger: Trigger{Type: "ManualRollback", Detail: in.By}, By: in.By, Basis: target.success(),
	}
	d.emit(e)
	d.out.Reply.Execution = e.ID
	d.enter(d.Execution(e.ID), in.Stage)
	return nil
}

// target finds the execution to go back to, in the state or in its record.
func (d *decision) target(id ID) (*Execution, error) {
	if x := d.Execution(id); x != nil {
		return x, nil
	}
	record := d.records[ExecutionRef(d.Name, id)]
	if record == nil {
		return nil, refuse(CodeExecutionNotFound, "pipeline "+d.Name+" has no execution "+id.String(), "")
	}
	var head ExecutionHead
	if err := codec.Unmarshal(record.Data, &head); err != nil {
		return nil, refuse(CodeInvalid, "the record of execution "+id.String()+" cannot be read: "+err.Error(), "roll back to another one")
	}
	return &head.Execution, nil
}

// unfit answers why a stage cannot be put back to an execution of the newest definition; "" when it can.
func (d *decision) unfit(target *Execution, st *Stage) string {
	switch {
	case d.Plan().Mode == Parallel:
		return "a PARALLEL pipeline has no rollback"
	case d.Plan().Index(st.Name) == 0:
		return "it is the source stage"
	case target.Rollback != nil:
		return "that is a rollback itself"
	case !slices.Contains(target.Passed, st.Name):
		return "that did not succeed in it"
	case !st.Holder.IsZero():
		return "execution " + st.Holder.String() + " is in it"
	default:
		return ""
	}
}

// success is what a rollback to the execution starts with.
func (x *Execution) success() *Success {
	return &Success{
		Execution: x.ID, Version: x.Version, Variables: x.Variables,
		Revisions: maps.Clone(x.Revisions), Artifacts: maps.Clone(x.Artifacts), Outputs: maps.Clone(x.Outputs),
	}
}

// rollBack starts a rollback after a failure in a stage that asks for one: a new execution that runs this stage alone, with what the
// stage's last success under the same version was made of. The source stage has nothing to go back to. It reports whether it entered the stage.
func (d *decision) rollBack(failed *Execution, stage string) bool {
	plan, st := d.PlanOf(failed), d.StageNamed(stage)
	if plan == nil || st == nil {
		return false
	}
	index := plan.Index(stage)
	wanted := plan.Stages[index].undoes(d.Current(failed)) && plan.Mode != Parallel && failed.Rollback == nil && index > 0
	if !wanted || st.Good == nil || st.Good.Version != failed.Version || failed.Version != d.Version {
		return false
	}
	e := &ExecutionStarted{
		At: d.now, ID: d.id(), Version: failed.Version, Stage: index, Rollback: &Rollback{Target: st.Good.Execution},
		Trigger: Trigger{Type: "AutomatedRollback", Detail: failed.ID.String()}, Answers: failed.ID,
	}
	d.emit(e)
	d.out.Records = slices.DeleteFunc(d.out.Records, func(r store.Record) bool { return r.Ref == ExecutionRef(d.Name, failed.ID) })
	d.out.Records = append(d.out.Records, d.executionRecord(plan, failed)) // it names its rollback now
	d.enter(d.Execution(e.ID), stage)
	return true
}
