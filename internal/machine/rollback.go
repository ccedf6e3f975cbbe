package machine

// resultRollback is what OnFailure says to go back to the last success.
const resultRollback = "ROLLBACK"

// rollBack starts a rollback after a failure in a stage that asks for one: a new execution that runs this stage alone, with what the
// stage's last success under the same version was made of. It reports whether it entered the stage.
func (d *decision) rollBack(failed *Execution, stage string) bool {
	plan, st := d.PlanOf(failed), d.StageNamed(stage)
	if plan == nil || st == nil {
		return false
	}
	index := plan.Index(stage)
	wanted := plan.Stages[index].undoes(d.Current(failed)) && plan.Mode != Parallel && failed.Rollback == nil
	if !wanted || st.Good == nil || st.Good.Version != failed.Version || failed.Version != d.Version {
		return false
	}
	e := &ExecutionStarted{
		At: d.now, ID: d.id(), Version: failed.Version, Stage: index, Rollback: &Rollback{Target: st.Good.Execution},
		Trigger: Trigger{Type: "AutomatedRollback", Detail: failed.ID.String()},
	}
	d.emit(e)
	d.enter(d.Execution(e.ID), stage)
	return true
}
