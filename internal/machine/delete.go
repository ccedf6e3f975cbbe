package machine

import (
	"slices"
	"time"
)

// Delete ends a pipeline: nothing can be done to it any more until it is defined again. Its history stays. Deleting what is not there is no
// error (spec B1, DeletePipeline).
type Delete struct {
	By string
}

// deleted is why the executions of a deleted pipeline ended.
const deleted = "the pipeline was deleted"

func (in *Delete) decide(d *decision) error {
	if !d.exists() {
		d.out.Reply.Unchanged = true
		return nil
	}
	d.emit(&PipelineDeleted{At: d.now, By: in.By})
	d.out.Gone = append(d.out.Gone, PipelineRef(d.Name))
	for _, x := range slices.Clone(d.Executions) { // first those that wait, so that nobody enters what the others leave
		if x.Live() && !x.Inside() {
			d.end(x, Cancelled, deleted)
		}
	}
	for _, x := range slices.Clone(d.Executions) {
		if !x.Live() || x.Halt != nil && x.Halt.Abandon {
			continue
		}
		d.emit(&ExecutionOutdated{At: d.now, ID: x.ID, Version: d.Version, Abandon: true, By: in.By})
		d.quiesce(x)
		d.progress(x)
	}
	return nil
}

// PipelineDeleted says that the pipeline is gone until it is defined again.
type PipelineDeleted struct {
	At time.Time `wire:"1"`
	By string    `wire:"2"`
}

// Kind names the event.
func (*PipelineDeleted) Kind() string { return "pipeline.deleted" }

// When is the time it was decided at.
func (e *PipelineDeleted) When() time.Time { return e.At }

func (e *PipelineDeleted) apply(s *State) {
	s.Deleted, s.Retired, s.Announced, s.Tags = true, s.Version, nil, nil
	for _, st := range s.Stages {
		st.Closed, st.Good = nil, nil
	}
}

// recreate takes a deleted pipeline back: what its stages were is history. Versions go on, for the records of its executions name theirs.
func (s *State) recreate() {
	s.Deleted = false
	for _, st := range s.Stages {
		if st.Holder.IsZero() {
			st.Latest = nil
		}
	}
}
