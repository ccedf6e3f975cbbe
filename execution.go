package penstock

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// Status is where an execution, a stage or an action stands, spelled as the service's API does.
type Status string

// The statuses. An execution that waits is InProgress.
const (
	StatusInProgress Status = "InProgress"
	StatusStopping   Status = "Stopping"
	StatusStopped    Status = "Stopped"
	StatusSucceeded  Status = "Succeeded"
	StatusSuperseded Status = "Superseded"
	StatusFailed     Status = "Failed"
	StatusCancelled  Status = "Cancelled"
	StatusAbandoned  Status = "Abandoned"
	StatusSkipped    Status = "Skipped"    // of a stage: its condition before entry said so
	StatusErrored    Status = "Errored"    // of a condition: a rule could not be judged
	StatusOverridden Status = "Overridden" // of a condition
)

// Ended reports whether nothing follows by itself. Failed and Stopped executions go on when they are retried.
func (s Status) Ended() bool { return s != StatusInProgress && s != StatusStopping }

// Execution is one set of revisions going through a pipeline.
type Execution struct {
	Pipeline      string
	ID            string
	Number        int // order of start within the pipeline, from 1
	Version       int // of the definition that it is pinned to
	Mode          ExecutionMode
	Rollback      string // set: it puts a stage back to this execution
	RolledBack    string // the rollback that its failure began
	Status        Status
	Summary       string // why it ended, where there is something to say
	Trigger       string // StartPipelineExecution, CreatePipeline, AutomatedRollback …
	TriggerDetail string // who or what
	Stage         string // that it is in or waits for; the last one when it has ended
	Waiting       bool   // at the entry of Stage
	StopReason    string
	StoppedBy     string
	Attempt       int // 1, and one more for each retry
	Variables     map[string]string
	Revisions     map[string]Revision // found by source actions
	Artifacts     []ArtifactInfo      // newest of each name
	Started       time.Time
	Updated       time.Time
}

// ArtifactInfo describes stored content.
type ArtifactInfo struct {
	Name      string
	Digest    string // sha256:…
	MediaType string
	Size      int64
}

// ActionExecution is one run of an action in an execution. A retry of its stage makes a new one.
type ActionExecution struct {
	ID            string
	Execution     string
	Version       int
	Stage         string
	Action        string
	Type          string // Category/Owner/Provider/Version
	Namespace     string
	Status        Status
	Try           int // under the action's own retry policy, from 1
	Run           int // starts of its code, re-entries included
	Percent       int
	Summary       string
	ExternalID    string
	ExternalURL   string
	UpdatedBy     string // who decided it
	Failure       *Failure
	Token         string            // of an open approval
	Configuration map[string]string // with references resolved; of an ended one only the entries that held any
	Inputs        []ArtifactInfo
	Outputs       []ArtifactInfo
	Variables     map[string]string
	Started       time.Time
	Updated       time.Time
	Deadline      time.Time // when it times out; zero: nobody has taken it yet
}

// Failure is why an action failed.
type Failure struct {
	Code    string
	Message string
	Hint    string
}

// PipelineState is what a pipeline shows: its stages with what is in them and what waits.
type PipelineState struct {
	Pipeline    string
	Version     int
	Created     time.Time // when its first definition was made
	Updated     time.Time // when its newest definition was made
	Quarantined string    // reason; empty: it is not
	Stages      []StageState
	Live        []Execution         // in progress or stopping, oldest first
	Announced   []AnnouncedRevision // of each source action the last one, the newest at the end
}

// StageState is a gate, a lock and the latest run. In PARALLEL mode stages show nothing.
type StageState struct {
	Name       string
	Transition TransitionState
	Execution  string // of the latest run; empty: never entered
	Rollback   bool   // the latest run is a rollback
	Status     Status // of the latest run
	Retried    Retried
	Waiting    []string          // executions at its entry, in the order in which they will enter
	Actions    []ActionExecution // of the latest run, in the order of the definition; what has not started is absent
	Conditions []ConditionState  // of the latest run, in the order of the gates; what has not been evaluated is absent
}

// Retried says how often the latest run of a stage was retried, and what was the last time (spec B1, GetPipelineState).
type Retried struct {
	Automatically int
	ByHand        int
	Latest        string // "AutomatedStageRetry" or "ManualStageRetry"; empty: never
}

// TransitionState is the gate in front of a stage.
type TransitionState struct {
	Enabled   bool
	Reason    string
	ChangedBy string
	ChangedAt time.Time
}

// ReasonKind says what kind of thing an execution waits for.
type ReasonKind string

// The kinds of reasons.
const (
	WaitsForTransition ReasonKind = "transition" // to be enabled
	WaitsForStage      ReasonKind = "stage"      // held by another execution
	WaitsForWorker     ReasonKind = "worker"     // one that serves the type and has a free slot
	WaitsForRun        ReasonKind = "run"        // to end
	WaitsForJob        ReasonKind = "job"        // a job worker, to poll or to answer
	WaitsForPending    ReasonKind = "pending"    // the time to enter again
	WaitsForRetry      ReasonKind = "retry"      // the time of the next try
	WaitsForApproval   ReasonKind = "approval"   // a decision
	WaitsForWindow     ReasonKind = "window"     // a deployment window to open
	WaitsForLingering  ReasonKind = "lingering"  // work of an action that has ended, to be gone
	WaitsForRelease    ReasonKind = "quarantine" // the pipeline to be released
)

