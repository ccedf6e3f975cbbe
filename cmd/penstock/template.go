package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// resources is a template's member in YAML, which no pipeline has.
var resources = regexp.MustCompile(`(?m)^["']?Resources["']?[ \t]*:`)

// isTemplate reports whether the text is a CloudFormation template and no pipeline.
func isTemplate(file string, data []byte) bool {
	if isYAML(file) {
		return resources.Match(data)
	}
	var members map[string]json.RawMessage
	return json.Unmarshal(data, &members) == nil && members["Resources"] != nil
}

// pseudo are the parameters that every template has.
var pseudo = map[string]string{
	"AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::StackName": "stack", "AWS::URLSuffix": "amazonaws.com",
}

// standIn answers a function of a template with what could be its value: nobody here knows the stack. A parameter has the value that it is
// given; a resource is its logical ID, and its ARN that of a role, which is what pipelines mostly want; of two branches the first is taken.
func (r *reading) standIn(name string, args any) (any, error) {
	switch list, _ := args.([]any); name {
	case "Ref":
		return r.ref(fmt.Sprint(args)), nil
	case "Fn::GetAtt":
		return attribute(args), nil
	case "Fn::Sub":
		return r.sub(args), nil
	case "Fn::Join":
		if len(list) == 2 {
			if parts, ok := list[1].([]any); ok {
				return join(fmt.Sprint(list[0]), parts), nil
			}
		}
	case "Fn::If":
		if len(list) == 3 {
			return list[1], nil
		}
	case "Fn::ImportValue":
		return args, nil
	}
	return strings.TrimPrefix(name, "Fn::"), nil
}

func (r *reading) ref(name string) string {
	if value, ok := r.parameters[name]; ok {
		return value
	}
	if value, ok := pseudo[name]; ok {
		return value
	}
	return name
}

// attribute is Resource.Attribute, or both as a list.
func attribute(args any) string {
	text := fmt.Sprint(args)
	if list, ok := args.([]any); ok {
		text = join(".", list)
	}
	resource, what, _ := strings.Cut(text, ".")
	if what == "Arn" {
		return "arn:aws:iam::123456789012:role/" + resource
	}
	return resource
}

func join(separator string, parts []any) string {
	var out []string
	for _, part := range parts {
		out = append(out, fmt.Sprint(part))
	}
	return strings.Join(out, separator)
}

var inBraces = regexp.MustCompile(`\$\{[^{}]*\}`)

// sub puts values in place of ${Name}, ${Resource.Attribute} and what its own map has; ${!Name} is ${Name}.
func (r *reading) sub(args any) string {
	text, own := fmt.Sprint(args), map[string]any{}
	if list, ok := args.([]any); ok && len(list) == 2 {
		text = fmt.Sprint(list[0])
		own, _ = list[1].(map[string]any)
	}
	return inBraces.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		if value, ok := own[name]; ok {
			return fmt.Sprint(value)
		}
		if strings.Contains(name, ".") {
			return attribute(name)
		}
		return r.ref(name)
	})
}
