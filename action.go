package penstock

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Category is what an action is for (spec A3).
type Category string

// The categories. A pipeline's first stage holds sources only, and no other stage holds any.
const (
	CategorySource   Category = "Source"
	CategoryBuild    Category = "Build"
	CategoryTest     Category = "Test"
	CategoryDeploy   Category = "Deploy"
	CategoryInvoke   Category = "Invoke"
	CategoryApproval Category = "Approval"
	CategoryCompute  Category = "Compute"
	CategoryRule     Category = "Rule" // no action: a rule of a condition
)

// Owner says whose an action type is (spec A3).
type Owner string

// The owners.
const (
	OwnerCustom     Owner = "Custom" // yours; the default
	OwnerAWS        Owner = "AWS"
	OwnerThirdParty Owner = "ThirdParty"
)

// ActionType names the contract of an action: what stored pipelines, workers and operators know it by. It is written by its author
// and never changes; a contract that changes gets another Version.
type ActionType struct {
	Category Category
	Owner    Owner  // default OwnerCustom; of a rule OwnerAWS, the one owner of rules that there is (spec A2)
	Provider string // 1 to 35 letters, digits, - or _
	Version  string // 1 to 9 letters, digits, - or _
}

// String is Category/Owner/Provider/Version.
func (t ActionType) String() string { return t.id().String() }

func (t ActionType) id() definition.TypeID {
	owner := OwnerCustom
	if t.Category == CategoryRule {
		owner = OwnerAWS
	}
	return definition.TypeID{
		Category: string(t.Category), Owner: string(cmp.Or(t.Owner, owner)), Provider: t.Provider, Version: t.Version,
	}
}

// ActionConfig is the stored half of an action: a struct whose exported fields are its configuration. Nothing else of it is kept.
// See the package documentation for the types that fields may have.
type ActionConfig interface {
	// ActionType says what it configures. It must answer on the zero value.
	ActionType() ActionType
}

// Action is one unit of work in a stage. The zero value is not useful: see NewAction.
type Action struct{ declared declaredAction }

// NewAction is an action of the type that config belongs to. Its configuration is fixed here: later changes of what config refers to
// (a map, a slice) are not seen. What cannot be stored is reported by Pipeline.Validate.
func NewAction(name string, config ActionConfig) Action {
	d := declaredAction{action: definition.Action{Name: name}}
	value := reflect.ValueOf(config)
	for value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	if !value.IsValid() {
		d.problems = reported(nil, "configuration", nilConfiguration)
		return Action{d}
	}
	d.action.ActionTypeID = config.ActionType().id()
	d.wired, d.problems = encodeConfig(name, value)
	d.action.Configuration = d.wired.configuration
	d.action.InputArtifacts, d.action.OutputArtifacts = namedArtifacts(d.wired.inputs), namedArtifacts(d.wired.outputs)
	d.storeCommands(value)
	return Action{d}
}

const nilConfiguration = "the configuration is nil"

func namedArtifacts(names []string) []definition.Artifact {
	var out []definition.Artifact
	for _, name := range names {
		out = append(out, definition.Artifact{Name: name})
	}
	return out
}

// Timeout bounds the whole action execution from when somebody first takes it, tries and waits included: at most 60 days. Default: an action of your own 24 h, one of
// the service as there (spec F).
func (a Action) Timeout(d time.Duration) Action {
	a.declared.settings.Timeout = definition.Duration(d)
	return a
}

// Retry allows so many further tries when the action fails, at once and one after the other, 1 to 100. Default: none.
func (a Action) Retry(further int) Action { return a.RetryPolicy(RetryPolicy{Max: further}) }

// RetryPolicy says how often and after what wait a failed action is tried again. The action execution stays InProgress meanwhile; an error
// made by Permanent ends it at once.
type RetryPolicy struct {
	Max        int           // further tries after the first, 1 to 100
	Backoff    time.Duration // wait before the second try, doubled for each that follows; default none
	MaxBackoff time.Duration // the longest wait; default unbounded
	Jitter     float64       // the share of each wait, 0 to 1, that is left to chance; default 0
}

// RetryPolicy sets the whole policy; the zero policy is no retry.
func (a Action) RetryPolicy(p RetryPolicy) Action {
	a.declared.problems = reported(a.declared.problems, "retry")
	if p == (RetryPolicy{}) {
		a.declared.settings.Retry = nil
		return a
	}
	if math.IsNaN(p.Jitter) || math.IsInf(p.Jitter, 0) { // JSON has neither
		a.declared.problems = reported(a.declared.problems, "retry", "the jitter is not a number from 0 to 1")
		p.Jitter = 0
	}
	a.declared.settings.Retry = &definition.Retry{
		Max: p.Max, Backoff: definition.Duration(p.Backoff), MaxBackoff: definition.Duration(p.MaxBackoff), Jitter: p.Jitter,
	}
	return a
}

// Namespace names the action's output variables for later actions, which refer to them as #{namespace.key}; see NewVariable.
func (a Action) Namespace(name string) Action {
	a.declared.action.Namespace = name
	return a
}

// Role is the ARN of the IAM role that an action of the service runs with; actions of your own have none.
func (a Action) Role(arn string) Action {
	a.declared.action.RoleArn = arn
	return a
}

// Region is the AWS region that an action of the service runs in. Default: the pipeline's.
func (a Action) Region(name string) Action {
	a.declared.action.Region = name
	return a
}

// Tag adds words by which the action can be found, 1 to 128 characters each.
func (a Action) Tag(words ...string) Action {
	a.declared.settings.Tags = slices.Concat(a.declared.settings.Tags, words)
	return a
}

func (a Action) fragment() fragment { return a.declared.fragment() }

// declaredAction is an action with what the pipeline is still to judge.
type declaredAction struct {
	action   definition.Action
	settings definition.ActionBlock
	wired    wiring
	problems definition.Problems // their path is not known yet
}

// reported is a copy of problems in which these messages stand for a field instead of earlier ones.
func reported(problems definition.Problems, field string, messages ...string) definition.Problems {
	var out definition.Problems
	for _, problem := range problems {
		if problem.Field != field {
			out = append(out, problem)
		}
	}
	for _, message := range messages {
		out = append(out, definition.Problem{Field: field, Message: message})
	}
	return out
}

func (d declaredAction) fragment() fragment {
	return fragment{actions: []declaredAction{d}, tree: definition.Node{Action: d.action.Name}}
}
