package machine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
)

// text is one text of an action that holds references (spec C14).
type text struct {
	of       textOf
	index    int    // of a command or an environment variable
	key      string // its name among what was resolved: the configuration's own key, commands[0], environmentVariables[0]
	template string
}

type textOf int

const (
	ofConfiguration textOf = iota
	ofCommand
	ofEnvironment
)

// String says where an author finds the text.
func (t text) String() string {
	if t.of == ofConfiguration {
		return "configuration " + t.key
	}
	return t.key
}

// textsWithReferences are in the order in which they are resolved.
func textsWithReferences(leaf Leaf) (out []text) {
	add := func(t text) {
		if definition.HasReference(t.template) {
			out = append(out, t)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(leaf.Configuration)) {
		add(text{of: ofConfiguration, key: key, template: leaf.Configuration[key]})
	}
	for i, line := range leaf.Commands {
		add(text{of: ofCommand, index: i, key: fmt.Sprintf("commands[%d]", i), template: line})
	}
	for i, v := range leaf.EnvironmentVariables {
		add(text{of: ofEnvironment, index: i, key: fmt.Sprintf("environmentVariables[%d]", i), template: v.Value})
	}
	return out
}

// commandsOf is what an action says beside its configuration.
func commandsOf(a definition.Action) *executor.Commands {
	c := executor.Commands{Lines: a.Commands, Variables: a.OutputVariables}
	for _, v := range a.EnvironmentVariables {
		c.Environment = append(c.Environment, executor.EnvironmentVariable{Name: v.Name, Value: v.Value, Secret: v.Type == "SECRETS_MANAGER"})
	}
	if len(a.OutputArtifacts) > 0 {
		c.Files = a.OutputArtifacts[0].Files
	}
	if len(c.Lines)+len(c.Environment)+len(c.Variables)+len(c.Files) == 0 {
		return nil
	}
	return &c
}

// fill gives a task the leaf's texts, with what was resolved when the action started.
func (leaf *Leaf) fill(task *executor.Task, resolved map[string]string) {
	task.Config, task.Commands = leaf.Configuration, leaf.commands
	if len(resolved) == 0 {
		return
	}
	task.Config = maps.Clone(leaf.Configuration)
	if leaf.commands != nil {
		c := *leaf.commands
		c.Lines, c.Environment = slices.Clone(c.Lines), slices.Clone(c.Environment)
		task.Commands = &c
	}
	for _, t := range leaf.refs {
		value, ok := resolved[t.key]
		switch {
		case !ok: // it was started by a release that did not resolve such texts
		case t.of == ofConfiguration:
			task.Config[t.key] = value
		case t.of == ofCommand:
			task.Commands.Lines[t.index] = value
		case t.of == ofEnvironment:
			task.Commands.Environment[t.index].Value = value
		}
	}
}

// resolve replaces the #{namespace.key} references of an action's texts, in one pass. It answers the texts that held any.
func (x *Execution) resolve(leaf *Leaf, limit int) (map[string]string, *Failure) {
	if len(leaf.refs) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(leaf.refs))
	total := 0
	for _, t := range leaf.refs {
		lookup := x.lookup
		if t.of != ofCommand { // what a shell reads is no JSON, whatever it begins with
			lookup = inShape(t.template, x.lookup)
		}
		value, unknown := expand(t.template, lookup)
		if unknown != "" {
			return nil, &Failure{
				Code:    "ConfigurationError",
				Message: fmt.Sprintf("%s of %s %s: #{%s} has no value in this execution", t, leaf.kind(), leaf.Name, unknown),
				Hint:    "the producing action must set that variable before it succeeds",
			}
		}
		if total += len(value); total > limit {
			return nil, &Failure{Code: "ConfigurationError", Message: fmt.Sprintf("the resolved configuration of %s %s is over %d bytes", leaf.kind(), leaf.Name, limit)}
		}
		out[t.key] = value
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
