package penstock

import "github.com/penstock-dev/penstock/internal/definition"

// CloudFormation is what a resource of type AWS::CodePipeline::Pipeline says: a pipeline, and what belongs beside it.
type CloudFormation struct {
	Pipeline        Pipeline
	Tags            map[string]string // of the pipeline
	Disabled        map[string]string // stages that are not to be entered, with the reasons: see DisableTransition
	RestartOnUpdate bool              // an update of the stack starts an execution
}

// ParseCloudFormation reads the pipeline of a CloudFormation template in JSON. The resource is named by its logical ID, which is the
// pipeline's name too where the template gives none; an empty one is the only pipeline of the template.
//
// Resolve answers the value of an intrinsic function: name is "Ref", "Fn::GetAtt", "Fn::Sub" …, args what it is given, as encoding/json reads it, with
// numbers as json.Number. What is nested in args is resolved already; only Fn::If gets its branches as they are, and answers one of them. Ref
// AWS::NoValue is known and takes its property away. With a nil resolve there can be no other function.
//
// Properties have CloudFormation's spelling; numbers and booleans may stand for text, and text for numbers, as there. Everything else
// is an error with its path, as in ParsePipeline, such as Resources.Release.Properties.Stages[0].Naem. It does not validate.
func ParseCloudFormation(template []byte, resource string, resolve func(name string, args any) (any, error)) (CloudFormation, error) {
	parsed, err := definition.ParseCloudFormation(template, resource, resolve)
	if err != nil {
		return CloudFormation{}, parseError(err)
	}
	return CloudFormation{
		Pipeline: Pipeline{stored: parsed.Pipeline}, Tags: parsed.Tags, Disabled: parsed.Disabled, RestartOnUpdate: parsed.RestartOnUpdate,
	}, nil
}
