package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// rule is the category of all rule types.
const rule = "Rule"

// ruleTimeout: a rule's timeoutInMinutes may be 5 to 86400; without one it has an hour, as all that the service names no figure for.
var ruleTimeout = Timeout{Default: time.Hour, Max: longest, Settable: true}

// ruleTypes are those of spec C12. The service names no artifact counts for rules: those of CodeBuild, Commands and LambdaInvoke are the
// bounds of the actions of these names, but none is needed.
var ruleTypes = []Type{
	{
		ID: aws("Rule", "CloudWatchAlarm"), About: "Succeeds when an alarm is, or for a while stays, in one of the states.", Timeout: ruleTimeout,
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "AlarmName", Required: true, Description: "alarm"},
				{Name: "AlarmStates", Description: "some of ALARM, OK and INSUFFICIENT_DATA, joined by commas"},
				{Name: "WaitTime", Kind: definition.Number, Description: "minutes to wait for a change"},
			},
			Check: formats{"AlarmStates": listOf("ALARM", "OK", "INSUFFICIENT_DATA")}.check,
		},
	},
	{
		ID: aws("Rule", "DeploymentWindow"), About: "Succeeds within a window of time and waits for it.", Timeout: ruleTimeout,
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "Cron", Required: true, Description: "Quartz expression: six fields and an optional year"},
				{Name: "TimeZone", Description: "Region/City, UTC±HH:MM or an abbreviation; default UTC"},
			},
			Check: formats{"Cron": cron}.check,
		},
	},
	{
		ID: aws("Rule", "LambdaInvoke"), About: "Succeeds when a function answers without an error.", Timeout: ruleTimeout,
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 5), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "FunctionName", Required: true, Description: "function"},
				{Name: "UserParameters", Description: "text that the function gets"},
			},
		},
	},
	{
		ID: aws("Rule", "VariableCheck"), About: "Succeeds when a comparison holds.", Timeout: ruleTimeout,
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "Variable", Required: true, Description: "left side, normally a reference"},
				{Name: "Value", Required: true, Description: "right side; of MATCHES a regular expression"},
				{Name: "Operator", Required: true, Values: []string{"EQ", "NE", "CONTAINS", "MATCHES"}, Description: "comparison"},
			},
			Whole: expression,
		},
	},
	{
		ID: aws("Rule", "CodeBuild"), About: "Succeeds when the build of a project does.", Timeout: ruleTimeout,
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 5), Outputs: exactly(0), V2: true, Keys: codeBuildKeys, Check: codeBuildFormats.check,
		},
		Needs: codeBuildNeeds,
	},
	{
		ID: aws("Rule", "Commands"), About: "Succeeds when all its commands do.",
		Timeout:  Timeout{Default: 55 * time.Minute, Max: 55 * time.Minute, Settable: true},
		TypeInfo: definition.TypeInfo{Inputs: from(0, 10), Outputs: exactly(0), V2: true, Commands: true},
	},
}
