package oracle

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// job is a run of an action that workers outside do.
type job struct {
	id     machine.ID
	state  jobState
	queue  string
	until  time.Time // dispatched: it comes back then
	again  bool      // the work has begun under an earlier job
	client machine.ID
}

type jobState int

const (
	queuedJob jobState = iota
	dispatchedJob
	runningJob
)

// begun reports whether a worker may be at it.
func (j *job) begun() bool { return j.state == runningJob || j.again }

// mayBegin: S8.
func (s *stream) mayBegin(a *action, what string) {
	if !a.job.begun() && (a.run.execution.halt != goesOn || a.run.status != machine.InProgress) {
		s.Fail("S8", "job %s was %s though its execution was halted or its stage has failed", a.job.id, what)
	}
}

// jobQueued: S3, S8.
func (s *stream) jobQueued(e *machine.JobQueued) {
	a := s.action(e.ID, e.Kind())
	if a == nil {
		return
	}
	traits := s.ledger.Types[a.plan.Type]
	waits := a.phase == ready || (a.phase == pending || a.phase == backoff) && !a.until.After(e.At)
	switch {
	case !waits || a.attach || a.plan.Approval:
		s.Fail("S3", "action execution %s was queued though it was not ready", a.id)
	case !traits.Job || a.plan.Queue == "" || e.Queue != a.plan.Queue:
		s.Fail("S3", "action execution %s of type %s was queued as %s", a.id, a.plan.Type, e.Queue)
	case e.Run != a.number+1 || s.jobs[e.Job] || e.Job.IsZero():
		s.Fail("S3", "job %s is run %d of action execution %s, after run %d, or known already", e.Job, e.Run, a.id, a.number)
	case traits.Client == e.Client.IsZero():
		s.Fail("S3", "job %s of type %s has a client token=%t", e.Job, a.plan.Type, !e.Client.IsZero())
	case e.Again != (a.phase == pending):
		s.Fail("S3", "job %s continues=%t", e.Job, e.Again)
	}
	a.phase, a.number, a.until = outside, e.Run, time.Time{}
	a.job = &job{id: e.Job, queue: e.Queue, again: e.Again, client: e.Client}
	s.jobs[e.Job] = true
	s.mayBegin(a, "queued")
}

// jobOf finds the job that an event is about, in the state that it has to be in.
func (s *stream) jobOf(id, job machine.ID, kind string, state jobState) *action {
	a := s.action(id, kind)
	switch {
	case a == nil:
		return nil
	case a.job == nil || a.phase != outside || a.job.id != job || a.job.state != state:
		s.Fail("S3", "%s of job %s of action execution %s, which is not there, or not where it was", kind, job, id)
		return nil
	}
	return a
}

// jobTaken: S3, S8.
func (s *stream) jobTaken(e *machine.JobTaken) {
	a := s.jobOf(e.ID, e.Job, e.Kind(), queuedJob)
	if a == nil {
		return
	}
	if e.Fence <= s.fence {
		s.Fail("S3", "nonce %d of job %s does not rise over %d", e.Fence, e.Job, s.fence)
	}
	if !e.Until.Equal(e.At.Add(s.ledger.Limits.JobVisibility)) {
		s.Fail("S0", "job %s, taken at %s, comes back at %s", e.Job, e.At, e.Until)
	}
	s.mayBegin(a, "handed out")
	s.fence, a.fence = max(s.fence, e.Fence), e.Fence
	a.job.state, a.job.until = dispatchedJob, e.Until
}

// jobAcknowledged: S3, S8. Somebody really did, under the newest nonce.
func (s *stream) jobAcknowledged(e *machine.JobAcknowledged) {
	a := s.jobOf(e.ID, e.Job, e.Kind(), dispatchedJob)
	if a == nil {
		return
	}
	if e.Fence != a.fence || !s.ledger.Acknowledged[Claim{e.ID, e.Fence}] {
		s.Fail("S3", "job %s was acknowledged under nonce %d, the newest is %d", e.Job, e.Fence, a.fence)
	}
	s.mayBegin(a, "acknowledged")
	a.job.state, a.job.until = runningJob, time.Time{}
	s.begins(a, e.At, e.Deadline)
}

