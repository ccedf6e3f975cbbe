package yaml

import (
	"slices"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// functions are CloudFormation's intrinsic functions that have a short form besides !Ref and !Condition.
var functions = []string{
	"And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join", "Length", "Not", "Or", "Select", "Split", "Sub",
	"ToJsonString", "Transform",
}

// tagged writes a value with a tag: a function of a template in its long form.
func (w *writer) tagged(n *yamlv3.Node, depth int) {
	name, short := strings.CutPrefix(n.Tag, "!")
	switch {
	case !w.shortTags:
		w.report(n, "remove it", "the tag %s is not read", n.Tag)
		return
	case short && slices.Contains(functions, name):
		name = "Fn::" + name
	case name != "Ref" && name != "Condition" || !short:
		w.report(n, "write a function of CloudFormation", "the tag %s is not read", n.Tag)
		return
	}
	w.out.WriteByte('{')
	w.text(name)
	w.out.WriteByte(':')
	resource, attribute, dotted := strings.Cut(n.Value, ".")
	switch {
	case n.Kind != yamlv3.ScalarNode:
		w.untagged(n, depth)
	case name == "Fn::GetAtt" && dotted:
		w.out.WriteByte('[')
		w.text(resource)
		w.out.WriteByte(',')
		w.text(attribute)
		w.out.WriteByte(']')
	default:
		w.text(n.Value)
	}
	w.out.WriteByte('}')
}
