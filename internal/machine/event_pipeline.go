package machine

import (
	"slices"
	"time"
)

// PipelineDefined is a new version of the definition.
type PipelineDefined struct {
	At         time.Time `wire:"1"`
	Version    int       `wire:"2"`
	Definition []byte    `wire:"3"` // canonical JSON
	By         string    `wire:"4"`

	Tags    map[string]string `wire:"5"`  // of a new pipeline
	Dropped []string          `wire:"60"` // settings of the version before that could not be kept, by path
}

// Kind names the event.
func (*PipelineDefined) Kind() string { return "pipeline.defined" }

// When is the time it was decided at.
func (e *PipelineDefined) When() time.Time { return e.At }

func (e *PipelineDefined) apply(s *State) {
	plan, err := s.compile(e.Version, e.Definition)
	if err != nil {
		panic(err) // Decide compiled it before; a stored one that no longer compiles is quarantined by the replica
	}
	if s.Version == 0 || s.Deleted {
		s.Created, s.Tags = e.At, e.Tags
	}
	if s.Deleted {
		s.recreate()
	}
	s.Version, s.Updated = e.Version, e.At
	if s.Definitions == nil {
		s.Definitions = map[int][]byte{}
	}
	s.Definitions[e.Version] = e.Definition
	s.plans[e.Version] = plan
	for _, stage := range plan.Stages {
		if s.StageNamed(stage.Name) == nil {
			s.Stages = append(s.Stages, &Stage{Name: stage.Name})
		}
	}
	s.Announced = slices.DeleteFunc(s.Announced, func(a Announcement) bool { return !plan.hasSource(a.Action) })
	s.forget()
}

// TransitionChanged opens or closes the gate in front of a stage.
type TransitionChanged struct {
	At      time.Time `wire:"1"`
	Stage   string    `wire:"2"`
	Enabled bool      `wire:"3"`
	Reason  string    `wire:"4"`
	By      string    `wire:"5"`
	Until   time.Time `wire:"30"` // set: who waits now is lost then
}

// Kind names the event.
func (*TransitionChanged) Kind() string { return "transition.changed" }

// When is the time it was decided at.
func (e *TransitionChanged) When() time.Time { return e.At }

func (e *TransitionChanged) apply(s *State) {
	st := s.StageNamed(e.Stage)
	st.Closed = nil
	if !e.Enabled {
		st.Closed = &Closed{Reason: e.Reason, By: e.By, At: e.At}
	}
	for _, id := range st.Queue {
		s.Execution(id).Until = e.Until
	}
}

// StreamQuarantined stops all input to the stream: an invariant broke.
type StreamQuarantined struct {
	At     time.Time `wire:"1"`
	Reason string    `wire:"2"`
	Input  string    `wire:"3"` // the input that broke it
}

// Kind names the event.
func (*StreamQuarantined) Kind() string { return "stream.quarantined" }

// When is the time it was decided at.
func (e *StreamQuarantined) When() time.Time { return e.At }

func (e *StreamQuarantined) apply(s *State) {
	s.Quarantine = &Quarantine{Reason: e.Reason, At: e.At}
}

// StreamReleased ends a quarantine.
type StreamReleased struct {
	At time.Time `wire:"1"`
	By string    `wire:"2"`
}

// Kind names the event.
func (*StreamReleased) Kind() string { return "stream.released" }

// When is the time it was decided at.
func (e *StreamReleased) When() time.Time { return e.At }

func (e *StreamReleased) apply(s *State) { s.Quarantine = nil }

// OwnerChanged says which replica drives the stream. Ownership is the store's to keep; the state does not know it.
type OwnerChanged struct {
	At     time.Time `wire:"1"`
	Worker string    `wire:"2"`
}

// Kind names the event.
func (*OwnerChanged) Kind() string { return "owner.changed" }

// When is the time it was decided at.
func (e *OwnerChanged) When() time.Time { return e.At }

func (e *OwnerChanged) apply(*State) {}

// forget drops what nothing refers to any more: ended executions that are no stage's latest, definitions that nothing runs under, and
// stages that are in no definition in use.
func (s *State) forget() {
	s.Executions = slices.DeleteFunc(s.Executions, func(x *Execution) bool {
		return !x.Live() && !slices.ContainsFunc(s.Stages, func(st *Stage) bool {
			return st.Latest != nil && st.Latest.Execution == x.ID
		})
	})
	for version := range s.Definitions {
		used := version == s.Version || slices.ContainsFunc(s.Executions, func(x *Execution) bool { return x.Version == version })
		if !used {
			delete(s.Definitions, version)
			delete(s.plans, version)
		}
	}
	s.Stages = slices.DeleteFunc(s.Stages, func(st *Stage) bool {
		return s.Plan().Index(st.Name) < 0 && st.Holder.IsZero() && len(st.Queue) == 0
	})
}
