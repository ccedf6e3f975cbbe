package machine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Start begins an execution with the newest definition.
type Start struct {
	Trigger   Trigger           // Type defaults to StartPipelineExecution, Detail to By
	Variables map[string]string // pipeline variables
	Revisions map[string]string // by source action: the revision to take instead of the newest
	Overrides []SourceOverride  // the same, with its type; at most 50 of both
	By        string

	announced *Announcement // it is started by
}

func (in *Start) decide(d *decision) error {
	if err := d.defined(); err != nil {
		return err
	}
	plan := d.Plan()
	e, err := plan.Begin(in, d.limits)
	if err != nil {
		return err
	}
	if d.full(plan) {
		return d.tooMany()
	}
	d.begin(e)
	return nil
}

// full reports whether as many executions live as may under a definition.
func (d *decision) full(plan *Plan) bool {
	return plan.Mode != Superseded && d.liveCount() >= d.limits.Executions
}

func (d *decision) tooMany() error {
	return refuse(CodeTooManyExecutions, fmt.Sprintf("pipeline %s has %d executions under way, its limit", d.Name, d.limits.Executions), "wait for one to end, or stop one")
}

// Begin is what a start leads to under a definition, its time and ID aside, or why it is refused whatever else goes on.
func (p *Plan) Begin(in *Start, limits Limits) (*ExecutionStarted, error) {
	if err := p.checkStart(in); err != nil {
		return nil, err
	}
	if err := in.checkTrigger(); err != nil {
		return nil, err
	}
	revisions, keys, err := p.override(in, limits.withDefaults().SourceRevisions)
	if err != nil {
		return nil, err
	}
	trigger := in.Trigger
	if trigger.Type == "" {
		trigger = Trigger{Type: "StartPipelineExecution", Detail: in.By}
	}
	return &ExecutionStarted{Trigger: trigger, Variables: p.values(in.Variables), Overrides: revisions, Keys: keys, By: in.By, Announced: in.announced}, nil
}

// values are the pipeline variables, as they are given or by default.
func (p *Plan) values(given map[string]string) map[string]string {
	variables := maps.Clone(given)
	for _, v := range p.Variables {
		if _, there := variables[v.Name]; !there {
			put(&variables, v.Name, v.DefaultValue)
		}
	}
	return variables
}

// begin starts an execution with the newest definition.
func (d *decision) begin(e *ExecutionStarted) {
	e.At, e.ID, e.Version = d.now, d.id(), d.Version
	d.emit(e)
	d.out.Reply.Execution = e.ID
	d.arrive(d.Execution(e.ID), 0)
}

// liveCount is how many executions count towards the limit. What a deleted pipeline left to end is none of a new one's.
func (s *State) liveCount() (n int) {
	for _, x := range s.Executions {
		if x.Live() && x.Version > s.Retired {
			n++
		}
	}
	return n
}

// required names the pipeline variables that a start must give.
func (p *Plan) required() (names []string) {
	for _, v := range p.Variables {
		if v.DefaultValue == "" {
			names = append(names, v.Name)
		}
	}
	return names
}

func (p *Plan) checkStart(in *Start) error {
	for _, name := range slices.Sorted(maps.Keys(in.Variables)) {
		if !slices.ContainsFunc(p.Pipeline.Variables, func(v definition.Variable) bool { return v.Name == name }) {
			return refuse(CodeInvalid, "pipeline "+p.Name+" declares no variable "+name, "")
		}
		if value := in.Variables[name]; value == "" || longer(value, 1000) {
			return refuse(CodeInvalid, "the value of variable "+name+" must have 1 to 1000 characters", "")
		}
	}
	missing := slices.DeleteFunc(p.required(), func(name string) bool { return in.Variables[name] != "" })
	if len(missing) > 0 {
		return refuse(CodeInvalid, "pipeline "+p.Name+" needs a value for "+strings.Join(missing, ", "), "give them at start, or declare a default")
	}
	for _, action := range slices.Sorted(maps.Keys(in.Revisions)) {
		if !p.hasSource(action) {
			return refuse(CodeInvalid, "pipeline "+p.Name+" has no source action "+action+" to take a revision", "")
		}
		if revision := in.Revisions[action]; revision == "" || longer(revision, 1500) {
			return refuse(CodeInvalid, "the revision for "+action+" must have 1 to 1500 characters", "")
		}
	}
	return nil
}

