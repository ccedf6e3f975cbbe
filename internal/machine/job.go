package machine

import (
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// JobStatus is where a job stands until its action execution says how it went (spec B1, JobStatus).
type JobStatus string

// The statuses. A job is Created with its action execution, and Succeeded, Failed or TimedOut as that is.
const (
	JobStatusQueued     JobStatus = "Queued"     // for whoever polls
	JobStatusDispatched JobStatus = "Dispatched" // handed out; it goes back to the queue unless it is acknowledged in time
	JobStatusInProgress JobStatus = "InProgress" // acknowledged
)

// Job is one run of an action as job workers know it. Its nonce is the fence of the newest handing out.
type Job struct {
	ID     ID        `wire:"1"`
	Status JobStatus `wire:"2"`
	Queue  string    `wire:"3"` // that it is polled from; see Queue
	Until  time.Time `wire:"4"` // Dispatched: to be acknowledged by then
	Worker string    `wire:"5"` // who took it
	Client ID        `wire:"6"` // token that a third party's worker proves itself with
	Again  bool      `wire:"7"` // it continues what an earlier job of the action has begun
}

// begun reports whether somebody may be at the work.
func (j *Job) begun() bool { return j.Status == JobStatusInProgress || j.Again }

// out reports whether the job is in a worker's hands.
func (j *Job) out() bool { return j.Status == JobStatusDispatched || j.Status == JobStatusInProgress }

// KindJob are the records by which a job is found: by its ID for as long as a late answer is to be expected, by its queue while it
// waits there. Group: none; ID: the job's.
const KindJob = "job"

// jobMemory is how long the record of a job outlives the deadline of its action, for workers that answer late.
const jobMemory = 24 * time.Hour

// JobRecord says where a job is.
type JobRecord struct {
	Pipeline string    `wire:"1"`
	Action   ID        `wire:"2"`
	Queued   time.Time `wire:"3"`

	Execution ID     `wire:"4"`
	Stage     string `wire:"5"`
	Name      string `wire:"6"` // of the action
	Type      string `wire:"7"`
	Client    bool   `wire:"8"` // a third party's: it has a client token
}

// JobRef names a job's record.
func JobRef(job ID) store.Ref { return store.Ref{Kind: KindJob, ID: job.String()} }

// ReadJob reads a job's record.
func ReadJob(record *store.Record) (out JobRecord, err error) {
	if err = codec.Unmarshal(record.Data, &out); err != nil {
		return out, fmt.Errorf("job %s: %w", record.ID, err)
	}
	return out, nil
}

// QueueOf names the queue of an action type: of all its jobs, or, where workers poll by a configuration key, of those with one value.
func QueueOf(actionType, key, value string) string {
	if key == "" {
		return actionType
	}
	return actionType + "?" + key + "=" + value
}

// QueuedJobs asks the store for the jobs in a queue.
func QueuedJobs(queue string) store.Query {
	return store.Query{Kind: KindJob, Key: &store.Key{Name: "queued", Value: queue}, Ascending: true}
}

// file keeps a job's record in step with it.
func (d *decision) file(w where, job Job, queued bool) {
	leaf := d.leafOf(w.run, w.action)
	r := store.Record{
		Ref: JobRef(job.ID), Expires: d.forgets(w, job, queued),
		Data: codec.Marshal(&JobRecord{
			Pipeline: d.Name, Action: w.action.ID, Queued: w.action.Changed, Execution: w.execution.ID, Stage: w.run.Stage, Name: leaf.Name,
			Type: leaf.Type, Client: !job.Client.IsZero(),
		}),
	}
	if queued {
		r.Keys = []store.Key{{Name: "queued", Value: job.Queue}}
	}
	d.out.Records = append(d.out.Records, r)
}

// forgets is when nobody will ask for a job's record any more; zero where that cannot be told: it waits to be taken for as long as it takes.
func (d *decision) forgets(w where, job Job, queued bool) time.Time {
	switch timeout := d.leafOf(w.run, w.action).Timeout; {
	case !w.action.Deadline.IsZero():
		return w.action.Deadline.Add(jobMemory)
	case queued:
		return time.Time{}
	case job.Status == JobStatusDispatched: // it is acknowledged by then, or put back
		return job.Until.Add(timeout + jobMemory)
	default:
		return d.in(jobMemory)
	}
}

// JobView is a job with what its worker needs.
type JobView struct {
	Job
	Nonce    uint64
	Task     *executor.Task
	Category string
	Owner    string
}

// Job is a job that lives; false when it has ended, or never was.
func (s *State) Job(action, job ID) (JobView, bool) {
	w, ok := s.find(action)
	if !ok || w.action.Phase != Outside || w.action.Job.ID != job {
		return JobView{}, false
	}
	t := s.leafOf(w.run, w.action).ActionTypeID
	return JobView{Job: *w.action.Job, Nonce: w.action.Fence, Task: s.task(w), Category: t.Category, Owner: t.Owner}, true
}

// store keeps what a worker has put out; the newest of a name counts.
func (a *ActionExecution) store(artifact Artifact) {
	a.Stored = slices.DeleteFunc(a.Stored, func(old Artifact) bool { return old.Name == artifact.Name })
	a.Stored = append(a.Stored, artifact)
}
