package penstock

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// FailureType says in which way a job failed (spec B1).
type FailureType string

// The types of failures. JobFailed, RevisionUnavailable and SystemUnavailable may be tried again under the action's retry policy.
const (
	FailureJob                 FailureType = "JobFailed"
	FailureConfiguration       FailureType = "ConfigurationError"
	FailurePermission          FailureType = "PermissionError"
	FailureRevisionOutOfSync   FailureType = "RevisionOutOfSync"
	FailureRevisionUnavailable FailureType = "RevisionUnavailable"
	FailureSystemUnavailable   FailureType = "SystemUnavailable"
)

// JobSuccess is a worker's answer that the work is done, or, with a Continuation, that it goes on.
type JobSuccess struct {
	ID         string // of the answer; the same ID acts once. Empty: not remembered
	Job        JobRef
	Variables  map[string]string // output variables; none with a Continuation
	Revision   *Revision         // of a source action: what it found
	Summary    string            // at most 2048 bytes; longer is cut
	Percent    int               // 0 to 100
	ExternalID string            // of the work in the system that does it
	// Continuation, 1 to 2048 bytes, ends this job and keeps the action in progress: it is offered again, under a new job that carries
	// the text, After some time.
	Continuation string
	After        time.Duration // with a Continuation: default at once
}

// JobFailure is a worker's answer that the work failed.
type JobFailure struct {
	ID         string // of the answer; the same ID acts once. Empty: not remembered
	Job        JobRef
	Type       FailureType // default FailureJob
	Message    string      // 1 to 5000 bytes
	ExternalID string
}

// AcknowledgeJob says that the worker begins. It may be said again. ErrInvalidNonce, ErrInvalidJobState, ErrJobNotFound: do not begin.
func (e *Engine) AcknowledgeJob(ctx context.Context, job JobRef) error {
	o := jobOrder{verb: VerbAcknowledge, ref: job, unnoted: true}
	return e.doJob(ctx, o, func(claim machine.JobClaim, actor string) (machine.Input, error) {
		return &machine.AcknowledgeJob{JobClaim: claim, By: actor}, nil
	})
}

// SucceedJob answers that the work is done, or goes on. Every output artifact of the action must have been stored, or it fails. What came too
// late is refused: ErrInvalidJobState, after a timeout, a stop or another answer; ErrInvalidNonce, after somebody else has taken over.
func (e *Engine) SucceedJob(ctx context.Context, answer JobSuccess) error {
	in := &machine.EndJob{Percent: answer.Percent, ExternalID: answer.ExternalID}
	in.Outcome = executor.Outcome{Variables: answer.Variables, Summary: answer.Summary}
	if r := answer.Revision; r != nil {
		in.Outcome.Revision = &executor.Revision{ID: r.ID, Summary: r.Summary, URL: r.URL, Created: r.Created}
	}
	o := jobOrder{verb: VerbSucceed, ref: answer.Job, id: answer.ID}
	o.request = struct{ Job, Summary, ExternalID string }{answer.Job.ID, cut(answer.Summary, summaryLimit), cut(answer.ExternalID, summaryLimit)}
	if answer.Continuation != "" {
		in.Outcome.Pending = &executor.Pending{After: answer.After, Resume: answer.Continuation}
		o.unnoted = answer.ID == ""
	}
	return e.endJob(ctx, o, in)
}

// FailJob answers that the work failed; see SucceedJob for what is refused.
func (e *Engine) FailJob(ctx context.Context, answer JobFailure) error {
	if answer.Type == "" {
		answer.Type = FailureJob
	}
	retryable, known := failureTypes[answer.Type]
	if !known || answer.Message == "" || len(answer.Message) > messageLimit {
		err := fmt.Errorf("a failure has a type of the service's and a message of 1 to %d bytes; this one is %q with %d", messageLimit, answer.Type, len(answer.Message))
		return &Error{Code: ErrInvalid, Op: string(VerbFail), Path: "job " + answer.Job.ID, Err: err}
	}
	in := &machine.EndJob{ExternalID: answer.ExternalID}
	in.Outcome.Failure = &executor.Failure{Code: string(answer.Type), Message: answer.Message, Retryable: retryable}
	o := jobOrder{verb: VerbFail, ref: answer.Job, id: answer.ID}
	o.request = struct{ Job, Type, Message string }{answer.Job.ID, string(answer.Type), answer.Message}
	return e.endJob(ctx, o, in)
}

// failureTypes says which may be tried again.
var failureTypes = map[FailureType]bool{
	FailureJob: true, FailureConfiguration: false, FailurePermission: false, FailureRevisionOutOfSync: false,
	FailureRevisionUnavailable: true, FailureSystemUnavailable: true,
}

func (e *Engine) endJob(ctx context.Context, o jobOrder, in *machine.EndJob) error {
	return e.doJob(ctx, o, func(claim machine.JobClaim, actor string) (machine.Input, error) {
		in.JobClaim, in.By = claim, actor
		return in, nil
	})
}

// JobDetails answers a job that has not ended. The nonce is not in it, except for third parties, who get it here.
func (e *Engine) JobDetails(ctx context.Context, job JobRef) (Job, error) {
	p, view, err := e.readJob(ctx, job)
	if err != nil {
		return Job{}, err
	}
	out, err := e.jobOf(ctx, p, view)
	if p.Client {
		out.Nonce = strconv.FormatUint(view.Nonce, 10)
	}
	return out, err
}

