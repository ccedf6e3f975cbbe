package machine

// What OnFailure says to retry the stage by itself, and which actions of it (spec C10).
const (
	resultRetry = "RETRY"
	allActions  = "ALL_ACTIONS"
)

// What a stage was retried by last, as the service spells it.
const (
	AutomatedStageRetry = "AutomatedStageRetry"
	ManualStageRetry    = "ManualStageRetry"
)

// autoRetry retries a stage that has failed, where its definition or its condition on failure says so: once a stage run, whatever was
// retried by hand. A stage that was kept out has nothing to retry by itself. The lock is kept. It reports whether the execution goes on.
func (d *decision) autoRetry(x *Execution) bool {
	run, after := d.Current(x), d.PlanOf(x).Stages[x.Stage].OnFailure
	wanted := after.Result == resultRetry && !run.keptOut() || run.demands(OnFailure, resultRetry)
	if !wanted || run.AutoRetries > 0 || x.Halt != nil {
		return false
	}
	all := after.RetryConfiguration != nil && after.RetryConfiguration.RetryMode == allActions
	d.emit(&StageRetried{At: d.now, Execution: x.ID, Stage: run.Stage, All: all, Auto: true})
	d.progress(x)
	return true
}

// LatestRetry says what the run was retried by last; "" when it never was.
func (r *StageRun) LatestRetry() string {
	switch {
	case r.LatestAuto:
		return AutomatedStageRetry
	case r.Retries > 0:
		return ManualStageRetry
	default:
		return ""
	}
}
