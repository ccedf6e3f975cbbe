package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// invocations are the types of spec D4 that call something, and InspectorScan of D2.
var invocations = []Type{
	{
		ID: aws("Invoke", "Lambda"), About: "Invokes a function and waits for the result of its job; its variables are those that the function reports.",
		Timeout: Timeout{Default: day, Max: day, Silence: 20 * time.Minute},
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 5), Outputs: from(0, 5), OpenVariables: true,
			Keys: []definition.Key{
				{Name: "FunctionName", Required: true, Description: "function"},
				{Name: "UserParameters", Description: "text that the function gets"},
			},
		},
	},
	{
		ID: aws("Invoke", "StepFunctions"), About: "Starts a state machine and, when it is a standard one, waits for it.", Timeout: fixed(7 * day),
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 1), Outputs: from(0, 1),
			Keys: []definition.Key{
				{Name: "StateMachineArn", Required: true, Description: "ARN of the state machine"},
				{Name: "Input", Description: "its input, or the file of it; default {}"},
				{Name: "InputType", Values: []string{"Literal", "FilePath"}, Description: "what Input is; default Literal"},
				{Name: "ExecutionNamePrefix", Description: "prefix of the execution's name"},
			},
			Variables: []string{"StateMachineArn", "ExecutionArn"},
		},
	},
	{
		ID: aws("Invoke", "CodePipeline"), About: "Starts another pipeline and does not wait for it.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(0), V2: true, OpenVariables: true,
			Keys: []definition.Key{
				{Name: "PipelineName", Required: true, Description: "pipeline to start"},
				{Name: "SourceRevisions", Description: "JSON list of {actionName, revisionType, revisionValue}"},
				{Name: "Variables", Description: "JSON list of {name, value}"},
			},
			Check: formats{
				"SourceRevisions": objects([]string{"actionName", "revisionType", "revisionValue"}, nil),
				"Variables":       objects([]string{"name", "value"}, nil),
			}.check,
		},
	},
	{
		ID: aws("Invoke", "InspectorScan"), About: "Scans source code or an image for vulnerabilities; fails when there are more than a threshold.",
		Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 1), Outputs: exactly(1), V2: true,
			Keys: []definition.Key{
				{Name: "InspectorRunMode", Required: true, Values: []string{"SourceCodeScan", "ECRImageScan"}, Description: "what is scanned"},
				{Name: "ECRRepositoryName", Description: "repository of the image"},
				{Name: "ImageTag", Description: "tag of the image"},
				{Name: "CriticalThreshold", Kind: definition.Number, Description: "most critical findings"},
				{Name: "HighThreshold", Kind: definition.Number, Description: "most high findings"},
				{Name: "MediumThreshold", Kind: definition.Number, Description: "most medium findings"},
				{Name: "LowThreshold", Kind: definition.Number, Description: "most low findings"},
			},
			Variables: []string{"HighestScannedSeverity"},
		},
	},
	{
		ID: thirdParty("Invoke", "Snyk"), About: "Scans source code for vulnerable dependencies; connected in the console, its keys are not published.",
		Timeout:  fixed(time.Hour),
		TypeInfo: definition.TypeInfo{Inputs: exactly(1), Outputs: exactly(1), OpenKeys: true},
	},
}
