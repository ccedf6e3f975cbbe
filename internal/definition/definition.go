// Package definition is the canonical stored form of a pipeline: CodePipeline's own structure plus one optional
// "penstock" block for what that structure lacks. Builders, imports and the wire all meet here.
package definition

import (
	"strings"
	"time"
)

// Pipeline is a whole definition (CodePipeline PipelineDeclaration).
type Pipeline struct {
	Name           string                   `json:"name"`
	RoleArn        string                   `json:"roleArn,omitempty"`
	ArtifactStore  *ArtifactStore           `json:"artifactStore,omitempty"`
	ArtifactStores map[string]ArtifactStore `json:"artifactStores,omitempty"`
	Stages         []Stage                  `json:"stages"`
	Version        int                      `json:"version,omitempty"`
	ExecutionMode  string                   `json:"executionMode,omitempty"`
	PipelineType   string                   `json:"pipelineType,omitempty"`
	Variables      []Variable               `json:"variables,omitempty"`
	Triggers       []Trigger                `json:"triggers,omitempty"`
	Penstock       *Block                   `json:"penstock,omitempty"`
}

// ArtifactStore names where artifacts are kept.
type ArtifactStore struct {
	Type          string         `json:"type"`
	Location      string         `json:"location"`
	EncryptionKey *EncryptionKey `json:"encryptionKey,omitempty"`
}

// EncryptionKey names the key of an artifact store.
type EncryptionKey struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Variable is a pipeline-level variable; without a default a start must give it.
type Variable struct {
	Name         string `json:"name"`
	DefaultValue string `json:"defaultValue,omitempty"`
	Description  string `json:"description,omitempty"`
}

// Trigger starts executions on events of a source's repository.
type Trigger struct {
	ProviderType     string           `json:"providerType"`
	GitConfiguration GitConfiguration `json:"gitConfiguration"`
}

// GitConfiguration is the filter half of a Trigger.
type GitConfiguration struct {
	SourceActionName string        `json:"sourceActionName"`
	Push             []PushFilter  `json:"push,omitempty"`
	PullRequest      []PullRequest `json:"pullRequest,omitempty"`
}

// PushFilter matches pushes; its members are ANDed.
type PushFilter struct {
	Branches  *Patterns `json:"branches,omitempty"`
	FilePaths *Patterns `json:"filePaths,omitempty"`
	Tags      *Patterns `json:"tags,omitempty"`
}

// PullRequest matches pull requests; its members are ANDed.
type PullRequest struct {
	Events    []string  `json:"events,omitempty"`
	Branches  *Patterns `json:"branches,omitempty"`
	FilePaths *Patterns `json:"filePaths,omitempty"`
}

// Patterns are globs; excludes win.
type Patterns struct {
	Includes []string `json:"includes,omitempty"`
	Excludes []string `json:"excludes,omitempty"`
}

// Stage is a unit of exclusion (StageDeclaration).
type Stage struct {
	Name        string      `json:"name"`
	Blockers    []Blocker   `json:"blockers,omitempty"`
	Actions     []Action    `json:"actions"`
	BeforeEntry *Conditions `json:"beforeEntry,omitempty"`
	OnSuccess   *Conditions `json:"onSuccess,omitempty"`
	OnFailure   *OnFailure  `json:"onFailure,omitempty"`
}

// Blocker is reserved by the service; it is kept and ignored.
type Blocker struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Conditions gate a stage's entry or success.
type Conditions struct {
	Conditions []Condition `json:"conditions"`
}

// OnFailure says what follows a stage's failure: a result at once, or one that a condition decides.
type OnFailure struct {
	Result             string              `json:"result,omitempty"` // ROLLBACK or RETRY
	RetryConfiguration *RetryConfiguration `json:"retryConfiguration,omitempty"`
	Conditions         []Condition         `json:"conditions,omitempty"`
}

// RetryConfiguration says which actions an automatic stage retry runs again.
type RetryConfiguration struct {
	RetryMode string `json:"retryMode,omitempty"` // FAILED_ACTIONS or ALL_ACTIONS
}

// Condition is a set of rules with the result that it engages: FAIL, SKIP, ROLLBACK or RETRY.
type Condition struct {
	Result string `json:"result,omitempty"`
	Rules  []Rule `json:"rules,omitempty"`
}