func (p *Plan) hasSource(action string) bool {
	return p.sourceNamed(action) != nil
}

// Stop ends an execution: it waits for what runs, or abandons it.
type Stop struct {
	Execution ID
	Abandon   bool
	Reason    string // at most 200 characters
	Disable   string // the stage whose transition is disabled at once, for the same reason, so that nobody comes after it; may be empty
	By        string
}

func (in *Stop) decide(d *decision) error {
	if err := d.defined(); err != nil {
		return err
	}
	if longer(in.Reason, 200) {
		return refuse(CodeInvalid, "the reason of a stop has at most 200 characters", "")
	}
	x := d.Execution(in.Execution)
	if x == nil || !x.Live() {
		return refuse(CodeNotStoppable, "execution "+in.Execution.String()+" is not in progress", "")
	}
	if x.Status == Stopping && (x.Halt.Abandon || !in.Abandon) {
		return refuse(CodeDuplicatedStop, "execution "+in.Execution.String()+" is being stopped already", "")
	}
	if in.Disable != "" {
		st, err := d.stage(in.Disable)
		if err != nil {
			return err
		}
		if in.Reason == "" {
			return refuse(CodeInvalid, "disabling the transition to "+in.Disable+" needs a reason", "say why, for the next operator")
		}
		d.shut(st, in.Reason, in.By)
	}
	d.out.Reply.Execution = x.ID
	inside := x.Inside()
	d.emit(&ExecutionStopping{At: d.now, ID: x.ID, Abandon: in.Abandon, Reason: in.Reason, By: in.By})
	if !inside {
		d.end(x, Stopped, in.Reason)
		return nil
	}
	d.quiesce(x)
	d.progress(x)
	return nil
}

// Retry runs a failed or stopped stage of an execution again.
type Retry struct {
	Execution ID
	Stage     string
	All       bool // ALL_ACTIONS; else FAILED_ACTIONS
	By        string
}

func (in *Retry) decide(d *decision) error {
	st, err := d.stage(in.Stage)
	if err != nil {
		return err
	}
	x, archived, err := d.recall(in.Execution)
	if err != nil {
		return err
	}
	if x == nil {
		return refuse(CodeNotLatest, "execution "+in.Execution.String()+" is not the latest in stage "+in.Stage, "only the latest execution of a stage can be retried")
	}
	run := d.Current(x)
	if run == nil || run.Stage != in.Stage {
		return d.refuseRetry(x, st)
	}
	if why := d.retryable(x, run, st, in.All); why != "" {
		return refuse(CodeNotRetryable, "stage "+in.Stage+" cannot be retried: "+why, "")
	}
	if !x.Live() {
		if x.Rollback == nil && d.full(d.PlanOf(x)) {
			return d.tooMany()
		}
		d.out.Gone = append(d.out.Gone, ExecutionRef(d.Name, x.ID))
	}
	d.emit(&StageRetried{At: d.now, Execution: x.ID, Stage: in.Stage, All: in.All, By: in.By, Archived: archived})
	d.out.Reply.Execution = x.ID
	d.progress(d.Execution(x.ID))
	return nil
}

func (d *decision) refuseRetry(x *Execution, st *Stage) error {
	if st.Latest != nil && d.Execution(st.Latest.Execution).Number > x.Number {
		return refuse(CodeNotLatest, "a later execution than "+x.ID.String()+" has entered stage "+st.Name, "")
	}
	return refuse(CodeNotRetryable, "execution "+x.ID.String()+" has nothing to retry in stage "+st.Name, "")
}

