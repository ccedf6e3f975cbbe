package machine

import (
	"slices"
	"time"
)

// The execution modes of a pipeline.
const (
	Superseded = "SUPERSEDED"
	Queued     = "QUEUED"
	Parallel   = "PARALLEL"
)

// Status is where an execution, a stage run or an action execution stands.
type Status string

// The statuses, spelled as the service's API does.
const (
	InProgress    Status = "InProgress"
	Stopping      Status = "Stopping"
	Stopped       Status = "Stopped"
	Succeeded     Status = "Succeeded"
	Failed        Status = "Failed"
	Cancelled     Status = "Cancelled"
	WasSuperseded Status = "Superseded"
	Abandoned     Status = "Abandoned"
	Skipped       Status = "Skipped"    // of a stage
	Errored       Status = "Errored"    // of a condition
	Overridden    Status = "Overridden" // of a condition
)

// Phase is what an action execution that is InProgress waits for.
type Phase uint8

// The phases.
const (
	Ended    Phase = iota // not in progress
	Ready                 // for a worker with a free slot
	Claimed               // for the outcome of a run
	Pending               // for Until, then to be entered again
	Backoff               // for Until, then for a further try
	Deciding              // for an approval
	Opening               // for a deployment window

	Outside Phase = 16 // for a job worker's answer: see Job
)

// State is a pipeline's stream: its definition, its gates and locks, the executions that live and each stage's latest one.
// Everything else has left for its record. Only apply writes to it.
type State struct {
	Name        string         `wire:"1"`
	Seq         uint64         `wire:"2"` // events applied
	Now         time.Time      `wire:"3"` // time of the last event; never goes back
	Version     int            `wire:"4"` // newest definition; 0: not defined
	Definitions map[int][]byte `wire:"5"` // canonical JSON of the versions in use
	Stages      []*Stage       `wire:"6"`
	Executions  []*Execution   `wire:"7"` // by number
	Started     uint64         `wire:"8"` // executions ever started
	Fence       uint64         `wire:"9"` // last fence given
	Quarantine  *Quarantine    `wire:"10"`
	Audit       AuditHead      `wire:"11"`
	Noted       []AuditEntry   `wire:"12"` // of the audit, behind its last page
	Announced   []Announcement `wire:"30"` // of each source action the last one
	Deleted     bool           `wire:"31"` // until it is defined again
	Retired     int            `wire:"32"` // the version that was deleted last: its executions, and older ones, are none of a new pipeline's

	Created time.Time         `wire:"20"` // of the first definition
	Updated time.Time         `wire:"21"` // of the newest definition
	Tags    map[string]string `wire:"22"`

	plans    map[int]*Plan
	compiled Plans    // to be found again: by apply after Decide, by the next state after a reload
	scratch  decision // the one being decided; kept for its memory
	shelf    shelf    // the record being written; kept for its memory
	ready    []Work   // of the last Next, kept for their memory
	running  []Work
	actions  []where // action executions in progress, by ID, which is the order in which they started
}

// where an action execution is found.
type where struct {
	execution *Execution
	run       *StageRun
	action    *ActionExecution
}

// goesOn reports whether something new may begin where it is. Rules are asked on failure when their stage has failed already.
func (w where) goesOn() bool {
	return w.execution.Halt == nil && (w.run.Status == InProgress || w.action.Gate == OnFailure)
}

// Stage is a gate, a lock and the latest run. It is known by name over all versions of the definition.
type Stage struct {
	Name   string    `wire:"1"`
	Closed *Closed   `wire:"2"` // the inbound transition is disabled
	Holder ID        `wire:"3"` // execution that holds the lock
	Queue  []ID      `wire:"4"` // executions that wait at the entry, in order of arrival
	Latest *StageRun `wire:"5"` // never set in PARALLEL mode, where runs belong to their executions
	Good   *Success  `wire:"6"` // latest success, kept where a failure rolls back to it
}

// Closed says why and since when a transition is disabled.
type Closed struct {
	Reason string    `wire:"1"`
	By     string    `wire:"2"`
	At     time.Time `wire:"3"`
}