// Rule is one check of a condition (RuleDeclaration).
type Rule struct {
	Name             string            `json:"name"`
	RuleTypeID       TypeID            `json:"ruleTypeId"`
	Configuration    map[string]string `json:"configuration,omitempty"`
	Commands         []string          `json:"commands,omitempty"`
	InputArtifacts   []Artifact        `json:"inputArtifacts,omitempty"`
	RoleArn          string            `json:"roleArn,omitempty"`
	Region           string            `json:"region,omitempty"`
	TimeoutInMinutes int               `json:"timeoutInMinutes,omitempty"`
}

// Action is one unit of work (ActionDeclaration).
type Action struct {
	Name                 string                `json:"name"`
	ActionTypeID         TypeID                `json:"actionTypeId"`
	RunOrder             int                   `json:"runOrder"`
	Configuration        map[string]string     `json:"configuration"`
	Commands             []string              `json:"commands,omitempty"`
	EnvironmentVariables []EnvironmentVariable `json:"environmentVariables,omitempty"`
	OutputVariables      []string              `json:"outputVariables,omitempty"`
	OutputArtifacts      []Artifact            `json:"outputArtifacts"`
	InputArtifacts       []Artifact            `json:"inputArtifacts"`
	RoleArn              string                `json:"roleArn,omitempty"`
	Region               string                `json:"region,omitempty"`
	Namespace            string                `json:"namespace,omitempty"`
	TimeoutInMinutes     int                   `json:"timeoutInMinutes,omitempty"`
}

// EnvironmentVariable is set for a Commands action.
type EnvironmentVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type,omitempty"`
}

// Artifact names an artifact an action takes in or puts out.
type Artifact struct {
	Name  string   `json:"name"`
	Files []string `json:"files,omitempty"`
}

// TypeID names an action type or a rule type.
type TypeID struct {
	Category string `json:"category"`
	Owner    string `json:"owner"`
	Provider string `json:"provider"`
	Version  string `json:"version"`
}

// String is Category/Owner/Provider/Version, the name by which executors serve a type.
func (t TypeID) String() string {
	return strings.Join([]string{t.Category, t.Owner, t.Provider, t.Version}, "/")
}

// ManualApproval is the service's approval type: it runs nowhere and waits for a decision.
var ManualApproval = TypeID{Category: "Approval", Owner: "AWS", Provider: "Manual", Version: "1"}

// What an update does to live executions.
const (
	UpdateCancels  = "CANCEL" // they are Cancelled, as the service does it
	UpdateFinishes = "FINISH" // they go on under their own definition, or the update is refused
)

// Block is the "penstock" member: what CodePipeline's structure cannot say.
type Block struct {
	Update string                `json:"update,omitempty"` // what an update with this definition does to live executions: CANCEL, the default, or FINISH
	Stages map[string]StageBlock `json:"stages,omitempty"`
}

// StageBlock holds a stage's group shape and its actions' settings.
type StageBlock struct {
	// Tree is the shape of the stage's groups; nil where run orders say all there is to say.
	Tree    *Node                  `json:"tree,omitempty"`
	Actions map[string]ActionBlock `json:"actions,omitempty"`
}

// Node is exactly one of an action's name, a sequence or a parallel group.
type Node struct {
	Action   string `json:"action,omitempty"`
	Sequence []Node `json:"sequence,omitempty"`
	Parallel []Node `json:"parallel,omitempty"`
	Limit    int    `json:"limit,omitempty"` // of a parallel group: how many members run at once; 0 is all
}

// ActionBlock holds an action's settings that CodePipeline lacks.
type ActionBlock struct {
	Timeout Duration `json:"timeout,omitempty"` // of the whole action execution, in any unit
	Retry   *Retry   `json:"retry,omitempty"`
	Tags    []string `json:"tags,omitempty"`
}

// Retry is an action's own retry policy: further tries inside one action execution.
type Retry struct {
	Max        int      `json:"max"`                  // further tries after the first
	Backoff    Duration `json:"backoff,omitempty"`    // wait before the second try; doubles each try
	MaxBackoff Duration `json:"maxBackoff,omitempty"` // upper bound of the wait
	Jitter     float64  `json:"jitter,omitempty"`     // 0 to 1: the share of the wait that is random
}

// Duration is a time.Duration written as text ("1h30m0s").
type Duration time.Duration

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}
