package machine

import "time"

// JobQueued offers a run of an action to whoever polls.
type JobQueued struct {
	At     time.Time `wire:"1"`
	ID     ID        `wire:"2"` // of the action execution
	Job    ID        `wire:"3"`
	Run    int       `wire:"4"`
	Queue  string    `wire:"5"`
	Client ID        `wire:"6"` // set: a third party's
	Again  bool      `wire:"7"` // it continues what an earlier job has begun
}

// Kind names the event.
func (*JobQueued) Kind() string { return "job.queued" }

// When is the time it was decided at.
func (e *JobQueued) When() time.Time { return e.At }

func (e *JobQueued) apply(s *State) {
	a := s.working(e.ID)
	a.Phase, a.Run, a.Until, a.Changed = Outside, e.Run, time.Time{}, e.At
	a.Job = &Job{ID: e.Job, Status: JobStatusQueued, Queue: e.Queue, Client: e.Client, Again: e.Again}
}

// JobTaken hands a job to a worker that polled. The fence is its nonce.
type JobTaken struct {
	At     time.Time `wire:"1"`
	ID     ID        `wire:"2"`
	Job    ID        `wire:"3"`
	Fence  uint64    `wire:"4"`
	Until  time.Time `wire:"5"` // it goes back to the queue then, unless it is acknowledged
	Worker string    `wire:"6"`
}

// Kind names the event.
func (*JobTaken) Kind() string { return "job.taken" }

// When is the time it was decided at.
func (e *JobTaken) When() time.Time { return e.At }

func (e *JobTaken) apply(s *State) {
	a := s.working(e.ID)
	s.Fence = e.Fence
	a.Fence, a.Changed = e.Fence, e.At
	a.Job.Status, a.Job.Until, a.Job.Worker = JobStatusDispatched, e.Until, e.Worker
}

// JobAcknowledged says that a worker is at the job.
type JobAcknowledged struct {
	At    time.Time `wire:"1"`
	ID    ID        `wire:"2"`
	Job   ID        `wire:"3"`
	Fence uint64    `wire:"4"`
	By    string    `wire:"5"`

	Deadline time.Time `wire:"70"` // the first time: the action's timeout begins
}

// Kind names the event.
func (*JobAcknowledged) Kind() string { return "job.acknowledged" }

// When is the time it was decided at.
func (e *JobAcknowledged) When() time.Time { return e.At }

func (e *JobAcknowledged) apply(s *State) {
	a := s.working(e.ID)
	a.Changed = e.At
	a.Job.Status, a.Job.Until, a.Job.Worker = JobStatusInProgress, time.Time{}, e.By
	a.begin(e.Deadline)
}

// JobReturned puts a job that nobody acknowledged back into its queue.
type JobReturned struct {
	At    time.Time `wire:"1"`
	ID    ID        `wire:"2"`
	Job   ID        `wire:"3"`
	Queue string    `wire:"4"`
}

// Kind names the event.
func (*JobReturned) Kind() string { return "job.returned" }

// When is the time it was decided at.
func (e *JobReturned) When() time.Time { return e.At }

func (e *JobReturned) apply(s *State) {
	a := s.working(e.ID)
	a.Changed = e.At
	a.Job.Status, a.Job.Until, a.Job.Worker = JobStatusQueued, time.Time{}, ""
}

// JobStored keeps an artifact that a worker has stored. It counts when the action succeeds.
type JobStored struct {
	At       time.Time `wire:"1"`
	ID       ID        `wire:"2"`
	Job      ID        `wire:"3"`
	Artifact Artifact  `wire:"4"`
}

// Kind names the event.
func (*JobStored) Kind() string { return "job.stored" }

// When is the time it was decided at.
func (e *JobStored) When() time.Time { return e.At }

func (e *JobStored) apply(s *State) {
	a := s.working(e.ID)
	a.Changed = e.At
	a.store(e.Artifact)
}
