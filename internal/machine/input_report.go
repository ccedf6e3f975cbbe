package machine

import (
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

// Claim gives ready actions to a worker that has free slots for their types.
type Claim struct {
	Action  ID
	Worker  string
	Outlive bool
	Rerun   bool
}

func (in *Claim) decide(d *decision) error {
	w, ok := d.find(in.Action)
	if !ok || !w.action.claimable(d.now) {
		return refuse(CodeNotClaimable, "action execution "+in.Action.String()+" is not ready to run", "")
	}
	run := w.action.Run
	if !w.action.Attach {
		run++
	}
	d.emit(&ActionClaimed{
		At: d.now, ID: in.Action, Run: run, Fence: d.Fence + 1, Worker: in.Worker, Outlive: in.Outlive, Rerun: in.Rerun, Deadline: d.begins(w),
	})
	return nil
}

// begins is the deadline of an action that is taken for the first time; zero when it has one. Until somebody takes it nothing of it can be
// late: an action that nobody serves waits, and does not fail for that.
func (d *decision) begins(w where) time.Time {
	if !w.action.Deadline.IsZero() {
		return time.Time{}
	}
	return d.in(d.leafOf(w.run, w.action).Timeout)
}

// claimable reports whether the action may be given to a worker.
func (a *ActionExecution) claimable(now time.Time) bool {
	return a.Phase == Ready || (a.Phase == Pending || a.Phase == Backoff) && !a.Until.After(now)
}

// claimed finds the action that a report is about, if its claim still counts.
func (d *decision) claimed(ref Ref) (where, error) {
	w, ok := d.find(ref.Action)
	if !ok || w.action.Phase != Claimed || w.action.Fence != ref.Fence || w.action.Run != ref.Run {
		return where{}, refuse(CodeFenced, fmt.Sprintf("run %d of action execution %s with fence %d is no longer current", ref.Run, ref.Action, ref.Fence), "stop the work")
	}
	return w, nil
}

// Ref names a claim.
type Ref struct {
	Action ID
	Run    int
	Fence  uint64
}

// Progress is what a run says before it ends.
type Progress struct {
	Ref
	Percent     int
	Summary     string
	ExternalID  string
	ExternalURL string
}

func (in *Progress) decide(d *decision) error {
	if _, err := d.claimed(in.Ref); err != nil {
		return err
	}
	d.emit(&ActionProgressed{
		At: d.now, ID: in.Action, Percent: min(max(in.Percent, 0), 100), Summary: cut(in.Summary, 2048),
		ExternalID: cut(in.ExternalID, 1024), ExternalURL: cut(in.ExternalURL, 2048),
	})
	return nil
}

// End is the outcome of a run.
type End struct {
	Ref
	Outcome executor.Outcome
}

func (in *End) decide(d *decision) error {
	w, err := d.claimed(in.Ref)
	if err != nil {
		if _, run, _ := d.lingering(in.Action, in.Fence); run != nil { // its outcome is refused, but now it is known to be gone
			return (&Gone{Action: in.Action, Fence: in.Fence}).decide(d)
		}
		return err
	}
	failure := in.Outcome.Failure
	switch pending := in.Outcome.Pending; {
	case failure != nil:
	case pending == nil:
		failure = d.faultOf(w, &in.Outcome)
	case len(pending.Resume) > executor.ResumeLimit:
		failure = &executor.Failure{Code: "ConfigurationError", Message: fmt.Sprintf("what Pending carries has %d bytes, %d are allowed", len(pending.Resume), executor.ResumeLimit)}
	}
	summary := cut(in.Outcome.Summary, 2048)
	switch pending := in.Outcome.Pending; {
	case failure != nil:
		d.failTry(w, failure, summary)
	case pending != nil:
		d.emit(&ActionPending{At: d.now, ID: in.Action, Until: d.in(pending.After), Resume: pending.Resume, Summary: summary})
	default:
		d.endAction(w, &ActionEnded{
			Status: Succeeded, Outputs: artifacts(in.Outcome.Artifacts), Variables: in.Outcome.Variables, Revision: revision(in.Outcome.Revision), Summary: summary,
		})
	}
	d.progress(w.execution)
	return nil
}

// faultOf answers why a success cannot be accepted; nil when it can.
func (d *decision) faultOf(w where, outcome *executor.Outcome) *executor.Failure {
	leaf := d.leafOf(w.run, w.action)
	for _, out := range leaf.OutputArtifacts {
		if !slices.ContainsFunc(outcome.Artifacts, func(a executor.Artifact) bool { return a.Name == out.Name }) {
			return &executor.Failure{Code: "ConfigurationError", Message: "the action succeeded without storing its output artifact " + out.Name}
		}
	}
	if len(outcome.Artifacts) > len(leaf.OutputArtifacts) {
		return &executor.Failure{Code: "ConfigurationError", Message: "the action stored an artifact that it does not declare"}
	}
	size := 0
	for key, value := range outcome.Variables {
		size += len(key) + len(value)
	}
	if size > d.limits.OutputVariables {
		return &executor.Failure{Code: "OutputVariablesSizeExceeded", Message: fmt.Sprintf("the output variables have %d bytes, %d are allowed", size, d.limits.OutputVariables)}
	}
	return nil
}

// failTry ends a try: another one follows under the action's own policy, unless nothing new may start in the stage.
func (d *decision) failTry(w where, failure *executor.Failure, summary string) {
	kept := &Failure{Code: failure.Code, Message: cut(failure.Message, 5000), Hint: cut(failure.Hint, 2048)}
	retry := d.leafOf(w.run, w.action).Retry
	if failure.Retryable && w.action.Try <= retry.Max && w.goesOn() {
		d.drawn++
		next := w.action.Try + 1
		until := d.in(backoff(retry, next, d.seed.fraction(d.drawn)))
		d.emit(&ActionRetrying{At: d.now, ID: w.action.ID, Try: next, Until: until, Failure: kept})
		return
	}
	d.endAction(w, &ActionEnded{Status: Failed, Failure: kept, Summary: summary})
}

// Gone says that lingering work has ended.
type Gone struct {
	Action ID
	Fence  uint64
}

func (in *Gone) decide(d *decision) error {
	x, _, _ := d.lingering(in.Action, in.Fence)
	if x == nil {
		return refuse(CodeFenced, "nothing lingers under that fence", "")
	}
	d.emit(&WorkGone{At: d.now, Action: in.Action, Fence: in.Fence, Known: true})
	d.progress(x)
	return nil
}

// Lose takes back every claim of a worker whose replica is known to be gone.
type Lose struct {
	Worker string
}

func (in *Lose) decide(d *decision) error {
	for _, w := range slices.Clone(d.actions) {
		if w.action.live() && w.action.Phase == Claimed && w.action.Worker == in.Worker {
			d.lose(w)
		}
	}
	return nil
}

func (d *decision) lose(w where) {
	a := w.action
	d.emit(&WorkerLost{At: d.now, ID: a.ID, Worker: a.Worker, Attach: a.Outlive})
	again := a.Attach || a.Rerun && a.Lost <= d.limits.LostWorkers && w.goesOn()
	if again {
		return
	}
	message := "its worker was lost"
	if a.Rerun {
		message = fmt.Sprintf("its worker was lost %d times", a.Lost)
	}
	d.endAction(w, &ActionEnded{Status: Failed, Failure: &Failure{Code: "WorkerLost", Message: message, Hint: "see whether the work took effect before you retry the stage"}})
	d.progress(w.execution)
}

// Tick is time: what is due happens.
type Tick struct {
	One bool // no more than the first of it: all of it would not fit into one commit
}

func (in *Tick) decide(d *decision) error {
	d.one = in.One
	d.openWindows()
	for _, w := range slices.Clone(d.actions) {
		if a := w.action; a.live() && !a.Deadline.IsZero() && !a.Deadline.After(d.now) && !d.enough() {
			d.expire(w)
		}
	}
	d.expireSilent()
	d.redeliver()
	for _, x := range slices.Clone(d.Executions) {
		switch {
		case d.enough():
		case x.Inside():
			d.expireLingering(x)
		case x.Live() && !x.Until.IsZero() && !x.Until.After(d.now):
			d.end(x, Cancelled, fmt.Sprintf("the transition to %s was disabled for too long", d.PlanOf(x).Stages[x.Stage].Name))
		}
	}
	return nil
}

// enough reports whether the one thing that was to happen has.
func (d *decision) enough() bool { return d.one && len(d.out.Events) > 0 }

func (d *decision) expire(w where) {
	a := w.action
	e := &ActionEnded{Status: Failed, Linger: d.linger(w.run, a)}
	e.Failure = &Failure{Code: "TimedOut", Message: "it had not ended by " + a.Deadline.Format(time.RFC3339)}
	if a.Deadline.After(d.now) {
		e.Failure.Message = "it had said nothing since " + a.Changed.Format(time.RFC3339)
	}
	if a.Phase == Deciding {
		e.Failure.Message = "nobody decided by " + a.Deadline.Format(time.RFC3339)
	}
	if a.Phase == Opening {
		e.Failure.Message = "the deployment window did not open by " + a.Deadline.Format(time.RFC3339)
	}
	d.endAction(w, e)
	d.progress(w.execution)
}

func (d *decision) expireLingering(x *Execution) {
	run := d.Current(x)
	over := false
	for _, l := range slices.Clone(run.Lingering) {
		if !l.Until.After(d.now) {
			over = true
			d.emit(&WorkGone{At: d.now, Action: l.Action, Fence: l.Fence})
		}
	}
	if over {
		d.progress(x)
	}
}

func artifacts(from []executor.Artifact) (to []Artifact) {
	for _, a := range from {
		to = append(to, Artifact{Name: a.Name, Digest: a.Digest, MediaType: a.MediaType, Size: a.Size, Inline: a.Inline})
	}
	return to
}

func revision(from *executor.Revision) *Revision {
	if from == nil {
		return nil
	}
	return &Revision{ID: cut(from.ID, 1500), Summary: cut(from.Summary, 2048), URL: cut(from.URL, 2048), Created: from.Created}
}
