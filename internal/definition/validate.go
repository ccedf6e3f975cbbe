package definition

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/go-multierror"
)

// Validate answers Problems with everything that is wrong with a definition, or nil. Messages are the service's own where it has one
// (spec A9). A nil catalogue leaves action types and their configuration keys unjudged.
func Validate(p Pipeline, known Catalogue, limits Limits) error {
	v := &validator{p: Normalize(p), known: known, limits: limits.withDefaults()}
	v.index()
	v.pipeline()
	for i, stage := range v.p.Stages {
		v.stage(i, stage)
	}
	v.block()
	v.namespaceNames()
	v.variables()
	v.triggers()
	return v.result()
}

// result is Problems, or nil.
func (v *validator) result() error {
	if v.found.ErrorOrNil() == nil {
		return nil
	}
	problems := make(Problems, 0, len(v.found.Errors))
	for _, err := range v.found.Errors {
		if problem, ok := errors.AsType[Problem](err); ok { // it gathers nothing else
			problems = append(problems, problem)
		}
	}
	return problems
}

// validator collects what is wrong with one definition.
type validator struct {
	p      Pipeline
	known  Catalogue
	limits Limits
	found  *multierror.Error

	places     []map[string][]step // by stage: where in its tree an action stands
	producers  map[string][]place  // by output artifact
	namespaces map[string][]place  // by namespace
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
}

func (v *validator) add(path, field, hint, format string, args ...any) {
	v.put(Problem{Path: path, Field: field, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (v *validator) put(problem Problem) { v.found = multierror.Append(v.found, problem) }

// path names the pipeline, a stage of it, an action of that.
func (v *validator) path(names ...string) string {
	all := append([]string{v.p.Name}, names...)
	for i, name := range all {
		if name == "" {
			all[i] = []string{"(pipeline)", "(stage)", "(action)"}[min(i, 2)]
		}
	}
	return strings.Join(all, "/")
}

func (v *validator) pathOf(at place) string { return v.path(v.p.Stages[at.stage].Name, at.action) }

// Characters besides ASCII letters and digits (spec A1 to A4).
const (
	inNames      = ".@-_"
	inNamespaces = "@-_"
	inArtifacts  = "-_"
)

// named checks a required name.
func (v *validator) named(path, field, name, others string, most int) {
	if len(name) > most || !consistsOf(name, others) {
		v.add(path, field, "", "%q must be 1 to %d letters, digits or any of %s", name, most, strings.Join(strings.Split(others, ""), " "))
	}
}

// sized checks the length of a text, in characters.
func (v *validator) sized(path, field, text string, least, most int) {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		v.add(path, field, "", "must have %d to %d characters, not %d", least, most, n)
	}
}

// atMost checks the length of a list.
func (v *validator) atMost(path, field string, n, most int) {
	if n > most {
		v.add(path, field, "", "has %d members; up to %d are allowed", n, most)
	}
}

// oneOf checks an enumeration; an empty value is left to whoever requires it.
func (v *validator) oneOf(path, field, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		v.add(path, field, "", "%q must be one of %s", value, strings.Join(allowed, ", "))
	}
}

var roleArn = regexp.MustCompile(`^arn:aws(-\w+)*:iam::[0-9]{12}:role/.*$`)

func (v *validator) role(path, arn string) {
	if arn != "" && (len(arn) > 1024 || !roleArn.MatchString(arn)) {
		v.add(path, "roleArn", "", "%q is not the ARN of an IAM role", arn)
	}
}

func (v *validator) region(path, region string) {
	if region != "" {
		v.sized(path, "region", region, 4, 30)
	}
}

// pipeline checks what belongs to no stage (spec A1).
func (v *validator) pipeline() {
	path := v.path()
	v.named(path, "name", v.p.Name, inNames, 100)
	v.role(path, v.p.RoleArn)
	v.oneOf(path, "executionMode", v.p.ExecutionMode, "SUPERSEDED", "QUEUED", "PARALLEL")
	v.oneOf(path, "pipelineType", v.p.PipelineType, typeV1, typeV2)
	if v.p.PipelineType == typeV1 {
		for _, problem := range v2Features(v.p) {
			v.add(problem.Path, problem.Field, "set pipelineType to V2", "%s", problem.Message)
		}
	}
	v.artifactStores(path)
	v.stageCount(path)
	v.sources(path)
}

func (v *validator) artifactStores(path string) {
	if v.p.ArtifactStore != nil && len(v.p.ArtifactStores) > 0 {
		v.add(path, "artifactStore", "keep one of the two", "artifactStore and artifactStores exclude each other")
	}
	if v.p.ArtifactStore != nil {
		v.artifactStore(path, "artifactStore", *v.p.ArtifactStore)
	}
	for _, region := range sortedKeys(v.p.ArtifactStores) {
		field := "artifactStores." + region
		v.sized(path, field, region, 4, 30)
		v.artifactStore(path, field, v.p.ArtifactStores[region])
	}
}

func (v *validator) artifactStore(path, field string, s ArtifactStore) {
	if s.Type != "S3" {
		v.add(path, field+".type", "", "%q must be one of S3", s.Type)
	}
	if len(s.Location) < 3 || len(s.Location) > 63 || !consistsOf(s.Location, "-.") {
		v.add(path, field+".location", "", "%q must be 3 to 63 letters, digits or any of - .", s.Location)
	}
	if key := s.EncryptionKey; key != nil {
		v.sized(path, field+".encryptionKey.id", key.ID, 1, 400)
		if key.Type != "KMS" {
			v.add(path, field+".encryptionKey.type", "", "%q must be one of KMS", key.Type)
		}
	}
}

func (v *validator) stageCount(path string) {
	switch n := len(v.p.Stages); {
	case n < 2:
		v.add(path, "stages", "", "Pipeline has only %d stage(s). There should be a minimum of 2 stages in a pipeline", n)
	case n > v.limits.Stages:
		v.add(path, "stages", "", "Pipeline has too many stages. There can only be up to %d stages in a pipeline", v.limits.Stages)
	}
	actions := 0
	for _, stage := range v.p.Stages {
		actions += len(stage.Actions)
	}
	if actions > v.limits.PipelineActions {
		v.add(path, "stages", "", "has %d actions; up to %d are allowed in a pipeline", actions, v.limits.PipelineActions)
	}
}

// sources checks that the first stage, and no other, fetches (spec A9).
func (v *validator) sources(path string) {
	others := 0
	for i, stage := range v.p.Stages {
		for _, action := range stage.Actions {
			isSource := action.ActionTypeID.Category == "Source"
			if !isSource {
				others++
			}
			switch at := v.path(stage.Name, action.Name); {
			case i == 0 && !isSource:
				v.add(at, "", "move it to a later stage", "Pipeline should start with a stage that only contains source actions")
			case i > 0 && isSource:
				v.add(at, "", "move it to the first stage", "Source actions can only be included in the first stage of the pipeline")
			}
		}
	}
	if others == 0 {
		v.add(path, "stages", "add a stage that does something with the source", "Pipeline should contain at least 1 action whose category is not Source")
	}
}
