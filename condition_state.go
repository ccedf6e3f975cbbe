package penstock

import (
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// Gate is one of the three places in a stage where a condition stands (spec C12).
type Gate string

// The gates.
const (
	GateBeforeEntry Gate = "beforeEntry" // with the stage held, before its first action; not asked when a rollback enters
	GateOnSuccess   Gate = "onSuccess"   // when all its actions have succeeded
	GateOnFailure   Gate = "onFailure"   // when it has failed and nothing of it runs any more; not when its entry kept it out
)

// ConditionState is what a condition has come to in its stage's latest run.
type ConditionState struct {
	Gate   Gate
	Result Result // that it engages: before entry and on success when it is Failed, on failure when it has Succeeded
	// Status is InProgress, Succeeded, Failed, Errored (a rule could not be judged: the stage fails, or on failure nothing follows), Overridden,
	// or, by a stop, Cancelled or Abandoned.
	Status       Status
	Summary      string // why it did not succeed
	OverriddenBy string
	Rules        []RuleExecution // those that have started, in order
	Started      time.Time
	Updated      time.Time
}

// RuleExecution is one run of a rule in an execution. A further evaluation of its condition makes a new one.
type RuleExecution struct {
	ID            string // by which Engine.Log knows its output
	Execution     string
	Version       int
	Stage         string
	Gate          Gate
	Rule          string
	Type          string // Category/Owner/Provider/Version
	Status        Status // InProgress, Succeeded, Failed or Abandoned
	Run           int    // starts of its code, re-entries included; 0 where the engine decides
	Percent       int
	Summary       string
	ExternalID    string
	ExternalURL   string
	UpdatedBy     string // who overrode its condition or stopped the execution
	Failure       *Failure
	Configuration map[string]string // with references resolved; of an ended one only the entries that held any
	Inputs        []ArtifactInfo
	WaitsUntil    time.Time // when its deployment window opens, while it waits for that
	Started       time.Time
	Updated       time.Time
	Deadline      time.Time // when it times out; zero: nobody has taken it yet
}

func conditionView(c machine.ConditionView) ConditionState {
	out := ConditionState{
		Gate: Gate(c.Gate), Result: Result(c.Result), Status: Status(c.Status), Summary: c.Summary, OverriddenBy: c.By, Started: c.Started, Updated: c.Changed,
	}
	for i := range c.Rules {
		out.Rules = append(out.Rules, ruleView(&c.Rules[i]))
	}
	return out
}

func ruleView(r *machine.ActionRecord) RuleExecution {
	a := r.Action
	out := RuleExecution{
		ID: a.ID.String(), Execution: r.Execution.String(), Version: r.Version, Stage: r.Stage, Gate: Gate(a.Gate), Rule: r.Name, Type: r.Type,
		Status: Status(a.Status), Run: a.Run, Percent: a.Percent, Summary: a.Summary, ExternalID: a.ExternalID, ExternalURL: a.ExternalURL,
		UpdatedBy: a.By, Inputs: artifactInfos(a.Inputs), Configuration: configurationView(r), Failure: failureView(a.Failure), Started: a.Started, Updated: a.Changed, Deadline: a.Deadline,
	}
	if a.Phase == machine.Opening {
		out.WaitsUntil = a.Until
	}
	return out
}