// LoadArtifact puts the content of an input of a job into a *Tree, a *File, a *Zip or a pointer to what its JSON is of.
func (e *Engine) LoadArtifact(ctx context.Context, job JobRef, name string, into any) error {
	_, view, err := e.readJob(ctx, job)
	if err != nil {
		return err
	}
	return (&taskRun{task: view.Task, host: taskHost{artifacts: e.config.Artifacts}}).load(ctx, name, into)
}

// StoreArtifact puts an output of a job out: a Tree, a File, a Zip, or anything else as JSON. It counts when the action succeeds, under whichever job;
// the newest of a name counts. ErrInvalid: the action has no such output.
func (e *Engine) StoreArtifact(ctx context.Context, job JobRef, name string, content any) error {
	if name == "" {
		return artifactError("store", name, ErrInvalid, "it has no name")
	}
	return e.doJob(ctx, jobOrder{verb: VerbStore, ref: job, unnoted: true}, func(claim machine.JobClaim, _ string) (machine.Input, error) {
		a, err := (&taskRun{task: &executor.Task{}, host: taskHost{artifacts: e.config.Artifacts}}).put(ctx, name, content)
		return &machine.StoreJob{JobClaim: claim, Artifact: machine.Artifact{
			Name: name, Digest: a.Digest, MediaType: a.MediaType, Size: a.Size, Inline: a.Inline,
		}}, err
	})
}

// readJob finds a job for somebody who may read it.
func (e *Engine) readJob(ctx context.Context, ref JobRef) (jobPlace, machine.JobView, error) {
	var view machine.JobView
	p, err := e.placeJob(ctx, VerbDetails, ref.ID)
	if err != nil {
		return p, view, err
	}
	access := p.access(VerbDetails)
	access.Actor = actorOf(ctx)
	if err := e.authorize(ctx, access); err != nil {
		return p, view, err
	}
	if view, err = e.jobView(ctx, VerbDetails, p); err != nil {
		return p, view, err
	}
	claim, err := ref.claim(p)
	switch {
	case err != nil:
	case claim.Client != view.Client:
		err = &Error{Code: ErrInvalidClientToken, Op: string(VerbDetails), Path: access.path(), Err: errors.New("the client token is not that of the job")}
	case claim.Nonce != 0 && claim.Nonce != view.Nonce:
		err = &Error{Code: ErrInvalidNonce, Op: string(VerbDetails), Path: access.path(), Err: errors.New("the job was handed out anew"), Hint: "drop the work"}
	}
	return p, view, err
}

// jobOrder is what a worker wants done with a job.
type jobOrder struct {
	verb    Verb
	ref     JobRef
	id      string
	request any
	unnoted bool // it does not change how a release goes, so the audit has no place for it
}

// jobCommand is a jobOrder for a job that was found.
type jobCommand struct {
	jobOrder
	place jobPlace
	input jobInput
}

type jobInput func(claim machine.JobClaim, actor string) (machine.Input, error)

func (c jobCommand) access() Access { return c.place.access(c.verb) }

func (c jobCommand) order(_ *Engine, actor string) (order, error) {
	claim, err := c.ref.claim(c.place)
	if err != nil {
		return order{}, err
	}
	in, err := c.input(claim, actor)
	return order{id: c.id, input: in, request: c.request}, err
}

func (e *Engine) doJob(ctx context.Context, o jobOrder, input jobInput) error {
	place, err := e.placeJob(ctx, o.verb, o.ref.ID)
	if err == nil {
		_, err = e.Do(ctx, jobCommand{jobOrder: o, place: place, input: input})
	}
	return err
}

// claim is the reference as the machine knows it.
func (r JobRef) claim(p jobPlace) (claim machine.JobClaim, err error) {
	claim = machine.JobClaim{Action: p.JobRecord.Action, Job: p.job}
	if r.Nonce != "" {
		if claim.Nonce, err = strconv.ParseUint(r.Nonce, 10, 64); err != nil || claim.Nonce == 0 {
			return claim, &Error{Code: ErrInvalidNonce, Path: "job " + r.ID, Err: fmt.Errorf("%.50q was never a nonce", r.Nonce)}
		}
	}
	if r.ClientToken != "" {
		if claim.Client, err = machine.ParseID(r.ClientToken); err != nil {
			return claim, &Error{Code: ErrInvalidClientToken, Path: "job " + r.ID, Err: errors.New("that was never a client token")}
		}
	}
	return claim, nil
}

func placeOf(record *store.Record) (p jobPlace, err error) {
	if p.JobRecord, err = machine.ReadJob(record); err == nil {
		p.job, err = machine.ParseID(record.ID)
	}
	if err != nil {
		return p, &Error{Code: ErrInternal, Op: "read", Path: "job " + record.ID, Err: err}
	}
	return p, nil
}

func jobEventView(out *Event, stored machine.Event) {
	switch s := stored.(type) {
	case *machine.JobQueued:
		out.ActionExecution, out.Run, out.Text = s.ID.String(), s.Run, s.Queue
	case *machine.JobTaken:
		out.ActionExecution, out.Actor = s.ID.String(), s.Worker
	case *machine.JobAcknowledged:
		out.ActionExecution, out.Actor = s.ID.String(), s.By
	case *machine.JobReturned:
		out.ActionExecution, out.Text = s.ID.String(), s.Queue
	case *machine.JobStored:
		out.ActionExecution, out.Text = s.ID.String(), s.Artifact.Name
	}
}
