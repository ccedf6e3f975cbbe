package definition

import (
	"fmt"
	"slices"
	"strings"
)

// inputs checks that each input artifact is there when the action starts (spec A9, artifact ordering).
func (v *validator) inputs(at place, a Action) {
	path := v.pathOf(at)
	for i, in := range a.InputArtifacts {
		v.named(path, "inputArtifacts", in.Name, inArtifacts, 100)
		if slices.ContainsFunc(a.InputArtifacts[:i], func(o Artifact) bool { return o.Name == in.Name }) {
			v.add(path, "inputArtifacts", "", "artifact %q is listed twice", in.Name)
			continue
		}
		if hint, ok := v.ready(v.producers, in.Name, at, "puts it out"); !ok {
			v.add(path, "inputArtifacts", hint, "Input Artifact Bundle %s in action %s is not declared as Output Artifact Bundle in any of the preceding actions", in.Name, a.Name)
		}
	}
}

// outputs checks that an artifact has one producer.
func (v *validator) outputs(at place, a Action) {
	path := v.pathOf(at)
	for i, out := range a.OutputArtifacts {
		v.named(path, "outputArtifacts", out.Name, inArtifacts, 100)
		v.atMost(path, "outputArtifacts."+out.Name+".files", len(out.Files), 10)
		for _, file := range out.Files {
			v.sized(path, "outputArtifacts."+out.Name+".files", file, 1, 128)
		}
		all := v.producers[out.Name]
		again := slices.ContainsFunc(a.OutputArtifacts[:i], func(o Artifact) bool { return o.Name == out.Name })
		if again || all[0] != at {
			v.add(path, "outputArtifacts", "give each output a name of its own", "artifact %q is put out by %s already", out.Name, v.pathOf(all[0]))
		}
	}
}

// ready says whether something that one of the producers makes is there when the consumer starts; if not, the hint says why.
func (v *validator) ready(producers map[string][]place, name string, consumer place, does string) (hint string, ok bool) {
	all := producers[name]
	if len(all) == 0 {
		return strings.TrimSuffix("nobody "+does+"; "+DidYouMean(name, sortedKeys(producers)), "; "), false
	}
	for _, producer := range all {
		if v.order(producer, consumer) == earlier {
			return "", true
		}
	}
	return v.whyNotEarlier(all[0], consumer, does), false
}

// order says how two actions of the pipeline stand to each other.
func (v *validator) order(a, b place) order {
	switch {
	case a.stage < b.stage:
		return earlier
	case a.stage > b.stage:
		return later
	case b.action == "":
		return earlier // b stands for the end of the stage
	default:
		return compare(v.places[a.stage][a.action], v.places[b.stage][b.action])
	}
}

func (v *validator) whyNotEarlier(producer, consumer place, does string) string {
	who := v.pathOf(producer)
	switch v.order(producer, consumer) {
	case same:
		return fmt.Sprintf("%s %s itself", who, does)
	case atOnce:
		return fmt.Sprintf("%s %s, but runs in parallel with it: put them in a sequence", who, does)
	default:
		return fmt.Sprintf("%s %s, but runs later", who, does)
	}
}

// namespaceNames checks that a namespace stands for one thing (spec C14).
func (v *validator) namespaceNames() {
	for _, name := range sortedKeys(v.namespaces) {
		all := v.namespaces[name]
		path := v.pathOf(all[0])
		for _, other := range all[1:] {
			v.add(v.pathOf(other), "namespace", "give it another namespace", "namespace %q is in use by %s", name, path)
		}
		switch {
		case name == "codepipeline" || name == "variables" && len(v.p.Variables) > 0:
			v.add(path, "namespace", "give it another namespace", "namespace %q is reserved", name)
		case len(v.producers[name]) > 0:
			v.add(path, "namespace", "give it another namespace", "namespace %q is the name of an artifact too", name)
		}
	}
}

// actionReferences checks the #{…} references in all texts of an action that are resolved.
func (v *validator) actionReferences(at place, a Action) {
	isSource := a.ActionTypeID.Category == "Source"
	for _, key := range sortedKeys(a.Configuration) {
		v.references(at, v.pathOf(at), "configuration."+key, a.Configuration[key], isSource)
	}
	for i, line := range a.Commands {
		v.references(at, v.pathOf(at), fmt.Sprintf("commands[%d]", i), line, isSource)
	}
	for _, e := range a.EnvironmentVariables {
		v.references(at, v.pathOf(at), "environmentVariables."+e.Name, e.Value, isSource)
	}
}

// references checks the references of one text.
func (v *validator) references(at place, path, field, text string, isSource bool) {
	found, err := References(text)
	if err != nil {
		v.add(path, field, "write it as #{namespace.key}", "%v", err)
		return
	}
	for _, r := range found {
		v.reference(at, path, field, r, isSource)
	}
}

func (v *validator) reference(at place, path, field string, r Reference, isSource bool) {
	switch {
	case r.Namespace == "codepipeline":
		if r.Key != "PipelineExecutionId" {
			v.add(path, field, "it has PipelineExecutionId only", "%s: namespace codepipeline has no such variable", r)
		}
	case r.Namespace == "variables" && (len(v.p.Variables) > 0 || len(v.namespaces["variables"]) == 0):
		v.pipelineVariable(path, field, r, isSource)
	default:
		if hint, ok := v.ready(v.namespaces, r.Namespace, at, "has that namespace"); !ok {
			v.add(path, field, hint, "%s references a namespace that does not exist before this runs", r)
		}
	}
}

func (v *validator) pipelineVariable(path, field string, r Reference, isSource bool) {
	var names []string
	for _, declared := range v.p.Variables {
		names = append(names, declared.Name)
	}
	switch {
	case !slices.Contains(names, r.Key):
		v.add(path, field, DidYouMean(r.Key, names), "%s: The referenced variables haven't been declared.", r)
	case isSource:
		v.add(path, field, "", "%s: Variables at the pipeline level cannot be used in source actions.", r)
	}
}
