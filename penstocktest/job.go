package penstocktest

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Job is a job in the hands of a job worker under test.
type Job struct {
	h      *Harness
	claim  machine.JobClaim
	task   *executor.Task
	stored []string
}

// PollJob takes the oldest job of a type and acknowledges it, as a job worker would. It fails the test when none is queued. Where workers of
// the type poll by a configuration key, any value will do.
func (h *Harness) PollJob(of penstock.ActionType) *Job {
	h.t.Helper()
	j := h.TakeJob(of)
	j.Acknowledge()
	return j
}

// TakeJob is PollJob by a worker that has not acknowledged the job yet: after a minute it goes to somebody else.
func (h *Harness) TakeJob(of penstock.ActionType) *Job {
	h.t.Helper()
	for _, r := range h.state().Actions() {
		if job := r.Action.Job; job != nil && r.Type == of.String() && job.Status == machine.JobStatusQueued {
			reply := h.must(&machine.TakeJob{Action: r.Action.ID, Job: job.ID, By: Actor})
			view, _ := h.state().Job(r.Action.ID, job.ID)
			return &Job{h: h, task: view.Task, claim: machine.JobClaim{Action: r.Action.ID, Job: job.ID, Nonce: reply.Nonce, Client: job.Client}}
		}
	}
	h.t.Fatalf("penstocktest: no job of %s is queued:\n%s", of, h.Transcript())
	return nil
}

// Acknowledge says that the worker begins.
func (j *Job) Acknowledge() {
	j.h.t.Helper()
	j.h.must(&machine.AcknowledgeJob{JobClaim: j.claim, By: Actor})
}

// Config is the job's configuration with its references resolved; secrets are still references.
func (j *Job) Config() map[string]string { return j.task.Config }

// Continuation is what the result before this job carried.
func (j *Job) Continuation() string { return j.task.Resume }

// Store puts an output out as JSON, of up to 4 KiB.
func (j *Job) Store(output string, content any) {
	j.h.t.Helper()
	data, err := json.Marshal(content)
	if err != nil || len(data) > executor.InlineLimit {
		j.h.t.Fatalf("penstocktest: store %s: %d bytes, %v", output, len(data), err)
	}
	sum := sha256.New()
	sum.Write(data)
	j.h.must(&machine.StoreJob{JobClaim: j.claim, Artifact: machine.Artifact{
		Name: output, Digest: store.Digest(sum), MediaType: "application/json", Size: int64(len(data)), Inline: data,
	}})
	j.stored = append(j.stored, output)
}

// Succeed answers that the work is done, with output variables. Outputs that were not stored are stored as JSON null.
func (j *Job) Succeed(variables map[string]string) {
	j.h.t.Helper()
	j.answered(Outcome{variables: variables})
}

// Fail answers that the work failed; the action's retry policy may try it again.
func (j *Job) Fail(message string) {
	j.h.t.Helper()
	j.answered(Fail(message))
}

// Continue answers that the work goes on: the action is offered again, as a new job that carries the token.
func (j *Job) Continue(token string) {
	j.h.t.Helper()
	j.answered(Outcome{pending: &executor.Pending{Resume: token}})
}

func (j *Job) answered(o Outcome) {
	j.h.t.Helper()
	if err := j.Answer(o); err != nil {
		j.h.t.Fatalf("penstocktest: the answer was refused: %v", err)
	}
}

// Answer answers as a worker that may be late, or be wrong: it says what was refused, with a code of package penstock.
func (j *Job) Answer(o Outcome) error {
	j.h.t.Helper()
	out := o.outcome(*j.task)
	for _, a := range out.Artifacts {
		if slices.Contains(j.stored, a.Name) {
			continue
		}
		stored := machine.Artifact{Name: a.Name, Digest: a.Digest, MediaType: a.MediaType, Size: a.Size, Inline: a.Inline}
		if err := j.ask(&machine.StoreJob{JobClaim: j.claim, Artifact: stored}); err != nil {
			return err
		}
	}
	out.Artifacts = nil
	return j.ask(&machine.EndJob{JobClaim: j.claim, Outcome: out, By: Actor})
}

func (j *Job) ask(in machine.Input) error {
	_, err := j.h.command(in)
	if refusal, ok := errors.AsType[*machine.Error](err); ok {
		return &penstock.Error{Code: penstock.Code(refusal.Code), Op: "answer", Err: errors.New(refusal.Message), Hint: refusal.Hint}
	}
	return err
}
