package definition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-multierror"
)

// Options is what a definition is judged by beside itself. The zero value is useful: it knows nothing of the world and accepts what
// depends on it.
type Options struct {
	Catalogue Catalogue // nil leaves action types, rule types and their configuration unjudged
	Limits    Limits
	// Strict wants all that the service wants and an engine of one's own does not: a service role, an artifact store, configuration
	// values of up to 1000 characters, commands of one line, triggers of connections only.
	Strict bool
	Region string // where the pipeline is; empty leaves unjudged what depends on it

	CanAssume func(by, role string) bool // whether a role can be taken on, by the service ("") or a service role; nil: it can
}

// Validate is ValidateWith a catalogue and limits only.
func Validate(p Pipeline, known Catalogue, limits Limits) error {
	return ValidateWith(p, Options{Catalogue: known, Limits: limits})
}

// ValidateWith answers Findings with everything that is wrong with a definition, or nil. Kinds, messages and order are the service's own
// where it has them (spec A9).
func ValidateWith(p Pipeline, o Options) error {
	v := &validator{p: Normalize(p), o: o, limits: o.Limits.withDefaults(o.Strict)}
	if v.oversized() {
		v.counts()
		return v.result()
	}
	v.index()
	v.model()
	v.world()
	v.structure()
	for i, stage := range v.p.Stages {
		v.stage(i, stage)
	}
	v.block()
	v.namespaceNames()
	v.size()
	return v.result()
}

// oversized says that a definition is so far beyond its quotas that nothing else about it matters.
func (v *validator) oversized() bool {
	actions := 0
	for _, stage := range v.p.Stages {
		actions += len(stage.Actions)
	}
	return len(v.p.Stages) > 2*v.limits.Stages || actions > 2*v.limits.PipelineActions
}

// result is Findings in order, or nil.
func (v *validator) result() error {
	if v.found.ErrorOrNil() == nil {
		return nil
	}
	findings := make(Findings, 0, len(v.found.Errors))
	for _, err := range v.found.Errors {
		if finding, ok := errors.AsType[Finding](err); ok { // it gathers nothing else
			findings = append(findings, finding)
		}
	}
	findings.Sort()
	return findings
}

// validator collects what is wrong with one definition.
type validator struct {
	p      Pipeline
	o      Options
	limits Limits
	found  *multierror.Error

	places     []map[string][]step // by stage: where in its tree an action stands
	producers  map[string][]place  // by output artifact
	namespaces map[string][]place  // by namespace
	variables  []string            // names of the pipeline's own
}

// place is one action.
type place struct {
	stage  int
	action string
}

// index finds what other checks look up: the place of every action, and who puts out what.
func (v *validator) index() {
	v.producers, v.namespaces = map[string][]place{}, map[string][]place{}
	for i, stage := range v.p.Stages {
		tree, err := v.p.Tree(stage)
		if err != nil {
			tree = RunOrderTree(stage.Actions) // reported by block
		}
		v.places = append(v.places, places(tree))
		for _, action := range stage.Actions {
			at := place{stage: i, action: action.Name}
			for _, out := range action.OutputArtifacts {
				v.producers[out.Name] = append(v.producers[out.Name], at)
			}
			if action.Namespace != "" {
				v.namespaces[action.Namespace] = append(v.namespaces[action.Namespace], at)
			}
		}
	}
	for _, declared := range v.p.Variables {
		v.variables = append(v.variables, declared.Name)
	}
}

func (v *validator) add(kind Exception, s spot, hint, format string, args ...any) {
	v.put(Finding{kind, Problem{Path: s.path, Field: s.field, Message: fmt.Sprintf(format, args...), Hint: hint}})
}

// mostFindings bounds what one definition can make us write.
const mostFindings = 300

func (v *validator) full() bool { return v.found != nil && len(v.found.Errors) >= mostFindings }

func (v *validator) put(finding Finding) {
	if !v.full() {
		v.found = multierror.Append(v.found, finding)
	}
}

// path names the pipeline, a stage of it, an action of that.
func (v *validator) path(names ...string) string {
	all := append([]string{v.p.Name}, names...)
	for i, name := range all {
		all[i] = clip(name)
		if name == "" {
			all[i] = []string{"(pipeline)", "(stage)", "(action)"}[min(i, 2)]
		}
	}
	return strings.Join(all, "/")
}

func (v *validator) pathOf(at place) string { return v.path(v.p.Stages[at.stage].Name, at.action) }

func (v *validator) top() spot { return spot{path: v.path(), wire: "pipeline"} }

func (v *validator) stageSpot(i int) spot {
	s := v.top().member("stages").item(i)
	return spot{path: v.path(v.p.Stages[i].Name), wire: s.wire}
}

func (v *validator) actionSpot(i, j int) spot {
	s := v.stageSpot(i).member("actions").item(j)
	return spot{path: v.path(v.p.Stages[i].Name, v.p.Stages[i].Actions[j].Name), wire: s.wire}
}

// size checks that what is valid can be read again.
func (v *validator) size() {
	if v.found.ErrorOrNil() != nil {
		return
	}
	if err := Readable(Canonical(v.p)); err != nil {
		v.add(InvalidStructure, v.top(), "", "%v", err)
	}
}
