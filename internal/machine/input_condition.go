package machine

import "fmt"

// Override says that a condition does not count: the execution goes on as if it had held (spec C12, OverrideStageCondition).
type Override struct {
	Execution ID
	Stage     string
	Gate      Gate
	By        string
}

func (in *Override) decide(d *decision) error {
	st, err := d.stage(in.Stage)
	if err != nil {
		return err
	}
	x, archived, err := d.recall(in.Execution)
	if err != nil {
		return err
	}
	if x == nil || st.Latest != nil && st.Latest.Execution != x.ID && x.Run == nil {
		return refuse(CodeNotLatest, "execution "+in.Execution.String()+" is not the latest in stage "+in.Stage, "only a condition of a stage's latest execution can be overridden")
	}
	run := d.Current(x)
	if run == nil || run.Stage != in.Stage || !x.Waiting.IsZero() {
		return refuse(CodeNotOverridable, "execution "+in.Execution.String()+" is not in stage "+in.Stage, "")
	}
	c := run.condition(in.Gate)
	if why := d.overridable(x, run, c, in.Gate); why != "" {
		return refuse(CodeNotOverridable, fmt.Sprintf("the %s condition of stage %s cannot be overridden: %s", in.Gate, in.Stage, why), "")
	}
	if !x.Live() {
		if d.full(d.PlanOf(x)) {
			return d.tooMany()
		}
		d.out.Gone = append(d.out.Gone, ExecutionRef(d.Name, x.ID))
	}
	d.out.Reply.Execution = x.ID
	if other := run.judging(); other != nil {
		d.abandonRules(x, run, other, "the "+string(in.Gate)+" condition was overridden", in.By)
	}
	if other := run.judging(); other != nil && other != c {
		d.emit(&ConditionEnded{
			At: d.now, Execution: x.ID, Stage: run.Stage, Gate: other.Gate, Result: other.Result, Status: Abandoned,
			Summary: "the " + string(in.Gate) + " condition was overridden",
		})
	}
	d.emit(&ConditionOverridden{At: d.now, Execution: x.ID, Stage: run.Stage, Gate: in.Gate, By: in.By, Archived: archived})
	d.progress(d.Execution(x.ID))
	return nil
}

// overridable answers why a condition must not be overridden; "" when it may.
func (d *decision) overridable(x *Execution, run *StageRun, c *ConditionRun, gate Gate) string {
	st := d.StageNamed(run.Stage)
	switch {
	case c == nil:
		return "it has not been evaluated"
	case c.Result == resultSkip:
		return "what it decides is whether the stage is skipped"
	case gate == OnFailure && c.Status != InProgress:
		return "it is " + string(c.Status)
	case c.Status != InProgress && c.Status != Failed && c.Status != Errored:
		return "it is " + string(c.Status)
	case x.Version != d.Version && (x.Run == nil || !x.Live()):
		return "the definition has changed since"
	case x.Halt != nil:
		return "the execution is being stopped"
	case !x.Live() && x.Run == nil && !st.Holder.IsZero():
		return "another execution holds the stage"
	default:
		return ""
	}
}