func (s *stream) jobReturned(e *machine.JobReturned) {
	a := s.jobOf(e.ID, e.Job, e.Kind(), dispatchedJob)
	if a == nil {
		return
	}
	if e.At.Before(a.job.until) {
		s.Fail("S3", "job %s went back to its queue at %s, before %s", e.Job, e.At, a.job.until)
	}
	s.mayBegin(a, "queued again")
	a.job.state, a.job.until = queuedJob, time.Time{}
}

// jobStored: S4, S13. What is kept was delivered for this job.
func (s *stream) jobStored(e *machine.JobStored) {
	a := s.jobOf(e.ID, e.Job, e.Kind(), runningJob)
	if a == nil {
		return
	}
	if d, ok := s.ledger.Deliveries[e.Artifact.Digest]; !ok || d.Job != e.Job || d.Fence != 0 && d.Fence != a.fence {
		s.Fail("S13", "job %s stored %s %s, which its worker did not deliver", e.Job, e.Artifact.Name, e.Artifact.Digest)
	}
	put := func(have machine.Artifact) bool { return have.Name == e.Artifact.Name }
	a.stored = append(slices.DeleteFunc(a.stored, put), e.Artifact)
}

// jobRecords judges that polls find what is queued and nothing else, and that every job is found by its ID.
func (o *Oracle) jobRecords(ctx context.Context) {
	queued := map[string]machine.ID{}
	for _, name := range slices.Sorted(maps.Keys(o.streams)) {
		for _, a := range o.streams[name].live {
			if a.phase == outside && a.job.state == queuedJob {
				queued[a.job.queue+" "+a.job.id.String()] = a.id
			}
		}
	}
	for _, queue := range o.ledger.Queues {
		page, err := o.store.List(ctx, machine.QueuedJobs(queue))
		if err != nil || page.Next != "" {
			o.Fail("store", "queue %s cannot be listed: %v", queue, err)
		}
		for i := range page.Records {
			is, err := machine.ReadJob(&page.Records[i])
			want, there := queued[queue+" "+page.Records[i].ID]
			if err != nil || !there || is.Action != want {
				o.Fail("record", "a poll finds job %s of action execution %s in %s, where it is not: %v", page.Records[i].ID, is.Action, queue, err)
			}
			delete(queued, queue+" "+page.Records[i].ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(queued)) {
		o.Fail("record", "no poll finds job %s", id)
	}
	o.everyJob(ctx)
}

func (o *Oracle) everyJob(ctx context.Context) {
	for _, name := range slices.Sorted(maps.Keys(o.streams)) {
		for _, a := range o.streams[name].live {
			if a.job == nil {
				continue
			}
			found, err := o.store.Get(ctx, machine.JobRef(a.job.id))
			if err != nil || found[0] == nil {
				o.Fail("record", "job %s goes on, and nobody can find it: %v", a.job.id, err)
			}
		}
	}
}

// sameJob reports whether a report is about the run that goes on: by its claim, or, for a job, by the job alone.
func (a *action) sameJob(r *Report) bool {
	if a.phase == outside {
		return a.job.state == runningJob && r.Job == a.job.id && r.Client == a.job.client && (r.Fence == 0 || r.Fence == a.fence)
	}
	return a.phase == claimedPhase && r.Fence == a.fence
}

// progressNonce is by which name a report of progress is known.
func progressNonce(e *machine.ActionProgressed) string { return cmp.Or(e.Summary, e.ExternalID) }

// Delivery is an artifact that a job's worker has handed in.
type Delivery struct {
	Job   machine.ID
	Fence uint64 // 0: it did not say
}
