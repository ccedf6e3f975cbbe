package penstock

import "time"

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	NoticeExecution NoticeKind = "execution" // an execution has come to another state
	NoticeStage     NoticeKind = "stage"     // an execution's way through a stage has
	NoticeAction    NoticeKind = "action"    // an action execution has
	NoticeApproval  NoticeKind = "approval"  // an approval waits
	NoticeCommand   NoticeKind = "command"   // a command has acted
)

// NoticeState is a state as the service's events spell it (spec C1).
type NoticeState string

// The states. Stages know all but SUPERSEDED, actions STARTED, SUCCEEDED, FAILED, ABANDONED and CANCELED.
const (
	StateStarted    NoticeState = "STARTED"
	StateResumed    NoticeState = "RESUMED"
	StateStopping   NoticeState = "STOPPING"
	StateStopped    NoticeState = "STOPPED"
	StateSucceeded  NoticeState = "SUCCEEDED"
	StateFailed     NoticeState = "FAILED"
	StateSuperseded NoticeState = "SUPERSEDED"
	StateCanceled   NoticeState = "CANCELED"
	StateAbandoned  NoticeState = "ABANDONED"
)

// Notice tells of something that happened, with what was known of it at that time.
type Notice struct {
	ID       string // a UUID: the same however often, and by whichever subscription, it is delivered
	Kind     NoticeKind
	Pipeline string // of a command on the catalogue CatalogueAudit, on a webhook WebhookAudit
	Event    uint64 // by which event of the pipeline; see Event.Version
	At       time.Time

	// Of executions, stages, actions and approvals.
	State      NoticeState // not of approvals
	Execution  string
	Version    int       // of the definition; of a command the newest one
	Attempt    int       // of the execution: 1, and one more for each retry
	Started    time.Time // of the execution, the execution's way through the stage, or the action execution: whatever the notice is about
	Trigger    ExecutionTrigger
	StopReason string // of an execution that is STOPPING
	Stage      string
	Retried    time.Time // when the stage was last retried; zero: never
	Action     *ActionNotice

	Command *AuditEntry
	Created bool // the command has created its pipeline
}

// ActionNotice is what a notice tells of an action execution.
type ActionNotice struct {
	Name            string
	ActionExecution string
	Type            ActionType
	Region          string            // as it is defined; may be empty
	Configuration   map[string]string // of an approval, with its references resolved
	Token           string            // of an approval
	Expires         time.Time         // of an approval
	Inputs          []ArtifactInfo    // when it starts
	Outputs         []ArtifactInfo    // when it succeeds
	Summary         string
	ExternalID      string
	ExternalURL     string
	Failure         *Failure // when it fails
}
