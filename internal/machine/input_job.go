package machine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
)

// The codes of refusals to job workers.
const (
	CodeInvalidJobState    Code = "InvalidJobState"             // the job has ended, or is not in progress
	CodeInvalidNonce       Code = "InvalidNonce"                // the job was handed out anew, or is not handed out
	CodeInvalidClientToken Code = "InvalidClientToken"          // not the token of the job's third party
	CodeOutputVariables    Code = "OutputVariablesSizeExceeded" // the output variables are too large
)

// Queue offers a ready action to job workers, instead of giving it to a worker of the engine's own.
type Queue struct {
	Action ID
	Key    string // configuration key that workers of its type poll by; empty: they poll for all
}

// queryLimit is how many characters a value has that workers poll by (spec B, PollForJobs).
const queryLimit = 50

func (in *Queue) decide(d *decision) error {
	w, ok := d.find(in.Action)
	if !ok || !w.action.claimable(d.now) || w.action.Attach {
		return refuse(CodeNotClaimable, "action execution "+in.Action.String()+" is not ready to run", "")
	}
	a, leaf := w.action, d.leafOf(w.run, w.action)
	value := leaf.value(in.Key, a.Resolved)
	if in.Key != "" && !isQuery(value) {
		message := fmt.Sprintf("its configuration %s is %.60q: job workers poll by 1 to %d letters, digits, - or _", in.Key, value, queryLimit)
		d.endAction(w, &ActionEnded{Status: Failed, Failure: &Failure{Code: "ConfigurationError", Message: message}})
		d.progress(w.execution)
		return nil
	}
	e := &JobQueued{At: d.now, ID: a.ID, Job: d.id(), Run: a.Run + 1, Queue: QueueOf(leaf.Type, in.Key, value), Again: a.Phase == Pending}
	if leaf.ActionTypeID.Owner == "ThirdParty" {
		e.Client = d.id()
	}
	d.emit(e)
	d.file(w, *a.Job, true)
	return nil
}

// value is a configuration entry with its references resolved.
func (leaf *Leaf) value(key string, resolved map[string]string) string {
	if value, ok := resolved[key]; ok {
		return value
	}
	return leaf.Configuration[key]
}

