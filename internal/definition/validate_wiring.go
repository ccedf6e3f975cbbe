package definition

import (
	"fmt"
	"slices"
	"strings"
)

// inputs checks that each input artifact is there when the action starts (spec A9, artifact ordering).
func (v *validator) inputs(s spot, consumer place, a Action) {
	seen := map[string]bool{}
	for i, in := range a.InputArtifacts {
		at := s.member("inputArtifacts").item(i)
		if seen[in.Name] {
			v.add(InvalidAction, at, "list it once", "Action %s lists input artifact %s more than once", clip(a.Name), clip(in.Name))
			continue
		}
		seen[in.Name] = true
		if hint, ok := v.ready(v.producers, in.Name, consumer, "puts it out"); !ok {
			v.add(InvalidAction, at, hint, "Input Artifact Bundle %s in action %s is not declared as Output Artifact Bundle in any of the preceding actions", clip(in.Name), clip(a.Name))
		}
	}
}

// outputs checks that an artifact has one producer.
func (v *validator) outputs(s spot, producer place, a Action) {
	seen := map[string]bool{}
	for i, out := range a.OutputArtifacts {
		first := v.producers[out.Name][0]
		if seen[out.Name] || first != producer {
			v.add(InvalidAction, s.member("outputArtifacts").item(i), "give each output a name of its own", "Output Artifact Bundle %s in action %s is put out by %s already", clip(out.Name), clip(a.Name), v.pathOf(first))
		}
		seen[out.Name] = true
	}
}

// ready says whether something that one of the producers makes is there when the consumer starts; if not, the hint says why.
func (v *validator) ready(producers map[string][]place, name string, consumer place, does string) (hint string, ok bool) {
	all := producers[name]
	if len(all) == 0 {
		return joinHints("nobody "+does, v.similar(name, producers)), false
	}
	for _, producer := range all {
		if v.order(producer, consumer) == earlier {
			return "", true
		}
	}
	return v.whyNotEarlier(all[0], consumer, does), false
}

// similar spares a definition of many mistakes the search for names like each.
func (v *validator) similar(name string, producers map[string][]place) string {
	if v.found != nil && len(v.found.Errors) > 50 {
		return ""
	}
	return DidYouMean(name, sortedKeys(producers))
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
	seen := map[string]string{}
	for i, stage := range v.p.Stages {
		for j, a := range stage.Actions {
			if a.Namespace == "" || v.full() {
				continue
			}
			at, name := v.actionSpot(i, j).member("namespace"), a.Namespace
			const hint = "give it another namespace"
			switch {
			case seen[name] != "":
				v.add(InvalidAction, at, hint, "Namespace '%s' of action '%s' is in use by %s", clip(name), clip(a.Name), seen[name])
			case name == "codepipeline" || name == "variables" && len(v.p.Variables) > 0:
				v.add(InvalidAction, at, hint, "Namespace '%s' of action '%s' is reserved", name, clip(a.Name))
			case len(v.producers[name]) > 0:
				v.add(InvalidAction, at, hint, "Namespace '%s' of action '%s' is the name of an artifact too", clip(name), clip(a.Name))
			}
			if seen[name] == "" {
				seen[name] = at.path
			}
		}
	}
}

// user is what holds references: an action, or a rule.
type user struct {
	spot
	at       place
	stage    string
	who      string // as the service says it
	kind     Exception
	isSource bool
}

// actionReferences checks the #{…} references in all texts of an action that are resolved.
func (v *validator) actionReferences(s spot, at place, a Action) {
	u := user{
		spot: s, at: at, kind: InvalidAction, stage: v.p.Stages[at.stage].Name, who: "ActionName=[" + a.Name + "]",
		isSource: a.ActionTypeID.Category == "Source",
	}
	for _, key := range sortedKeys(a.Configuration) {
		v.references(u, s.member("configuration").key(key), key, a.Configuration[key])
	}
	for i, line := range a.Commands {
		v.references(u, s.member("commands").item(i), "commands", line)
	}
	for i, e := range a.EnvironmentVariables {
		v.references(u, s.member("environmentVariables").item(i).member("value"), "environmentVariables", e.Value)
	}
}

// references checks the references of one text.
func (v *validator) references(u user, s spot, key, text string) {
	found, err := References(text)
	if err != nil {
		v.add(u.kind, s, joinHints(err.Error(), "write it as #{namespace.key}"), "%s%s", referenceFormat, u.reference(key, malformed(text)))
		return
	}
	for _, r := range slices.Compact(found) {
		v.reference(u, s, key, r)
	}
}

const (
	referenceFormat = "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.)."
	unknownSpace    = " The following pipeline execution variables are referencing a namespace that does not exist."
)

// reference says in which text a reference stands, as the service does.
func (u user) reference(key, text string) string {
	return fmt.Sprintf("\nStageName=[%s], %s, ActionConfigurationKey=[%s], VariableReferenceText=[%s]", clip(u.stage), clip(u.who), clip(key), clip(text))
}

// malformed is the first thing in a text that is meant as a reference and is none.
func malformed(text string) string {
	for {
		_, rest, found := strings.Cut(text, "#{")
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return rest
		}
		if _, err := References("#{" + inside + "}"); err != nil {
			return inside
		}
		text = after
	}
}

func (v *validator) reference(u user, s spot, key string, r Reference) {
	text := r.Namespace + "." + r.Key
	switch {
	case r.Namespace == "codepipeline":
		if r.Key != "PipelineExecutionId" {
			v.add(u.kind, s, "namespace codepipeline has PipelineExecutionId only", "%s%s", referenceFormat+unknownSpace, u.reference(key, text))
		}
	case r.Namespace == "variables" && (len(v.p.Variables) > 0 || len(v.namespaces["variables"]) == 0):
		switch {
		case !slices.Contains(v.variables, r.Key):
			v.add(InvalidStructure, s, joinHints("declare "+clip(r.Key), DidYouMean(r.Key, v.variables)), "The referenced variables haven't been declared.%s", u.reference(key, text))
		case u.isSource:
			v.add(InvalidStructure, s, "write the value itself", "Variables at the pipeline level cannot be used in source actions.%s", u.reference(key, text))
		}
	default:
		if hint, ok := v.ready(v.namespaces, r.Namespace, u.at, "has that namespace"); !ok {
			v.add(u.kind, s, hint, "%s%s", referenceFormat+unknownSpace, u.reference(key, text))
		}
	}
}