// Reason is one thing that an execution waits for.
type Reason struct {
	Kind   ReasonKind
	Stage  string
	Action string    // or rule
	Text   string    // a sentence for an operator
	Until  time.Time // when it ends by itself; zero: it does not
	Token  string    // of an approval
}

func executionView(pipeline string, plan *machine.Plan, x *machine.Execution) Execution {
	out := Execution{
		Pipeline: pipeline, ID: x.ID.String(), Number: int(x.Number), Version: x.Version, Status: Status(x.Status), Summary: x.Summary,
		Trigger: x.Trigger.Type, TriggerDetail: x.Trigger.Detail, Attempt: x.Attempt, Variables: maps.Clone(x.Variables),
		Revisions: map[string]Revision{}, Artifacts: artifactViews(x.Artifacts), Started: x.Started, Updated: x.Updated,
		Waiting: x.Live() && !x.Inside(),
	}
	out.RolledBack = x.RolledBack.String()
	if x.Rollback != nil {
		out.Rollback = x.Rollback.Target.String()
	}
	if x.Halt != nil {
		out.StopReason, out.StoppedBy = x.Halt.Reason, x.Halt.By
	}
	for action, r := range x.Revisions {
		out.Revisions[action] = Revision{ID: r.ID, Summary: r.Summary, URL: r.URL, Created: r.Created}
	}
	if plan != nil {
		out.Mode = ExecutionMode(plan.Mode)
		out.Stage = plan.Stages[min(x.Stage, len(plan.Stages)-1)].Name
	}
	return out
}

func actionView(r *machine.ActionRecord) ActionExecution {
	a := r.Action
	out := ActionExecution{
		ID: a.ID.String(), Execution: r.Execution.String(), Version: r.Version, Stage: r.Stage, Action: r.Name, Type: r.Type,
		Namespace: r.Namespace, Status: Status(a.Status), Try: a.Try, Run: a.Run, Percent: a.Percent, Summary: a.Summary,
		ExternalID: a.ExternalID, ExternalURL: a.ExternalURL, UpdatedBy: a.By, Variables: maps.Clone(a.Variables),
		Inputs: artifactInfos(a.Inputs), Outputs: artifactInfos(a.Outputs), Configuration: configurationView(r), Failure: failureView(a.Failure),
		Started: a.Started, Updated: a.Changed, Deadline: a.Deadline,
	}
	if a.Phase == machine.Deciding {
		out.Token = a.Token.String()
	}
	return out
}

// configurationView is what ran was configured with, references resolved.
func configurationView(r *machine.ActionRecord) map[string]string {
	out := map[string]string{}
	maps.Copy(out, r.Config)
	maps.Copy(out, r.Action.Resolved)
	return out
}

func failureView(f *machine.Failure) *Failure {
	if f == nil {
		return nil
	}
	return &Failure{Code: f.Code, Message: f.Message, Hint: f.Hint}
}

func stateView(s *machine.State) PipelineState {
	out := PipelineState{
		Pipeline: s.Name, Version: s.Version, Created: s.Created, Updated: s.Updated, Announced: announcedViews(s.Announced),
	}
	if s.Quarantine != nil {
		out.Quarantined = s.Quarantine.Reason
	}
	for _, v := range s.View() {
		out.Stages = append(out.Stages, stageView(v))
	}
	for _, x := range s.Executions {
		if x.Live() {
			out.Live = append(out.Live, executionView(s.Name, s.PlanOf(x), x))
		}
	}
	return out
}

func stageView(v machine.StageView) StageState {
	out := StageState{Name: v.Stage.Name, Transition: TransitionState{Enabled: true}}
	if c := v.Stage.Closed; c != nil {
		out.Transition = TransitionState{Reason: c.Reason, ChangedBy: c.By, ChangedAt: c.At}
	}
	if run := v.Stage.Latest; run != nil {
		out.Execution, out.Status, out.Rollback = run.Execution.String(), Status(run.Status), run.Rollback
		out.Retried = Retried{Automatically: run.AutoRetries, ByHand: run.Retries, Latest: run.LatestRetry()}
	}
	for _, id := range v.Stage.Queue {
		out.Waiting = append(out.Waiting, id.String())
	}
	for i := range v.Actions {
		out.Actions = append(out.Actions, actionView(&v.Actions[i]))
	}
	for _, c := range v.Conditions {
		out.Conditions = append(out.Conditions, conditionView(c))
	}
	return out
}

func reasonViews(in []machine.Reason) (out []Reason) {
	for _, r := range in {
		out = append(out, Reason{Kind: ReasonKind(r.Kind), Stage: r.Stage, Action: r.Action, Text: r.Text, Until: r.Until, Token: r.Token.String()})
	}
	return out
}

func artifactInfos(in []machine.Artifact) (out []ArtifactInfo) {
	for _, a := range in {
		out = append(out, ArtifactInfo{Name: a.Name, Digest: a.Digest, MediaType: a.MediaType, Size: a.Size})
	}
	return out
}

func artifactViews(in map[string]machine.Artifact) (out []ArtifactInfo) {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		a := in[name]
		out = append(out, ArtifactInfo{Name: name, Digest: a.Digest, MediaType: a.MediaType, Size: a.Size})
	}
	return out
}
