package definition

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// variables checks the pipeline's own variables (spec A4).
func (v *validator) variables() {
	path := v.path()
	v.atMost(path, "variables", len(v.p.Variables), v.limits.PipelineVariables)
	for i, declared := range v.p.Variables {
		field := "variables." + declared.Name
		v.named(path, "variables", declared.Name, inNamespaces, 128)
		if slices.ContainsFunc(v.p.Variables[:i], func(o Variable) bool { return o.Name == declared.Name }) {
			v.add(path, field, "", "Variable names must be unique. The following variable name is already in use: %s", declared.Name)
		}
		if n := utf8.RuneCountInString(declared.DefaultValue); n > 1000 {
			v.add(path, field, "", "a default value has up to 1000 characters, not %d", n)
		}
		if n := utf8.RuneCountInString(declared.Description); n > 200 {
			v.add(path, field, "", "a description has up to 200 characters, not %d", n)
		}
	}
}

// triggers checks what starts executions (spec A4).
func (v *validator) triggers() {
	path := v.path()
	v.atMost(path, "triggers", len(v.p.Triggers), v.limits.Triggers)
	for i, t := range v.p.Triggers {
		field := fmt.Sprintf("triggers[%d]", i)
		if t.ProviderType != "CodeStarSourceConnection" {
			v.add(path, field+".providerType", "", "%q must be one of CodeStarSourceConnection", t.ProviderType)
		}
		git := t.GitConfiguration
		v.triggerSource(path, field, git.SourceActionName)
		if slices.ContainsFunc(v.p.Triggers[:i], func(o Trigger) bool { return o.GitConfiguration.SourceActionName == git.SourceActionName }) {
			v.add(path, field, "put their filters into one trigger", "source action %q has another trigger", git.SourceActionName)
		}
		v.atMost(path, field+".push", len(git.Push), 3)
		v.atMost(path, field+".pullRequest", len(git.PullRequest), 3)
		for _, f := range git.Push {
			v.push(path, field+".push", f)
		}
		for _, f := range git.PullRequest {
			v.pullRequest(path, field+".pullRequest", f)
		}
	}
}

// triggerSource: a trigger belongs to a source action, one of the service's own to a connection. Custom sources may have one too.
func (v *validator) triggerSource(path, field, name string) {
	var names []string
	for _, stage := range v.p.Stages {
		for _, a := range stage.Actions {
			t := a.ActionTypeID
			if t.Category != "Source" {
				continue
			}
			names = append(names, a.Name)
			if a.Name == name && t.Owner != "Custom" && t.Provider != "CodeStarSourceConnection" {
				v.add(path, field, "", "Triggers for connections must reference a CodeStarSourceConnection action.")
			}
		}
	}
	if !slices.Contains(names, name) {
		v.add(path, field, DidYouMean(name, names), "there is no source action %q", name)
	}
}

func (v *validator) push(path, field string, f PushFilter) {
	switch {
	case f.Tags != nil && (f.Branches != nil || f.FilePaths != nil):
		v.add(path, field, "use a filter of its own", "tags stand alone in a filter")
	case f.Tags == nil && f.Branches == nil:
		v.add(path, field, "", "a filter needs branches or tags")
	}
	v.patterns(path, field+".tags", f.Tags)
	v.patterns(path, field+".branches", f.Branches)
	v.patterns(path, field+".filePaths", f.FilePaths)
}

func (v *validator) pullRequest(path, field string, f PullRequest) {
	if f.Branches == nil {
		v.add(path, field, "", "a filter needs branches")
	}
	for i, event := range f.Events {
		v.oneOf(path, field+".events", event, "OPEN", "UPDATED", "CLOSED")
		if slices.Contains(f.Events[:i], event) {
			v.add(path, field+".events", "", "%s is listed twice", event)
		}
	}
	v.patterns(path, field+".branches", f.Branches)
	v.patterns(path, field+".filePaths", f.FilePaths)
}

func (v *validator) patterns(path, field string, p *Patterns) {
	if p == nil {
		return
	}
	if len(p.Includes)+len(p.Excludes) == 0 {
		v.add(path, field, "", "needs includes or excludes")
	}
	v.atMost(path, field+".includes", len(p.Includes), 8)
	v.atMost(path, field+".excludes", len(p.Excludes), 8)
	for _, pattern := range slices.Concat(p.Includes, p.Excludes) {
		v.sized(path, field, pattern, 1, 255)
	}
}
