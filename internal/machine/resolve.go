package machine

import (
	"encoding/json"
	"fmt"
	"strings"
)

// resolve replaces the #{namespace.key} references of an action's configuration, in one pass. It answers the entries that held any.
func (x *Execution) resolve(leaf *Leaf, limit int) (map[string]string, *Failure) {
	if len(leaf.refs) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(leaf.refs))
	total := 0
	for _, key := range leaf.refs {
		value, unknown := expand(leaf.Configuration[key], inShape(leaf.Configuration[key], x.lookup))
		if unknown != "" {
			return nil, &Failure{
				Code:    "ConfigurationError",
				Message: fmt.Sprintf("configuration %s of action %s: #{%s} has no value in this execution", key, leaf.Name, unknown),
				Hint:    "the producing action must set that variable before it succeeds",
			}
		}
		if total += len(value); total > limit {
			return nil, &Failure{Code: "ConfigurationError", Message: fmt.Sprintf("the resolved configuration of action %s is over %d bytes", leaf.Name, limit)}
		}
		out[key] = value
	}
	return out, nil
}

// inShape keeps a value inside the JSON string that its reference stands in, so that it can never add a member to a list or a map.
func inShape(template string, lookup func(namespace, key string) (string, bool)) func(namespace, key string) (string, bool) {
	if !strings.HasPrefix(template, "[") && !strings.HasPrefix(template, "{") || !json.Valid([]byte(template)) {
		return lookup
	}
	return func(namespace, key string) (string, bool) {
		value, ok := lookup(namespace, key)
		quoted, err := json.Marshal(value)
		if err != nil {
			return "", false
		}
		return string(quoted[1 : len(quoted)-1]), ok
	}
}

// lookup finds the value of a reference.
func (x *Execution) lookup(namespace, key string) (string, bool) {
	switch namespace {
	case "codepipeline":
		return x.ID.String(), key == "PipelineExecutionId"
	case "variables":
		value, ok := x.Variables[key]
		return value, ok
	default:
		value, ok := x.Outputs[namespace][key]
		return value, ok
	}
}

// expand replaces references from left to right; what it puts in is never looked at again. It answers the first unknown one.
func expand(text string, lookup func(namespace, key string) (string, bool)) (out, unknown string) {
	var b strings.Builder
	for {
		start := strings.Index(text, "#{")
		if start < 0 {
			break
		}
		length := strings.IndexByte(text[start:], '}')
		if length < 0 {
			break
		}
		reference := text[start+2 : start+length]
		namespace, key, _ := strings.Cut(reference, ".")
		value, ok := lookup(namespace, key)
		if !ok {
			return "", reference
		}
		b.WriteString(text[:start])
		b.WriteString(value)
		text = text[start+length+1:]
	}
	b.WriteString(text)
	return b.String(), ""
}