// Execution is one set of revisions going through the pipeline.
type Execution struct {
	ID        ID                           `wire:"1"`
	Number    uint64                       `wire:"2"` // order of start within the pipeline
	Version   int                          `wire:"3"` // definition that it is pinned to
	Status    Status                       `wire:"4"`
	Trigger   Trigger                      `wire:"5"`
	Variables map[string]string            `wire:"6"`  // pipeline variables, fixed at start
	Overrides map[string]string            `wire:"7"`  // revisions asked for, by source action
	Revisions map[string]Revision          `wire:"8"`  // revisions found, by source action
	Artifacts map[string]Artifact          `wire:"9"`  // newest success of each name
	Outputs   map[string]map[string]string `wire:"10"` // output variables by namespace
	Started   time.Time                    `wire:"11"`
	Updated   time.Time                    `wire:"12"`
	Stage     int                          `wire:"13"` // index of the stage that it is in or waits for
	Waiting   time.Time                    `wire:"14"` // at the entry since; zero when inside or ended
	Halt      *Halt                        `wire:"15"`
	Attempt   int                          `wire:"16"` // 1, and one more for each retry
	Summary   string                       `wire:"17"`
	Passed    []string                     `wire:"18"` // stages that it succeeded in
	Rollback  *Rollback                    `wire:"19"` // set: the execution is of type ROLLBACK
	Run       *StageRun                    `wire:"20"` // PARALLEL mode only
	Past      []ActionRecord               `wire:"21"` // actions that have ended, since the last full page
	Pages     int                          `wire:"22"` // full pages, which have left for records

	RolledBack ID                `wire:"30"` // the rollback that its failure began
	Until      time.Time         `wire:"31"` // waiting at a disabled transition, it is lost then
	Keys       map[string]string `wire:"32"` // object keys asked for, by source action

	weight int // about how many bytes Past takes
}

// Trigger says what started an execution.
type Trigger struct {
	Type   string `wire:"1"`
	Detail string `wire:"2"`
}

// Rollback marks an execution that puts a stage back to an earlier one.
type Rollback struct {
	Target ID `wire:"1"`
}

// Halt says that an execution ends without going on: stopped by somebody, or outdated by a new definition.
type Halt struct {
	Outdated bool      `wire:"1"`
	Abandon  bool      `wire:"2"`
	Reason   string    `wire:"3"`
	By       string    `wire:"4"`
	At       time.Time `wire:"5"`
}

// StageRun is one execution's way through a stage.
type StageRun struct {
	Execution ID                 `wire:"1"`
	Stage     string             `wire:"2"`
	Version   int                `wire:"3"`
	Status    Status             `wire:"4"` // Failed as soon as an action has, though the lock is held until nothing runs
	Started   time.Time          `wire:"5"`
	Ended     time.Time          `wire:"6"`
	Actions   []*ActionExecution `wire:"7"` // latest of each action that has started, by leaf
	Lingering []Linger           `wire:"8"`
	Retries   int                `wire:"9"` // manual retries
	Rollback  bool               `wire:"10"`

	Conditions  []*ConditionRun `wire:"20"` // the latest evaluation at each gate
	AutoRetries int             `wire:"30"`
	LatestAuto  bool            `wire:"31"`  // the latest retry was automatic
	Retried     time.Time       `wire:"110"` // the latest retry; zero: none
}

// Linger is work whose action has ended while it may still run: abandoned or timed out. The lock waits for it, not for ever.
type Linger struct {
	Action  ID        `wire:"1"`
	Run     int       `wire:"2"`
	Fence   uint64    `wire:"3"`
	Worker  string    `wire:"4"`
	Outlive bool      `wire:"5"`
	Type    string    `wire:"6"`
	Until   time.Time `wire:"7"`
}

// ActionExecution is one run of an action in an execution, or of a rule of a condition.
type ActionExecution struct {
	ID          ID                `wire:"1"`
	Leaf        int               `wire:"2"` // index in the stage's plan
	Status      Status            `wire:"3"`
	Phase       Phase             `wire:"4"`
	Try         int               `wire:"5"`
	Run         int               `wire:"6"` // last run started
	Lost        int               `wire:"7"` // workers lost on this try
	Attach      bool              `wire:"8"` // Ready, and the run outlived its engine: claim the same run again
	Fence       uint64            `wire:"9"`
	Worker      string            `wire:"10"` // who claimed it
	Outlive     bool              `wire:"11"`
	Rerun       bool              `wire:"12"`
	Until       time.Time         `wire:"13"`
	Deadline    time.Time         `wire:"14"` // zero: nobody has taken it yet
	Resume      string            `wire:"15"`
	Token       ID                `wire:"16"` // of an approval
	Started     time.Time         `wire:"17"`
	Changed     time.Time         `wire:"18"`
	Percent     int               `wire:"19"`
	Summary     string            `wire:"20"`
	ExternalID  string            `wire:"21"`
	ExternalURL string            `wire:"22"`
	By          string            `wire:"23"` // who decided or abandoned it
	Failure     *Failure          `wire:"24"` // of the last try
	Resolved    map[string]string `wire:"25"` // configuration entries that held references
	Inputs      []Artifact        `wire:"26"` // without content, which the execution keeps
	Outputs     []Artifact        `wire:"27"` // without content
	Variables   map[string]string `wire:"28"`
	Revision    *Revision         `wire:"29"`
	Job         *Job              `wire:"40"` // while it is at job workers
	Stored      []Artifact        `wire:"41"` // what job workers have put out so far
	Gate        Gate              `wire:"42"` // set: it is an execution of a rule, and Leaf an index in its condition
}