func isQuery(text string) bool {
	if text == "" || len(text) > queryLimit {
		return false
	}
	for _, c := range text {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// TakeJob hands a queued job to a worker that polled. The reply's nonce is good until the job is acknowledged or goes back to the queue.
type TakeJob struct {
	Action ID
	Job    ID
	By     string
}

func (in *TakeJob) decide(d *decision) error {
	w, ok := d.find(in.Action)
	if !ok || w.action.Phase != Outside || w.action.Job.ID != in.Job || w.action.Job.Status != JobStatusQueued {
		return refuse(CodeNotClaimable, "job "+in.Job.String()+" is not queued any more", "poll for another one")
	}
	a := w.action
	d.emit(&JobTaken{At: d.now, ID: a.ID, Job: in.Job, Fence: d.Fence + 1, Until: d.in(d.limits.JobVisibility), Worker: in.By})
	d.out.Reply.Nonce = a.Fence
	d.file(w, *a.Job, false)
	return nil
}

// JobClaim is what a worker says to prove that a job is its own.
type JobClaim struct {
	Action ID
	Job    ID
	Nonce  uint64 // of the handing out; 0 where the worker's protocol has none at this point
	Client ID     // token of a third party
}

// job finds the job that a worker speaks of.
func (d *decision) job(c JobClaim) (where, error) {
	w, ok := d.find(c.Action)
	if !ok || w.action.Phase != Outside || w.action.Job.ID != c.Job {
		return where{}, refuse(CodeInvalidJobState, "job "+c.Job.String()+" has ended", "drop the work")
	}
	if w.action.Job.Client != c.Client {
		return where{}, refuse(CodeInvalidClientToken, "the client token is not that of job "+c.Job.String(), "")
	}
	return w, nil
}

// atJob finds a job that is in progress under the worker's claim.
func (d *decision) atJob(c JobClaim) (where, error) {
	w, err := d.job(c)
	switch {
	case err != nil:
		return w, err
	case c.Nonce != 0 && c.Nonce != w.action.Fence:
		return w, d.staleNonce(c)
	case w.action.Job.Status != JobStatusInProgress:
		return w, refuse(CodeInvalidJobState, "job "+c.Job.String()+" is "+string(w.action.Job.Status)+", not InProgress", "acknowledge it first")
	default:
		return w, nil
	}
}

func (d *decision) staleNonce(c JobClaim) error {
	return refuse(CodeInvalidNonce, "nonce "+strconv.FormatUint(c.Nonce, 10)+" of job "+c.Job.String()+" is not good any more", "drop the job and poll again")
}

// AcknowledgeJob says that a worker begins with a job that it was handed. It is idempotent.
type AcknowledgeJob struct {
	JobClaim
	By string
}

func (in *AcknowledgeJob) decide(d *decision) error {
	w, err := d.job(in.JobClaim)
	if err != nil {
		return err
	}
	if !w.action.Job.out() || in.Nonce != w.action.Fence {
		return d.staleNonce(in.JobClaim)
	}
	if w.action.Job.Status == JobStatusDispatched {
		d.emit(&JobAcknowledged{At: d.now, ID: in.Action, Job: in.Job, Fence: in.Nonce, By: in.By, Deadline: d.begins(w)})
	}
	return nil
}

// StoreJob keeps an artifact that a worker puts out. Its content is stored, or inline.
type StoreJob struct {
	JobClaim
	Artifact Artifact
}

func (in *StoreJob) decide(d *decision) error {
	w, err := d.atJob(in.JobClaim)
	if err != nil {
		return err
	}
	outputs := d.leafOf(w.run, w.action).OutputArtifacts
	if !slices.ContainsFunc(outputs, func(out definition.Artifact) bool { return out.Name == in.Artifact.Name }) {
		return refuse(CodeInvalid, "artifact "+in.Artifact.Name+" is not among the outputs of the action", "")
	}
	d.emit(&JobStored{At: d.now, ID: in.Action, Job: in.Job, Artifact: in.Artifact})
	return nil
}

// EndJob is what a worker answers: a success, a failure, or, with Pending, that the work goes on and the action is to be offered
// again under a new job.
type EndJob struct {
	JobClaim
	Outcome     executor.Outcome // without artifacts: those that were stored count
	Percent     int
	ExternalID  string
	ExternalURL string
	By          string
}

func (in *EndJob) decide(d *decision) error {
	w, err := d.atJob(in.JobClaim)
	if err == nil {
		err = in.check(d.limits)
	}
	if err != nil {
		return err
	}
	out := in.Outcome
	d.progressJob(in)
	d.out.Reply.Execution = w.execution.ID
	summary := cut(out.Summary, 2048)
	switch {
	case out.Failure == nil && out.Pending != nil:
		d.emit(&ActionPending{At: d.now, ID: in.Action, Until: d.in(out.Pending.After), Resume: out.Pending.Resume, Summary: summary})
	case out.Failure == nil:
		d.succeedJob(w, &out, in.By)
	default:
		d.failTry(w, out.Failure, summary)
	}
	d.progress(w.execution)
	return nil
}

// check refuses what the service refuses: the worker may correct it and answer again.
func (in *EndJob) check(limits Limits) error {
	size := 0
	for key, value := range in.Outcome.Variables {
		size += len(key) + len(value)
		if !definition.IsVariableName(key) {
			return refuse(CodeInvalid, fmt.Sprintf("output variable %.60q: a name has letters, digits or any of @ - _", key), "")
		}
	}
	switch pending := in.Outcome.Pending; {
	case size > limits.OutputVariables:
		return refuse(CodeOutputVariables, fmt.Sprintf("the output variables have %d bytes, %d are allowed", size, limits.OutputVariables), "")
	case pending != nil && len(pending.Resume) > executor.ResumeLimit:
		return refuse(CodeInvalid, fmt.Sprintf("the continuation token has %d bytes, %d are allowed", len(pending.Resume), executor.ResumeLimit), "")
	case pending != nil && size > 0:
		return refuse(CodeInvalid, "a result with a continuation token has no output variables", "give them with the last result")
	}
	return nil
}

func (d *decision) progressJob(in *EndJob) {
	if in.Percent == 0 && in.ExternalID == "" {
		return
	}
	d.emit(&ActionProgressed{
		At: d.now, ID: in.Action, Percent: min(max(in.Percent, 0), 100), ExternalID: cut(in.ExternalID, 1024), ExternalURL: cut(in.ExternalURL, 2048),
	})
}

func (d *decision) succeedJob(w where, out *executor.Outcome, by string) {
	stored := slices.Clone(w.action.Stored)
	for _, artifact := range stored {
		out.Artifacts = append(out.Artifacts, executor.Artifact{Name: artifact.Name})
	}
	if failure := d.faultOf(w, out); failure != nil {
		d.failTry(w, failure, cut(out.Summary, 2048))
		return
	}
	e := &ActionEnded{Status: Succeeded, Outputs: stored, Variables: out.Variables, Summary: cut(out.Summary, 2048), By: by}
	if d.leafOf(w.run, w.action).ActionTypeID.Category == "Source" { // what others work on is no revision of the pipeline's
		e.Revision = revision(out.Revision)
	}
	d.endAction(w, e)
}

// redeliver puts jobs back that nobody acknowledged in time.
func (d *decision) redeliver() {
	for _, w := range d.actions {
		if a := w.action; a.Phase == Outside && a.Job.Status == JobStatusDispatched && !a.Job.Until.After(d.now) && !d.enough() {
			d.emit(&JobReturned{At: d.now, ID: a.ID, Job: a.Job.ID, Queue: a.Job.Queue})
			d.file(w, *a.Job, true)
		}
	}
}
