package penstock

import (
	"fmt"
	"reflect"
	"time"
)

// NewRule is a rule of the type that config belongs to: VariableCheck, DeploymentWindow, or a type of your own, whose ActionType has CategoryRule
// and which is registered like an action's: the service's CloudWatchAlarm, LambdaInvoke and CodeBuild are run by whoever registers them. A rule of the service, or one with commands, is a Rule literal. What cannot be stored is reported
// by Pipeline.Validate.
func NewRule(name string, config ActionConfig) Rule {
	r := Rule{Name: name}
	value := reflect.ValueOf(config)
	for value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	if !value.IsValid() {
		r.problems = []string{fmt.Sprintf("rule %q: %s", name, nilConfiguration)}
		return r
	}
	t := config.ActionType()
	if t.Category != CategoryRule {
		r.problems = []string{fmt.Sprintf("rule %q: %s is no rule type: its category is %s", name, t, t.Category)}
	}
	wired, problems := encodeConfig(name, value)
	r.Provider, r.Version, r.Config, r.Inputs = t.Provider, t.Version, wired.configuration, wired.inputs
	for _, p := range problems {
		r.problems = append(r.problems, fmt.Sprintf("rule %q: %s: %s", name, p.Field, p.Message))
	}
	return r
}

// Within bounds how long the rule may take, waits included: whole minutes, from 5 minutes to 60 days. A rule that has not succeeded by then has
// failed. Default: 1 h, of Commands 55 min.
func (r Rule) Within(d time.Duration) Rule {
	r.Timeout = d
	return r
}

// Operator is how a VariableCheck compares.
type Operator string

// The operators (spec C12).
const (
	OperatorEquals    Operator = "EQ"
	OperatorNotEquals Operator = "NE"
	OperatorContains  Operator = "CONTAINS"
	OperatorMatches   Operator = "MATCHES" // the whole of Variable matches the regular expression Value
)

// VariableCheck is a rule that succeeds when a comparison holds. The engine decides it, at once.
type VariableCheck struct {
	Variable string // normally a reference: commit.String()
	Operator Operator
	Value    string
}

// ActionType is Rule/AWS/VariableCheck/1.
func (VariableCheck) ActionType() ActionType {
	return ActionType{Category: CategoryRule, Owner: OwnerAWS, Provider: variableCheckType.Provider, Version: variableCheckType.Version}
}

// DeploymentWindow is a rule that succeeds inside a window of time, and waits for the next one outside of it. The engine decides it. By default it
// waits for an hour, then it has failed: see Rule.Within.
type DeploymentWindow struct {
	// Cron is the window: a Quartz expression of six fields (second, minute, hour, day of month, month, day of week) and an optional year. One of the
	// two fields of days is ?. "* * 9-16 ? * MON-FRI" is open from 09:00 to 16:59:59 on workdays. A window is made of whole minutes. On the days
	// when clocks change, minutes that are left out are in no window, and minutes that come twice are in it twice.
	Cron string
	// TimeZone is Region/City, UTC±HH:MM, or an abbreviation that the service knows. Default: UTC.
	TimeZone string `penstock:",optional"`
}

// ActionType is Rule/AWS/DeploymentWindow/1.
func (DeploymentWindow) ActionType() ActionType {
	return ActionType{Category: CategoryRule, Owner: OwnerAWS, Provider: deploymentWindowType.Provider, Version: deploymentWindowType.Version}
}