// retryable answers why a retry must be refused; "" when it must not.
func (d *decision) retryable(x *Execution, run *StageRun, st *Stage, all bool) string {
	switch {
	case x.Version != d.Version:
		return "the definition has changed since"
	case run.Status != Failed && run.Status != Stopped:
		return "it is " + string(run.Status)
	case x.Halt != nil && x.Live():
		return "the execution is being stopped"
	case !x.Live() && x.Run == nil && !st.Holder.IsZero():
		return "another execution holds it"
	case all && run.busy():
		return "an action of it is still running"
	case len(run.Lingering) > 0:
		return "work of an action that has ended may still run"
	case run.judging() != nil:
		return "its " + string(run.judging().Gate) + " condition is being evaluated"
	case !all && run.Status == Failed && !run.broken() && run.refusal() == nil:
		return "no action of it has failed"
	case !x.Waiting.IsZero():
		return "the execution waits for it"
	default:
		return ""
	}
}

// Approve answers an approval.
type Approve struct {
	Stage, Action string
	Token         ID
	Rejected      bool
	Summary       string // at most 512 characters
	By            string
}

func (in *Approve) decide(d *decision) error {
	if err := d.defined(); err != nil {
		return err
	}
	if longer(in.Summary, 512) {
		return refuse(CodeInvalid, "the summary of an approval has at most 512 characters", "")
	}
	run, a := d.approval(in.Stage, in.Token)
	named := a != nil && d.leafOf(run, a).Name == in.Action
	if !named { // else it may be of an older definition
		if _, err := d.stage(in.Stage); err != nil {
			return err
		}
		if !d.hasAction(in.Stage, in.Action) {
			return refuse(CodeActionNotFound, "stage "+in.Stage+" has no action "+in.Action, "")
		}
	}
	switch {
	case !named || !a.live() && !a.answered():
		return refuse(CodeInvalidToken, "the token is not that of an open approval of "+in.Stage+"/"+in.Action, "read the pipeline's state for the current one")
	case !a.live():
		return refuse(CodeApprovalCompleted, "the approval "+in.Stage+"/"+in.Action+" has been answered", "")
	}
	e := &ActionEnded{Status: Succeeded, Summary: in.Summary, By: in.By}
	if in.Rejected {
		e.Status, e.Failure = Failed, &Failure{Code: codeRejected, Message: strings.TrimSuffix("rejected by "+in.By+": "+in.Summary, ": ")}
	}
	w, _ := d.find(a.ID)
	d.endAction(w, e)
	d.out.Reply.Execution = w.execution.ID
	d.progress(w.execution)
	return nil
}

// answered reports whether an approval that has ended was answered, and not abandoned or timed out.
func (a *ActionExecution) answered() bool {
	return a.Status == Succeeded || a.Failure != nil && a.Failure.Code == codeRejected
}

const codeRejected = "Rejected"

func (d *decision) hasAction(stage, action string) bool {
	plan := d.Plan()
	return slices.ContainsFunc(plan.Stages[plan.Index(stage)].Leaves, func(l Leaf) bool { return l.Name == action })
}

// approval finds the approval with a token in the runs of a stage.
func (d *decision) approval(stage string, token ID) (*StageRun, *ActionExecution) {
	if token.IsZero() {
		return nil, nil
	}
	for _, run := range d.runs(stage) {
		for _, a := range run.Actions {
			if a.Token == token {
				return run, a
			}
		}
	}
	return nil, nil
}

// runs are the runs of a stage that the state holds.
func (s *State) runs(stage string) (runs []*StageRun) {
	if st := s.StageNamed(stage); st != nil && st.Latest != nil {
		runs = append(runs, st.Latest)
	}
	for _, x := range s.Executions {
		if x.Run != nil && x.Run.Stage == stage {
			runs = append(runs, x.Run)
		}
	}
	return runs
}

// leafOf is the plan of an action execution, or of a rule execution.
func (s *State) leafOf(run *StageRun, a *ActionExecution) *Leaf {
	plan := s.plans[run.Version]
	stage := &plan.Stages[plan.Index(run.Stage)]
	if a.Gate != "" {
		return &stage.gate(a.Gate).Rules[a.Leaf]
	}
	return &stage.Leaves[a.Leaf]
}