// Artifact is a name bound to content.
type Artifact struct {
	Name      string `wire:"1"`
	Digest    string `wire:"2"`
	MediaType string `wire:"3"`
	Size      int64  `wire:"4"`
	Inline    []byte `wire:"5"`
	Same      bool   `wire:"6"` // in a record's past only: the execution's artifact of this name, so nothing else is kept of it
}

// bare is the artifact without its content: how those who only name it keep it.
func (a Artifact) bare() Artifact {
	a.Inline = nil
	return a
}

// Revision is what a source produced.
type Revision struct {
	ID      string    `wire:"1"`
	Summary string    `wire:"2"`
	URL     string    `wire:"3"`
	Created time.Time `wire:"4"`
}

// Failure is why an action failed.
type Failure struct {
	Code    string `wire:"1"`
	Message string `wire:"2"`
	Hint    string `wire:"3"`
}

// Success is what a rollback to an execution needs.
type Success struct {
	Execution ID                           `wire:"1"`
	Version   int                          `wire:"2"`
	Variables map[string]string            `wire:"3"`
	Revisions map[string]Revision          `wire:"4"`
	Artifacts map[string]Artifact          `wire:"5"`
	Outputs   map[string]map[string]string `wire:"6"`
}

// Quarantine says why a stream takes no input.
type Quarantine struct {
	Reason string    `wire:"1"`
	At     time.Time `wire:"2"`
}

// New is the state of a pipeline that does not exist yet.
func New(name string) *State {
	return &State{Name: name, plans: map[int]*Plan{}}
}

// Plan is the newest definition, compiled; nil when the pipeline is not defined.
func (s *State) Plan() *Plan { return s.plans[s.Version] }

// PlanOf is the definition that an execution is pinned to, compiled.
func (s *State) PlanOf(x *Execution) *Plan { return s.plans[x.Version] }

// Execution finds a live execution or a stage's latest one; nil when it has left for its record.
func (s *State) Execution(id ID) *Execution {
	for _, x := range slices.Backward(s.Executions) {
		if x.ID == id {
			return x
		}
	}
	return nil
}

// StageNamed finds a stage by name.
func (s *State) StageNamed(name string) *Stage {
	for _, st := range s.Stages {
		if st.Name == name {
			return st
		}
	}
	return nil
}

// Current is the run of the stage that the execution is in, or was in last.
func (s *State) Current(x *Execution) *StageRun {
	if x.Run != nil {
		return x.Run
	}
	plan := s.PlanOf(x)
	if plan == nil || x.Stage >= len(plan.Stages) {
		return nil
	}
	if st := s.StageNamed(plan.Stages[x.Stage].Name); st != nil && st.Latest != nil && st.Latest.Execution == x.ID {
		return st.Latest
	}
	return nil
}

// find looks an action execution in progress up. There are few, and reports are mostly about the latest.
func (s *State) find(id ID) (where, bool) {
	for _, w := range slices.Backward(s.actions) {
		if w.action.ID == id {
			return w, true
		}
	}
	return where{}, false
}

// working is an action execution that an event knows to be in progress.
func (s *State) working(id ID) *ActionExecution {
	w, _ := s.find(id)
	return w.action
}

func (s *State) track(w where) { s.actions = append(s.actions, w) }

func (s *State) untrack(id ID) {
	s.actions = slices.DeleteFunc(s.actions, func(w where) bool { return w.action.ID == id })
}

// Live reports whether the execution goes on.
func (x *Execution) Live() bool { return x.Status == InProgress || x.Status == Stopping }

// Inside reports whether the execution is in its stage, not waiting for it.
func (x *Execution) Inside() bool { return x.Live() && x.Waiting.IsZero() }

// busy reports whether something in the run goes on or may still go on.
func (r *StageRun) busy() bool {
	return len(r.Lingering) > 0 || slices.ContainsFunc(r.Actions, (*ActionExecution).live) || r.judging() != nil
}

// broken reports whether an action of the run has failed or was abandoned.
func (r *StageRun) broken() bool {
	return slices.ContainsFunc(r.Actions, func(a *ActionExecution) bool {
		return a.Status == Failed || a.Status == Abandoned
	})
}

func (a *ActionExecution) live() bool { return a.Status == InProgress }
