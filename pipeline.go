package penstock

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// ExecutionMode says what becomes of executions that meet (spec C3 to C5).
type ExecutionMode string

// The execution modes.
const (
	Superseded ExecutionMode = "SUPERSEDED" // a newer one overtakes an older one that waits for a stage; the default
	Queued     ExecutionMode = "QUEUED"     // they go one behind the other, in the order of their start
	InParallel ExecutionMode = "PARALLEL"   // they know nothing of each other; no rollback
)

// Pipeline is a definition of a release: a value that can be shared, changed into another one, stored as CodePipeline's JSON, and
// given to an engine. It may be wrong: Validate, and everything that takes a pipeline, reports all of its problems.
type Pipeline struct {
	stored   definition.Pipeline
	problems definition.Problems
}

// NewPipeline is a pipeline of these stages, 2 to 50, in order; the first fetches. Its name is 1 to 100 letters, digits or any
// of . @ - _.
func NewPipeline(name string, stages ...Stage) Pipeline {
	p := Pipeline{stored: definition.Pipeline{
		Name: name, ExecutionMode: string(Superseded), PipelineType: "V2", Stages: []definition.Stage{},
	}}
	blocks := map[string]definition.StageBlock{}
	for _, s := range stages {
		p.stored.Stages = append(p.stored.Stages, s.stage)
		blocks[s.stage.Name] = s.block
		for _, problem := range s.problems {
			problem.Path = joinPath(name, s.stage.Name, problem.Path)
			p.problems = append(p.problems, problem)
		}
	}
	p.stored.Penstock = &definition.Block{Stages: blocks}
	p.stored = definition.Normalize(p.stored)
	p.problems = append(p.problems, mistypedArtifacts(name, stages)...)
	return p
}

func joinPath(names ...string) string {
	named := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	return strings.Join(named, "/")
}

// mistypedArtifacts finds names that two calls of NewArtifact gave to different types, which the compiler cannot see.
func mistypedArtifacts(pipeline string, stages []Stage) definition.Problems {
	type first struct {
		path string
		of   reflect.Type
	}
	seen := map[string]first{}
	var found definition.Problems
	for _, s := range stages {
		for _, a := range s.wired {
			path := joinPath(pipeline, s.stage.Name, a.action)
			for _, w := range a.artifacts {
				other, ok := seen[w.name]
				if !ok {
					seen[w.name] = first{path, w.of}
				} else if other.of != w.of {
					found = append(found, definition.Problem{
						Path: path, Field: "configuration." + w.key, Hint: "share one NewArtifact between them",
						Message: fmt.Sprintf("artifact %q is of type %s here, but of type %s in %s", w.name, w.of, other.of, other.path),
					})
				}
			}
		}
	}
	return found
}

// Mode sets the execution mode. Default: Superseded.
func (p Pipeline) Mode(m ExecutionMode) Pipeline {
	p.stored.ExecutionMode = string(m)
	return p
}

// UpdatePolicy says what an update does to executions that are under way.
type UpdatePolicy string

// The update policies.
const (
	CancelRunning UpdatePolicy = definition.UpdateCancels  // what runs ends, then they are Cancelled; what waits is Cancelled at once (spec C6)
	FinishRunning UpdatePolicy = definition.UpdateFinishes // they go on under the definition that they began with; where that cannot be, the update is refused
)

// OnUpdate says what becomes of executions under way when this definition is applied. Default: CancelRunning, as the service does it. With
// FinishRunning the update is refused, with ErrFailedPrecondition, when it changes the mode, or removes or reorders a stage that a live execution
// is in or has ahead. Executions of an InParallel pipeline always finish.
func (p Pipeline) OnUpdate(policy UpdatePolicy) Pipeline {
	block := definition.Block{}
	if p.stored.Penstock != nil {
		block = *p.stored.Penstock
	}
	block.Update = string(policy)
	p.stored.Penstock = &block
	p.stored = definition.Normalize(p.stored)
	return p
}

// Variables declares pipeline variables, up to 50, after those that it has. See NewPipelineVariable.
func (p Pipeline) Variables(vars ...DeclaredVariable) Pipeline {
	declared := slices.Clone(p.stored.Variables)
	for _, v := range vars {
		d, err := v.declare()
		if err != nil {
			p.problems = slices.Concat(p.problems, definition.Problems{{Path: p.stored.Name, Field: "variables." + d.Name, Message: err.Error()}})
		}
		declared = append(declared, d)
	}
	p.stored.Variables = declared
	return p
}

// Triggers adds triggers, up to 50.
func (p Pipeline) Triggers(triggers ...Trigger) Pipeline {
	all := slices.Clone(p.stored.Triggers)
	for _, t := range triggers {
		all = append(all, t.stored())
	}
	p.stored.Triggers = all
	return p
}

// Name is the pipeline's name.
func (p Pipeline) Name() string { return p.stored.Name }

// Validate answers nil, or an *Error with code ErrInvalidDefinition that wraps Problems: everything that is wrong at once, each with
// its path, in the order in which AWS CodePipeline finds it. Action types that are neither in known nor the service's own are wrong too; a
// nil known leaves types and their configuration unjudged. The limits are the default ones; an engine has its own. ValidateAs judges by an
// account of the service too.
func (p Pipeline) Validate(known *Actions) error {
	return p.ValidateAs(known, Judging{})
}

func (p Pipeline) validate(options definition.Options) error {
	found := definition.Found(p.problems)
	more, _ := errors.AsType[definition.Findings](definition.ValidateWith(p.stored, options))
	for _, finding := range more {
		if !slices.ContainsFunc(found, func(f definition.Finding) bool { return sameMistake(f.Problem, finding.Problem) }) {
			found = append(found, finding)
		}
	}
	found.Sort()
	return invalidDefinition("validate", p.stored.Name, found)
}

// sameMistake: what a builder found wrong need not be said again in the words of the stored form. An action without a configuration
// has no type either.
func sameMistake(built, stored definition.Problem) bool {
	return built == stored || built.Path == stored.Path && built.Field == "configuration" && built.Message == nilConfiguration
}

// definition is what the engine stores. It fails for a pipeline whose configurations cannot be stored.
func (p Pipeline) definition() (definition.Pipeline, error) {
	return p.stored, invalidDefinition("store", p.stored.Name, definition.Found(p.problems))
}

// ParsePipeline reads CodePipeline's own JSON, as get-pipeline answers it or only the structure in it, with or without the penstock
// block. Unknown, doubled and mistyped fields are errors that say where, and so is what is larger or deeper than a pipeline can be. It
// does not validate.
func ParsePipeline(data []byte) (Pipeline, error) {
	stored, err := definition.Parse(data)
	if err != nil {
		return Pipeline{}, parseError(err)
	}
	return Pipeline{stored: stored}, nil
}

func parseError(err error) error {
	if findings, ok := errors.AsType[definition.Findings](err); ok {
		return invalidDefinition("parse", "", findings)
	}
	return &Error{Code: ErrInvalidDefinition, Op: "parse", Err: err}
}

// MarshalJSON is the canonical form: CodePipeline's pipeline structure with all defaults, plus a penstock block for what it lacks.
// Two pipelines that mean the same give the same bytes. It fails for a pipeline whose configurations cannot be stored.
func (p Pipeline) MarshalJSON() ([]byte, error) {
	stored, err := p.definition()
	if err != nil {
		return nil, err
	}
	return definition.Canonical(stored), nil
}

// UnmarshalJSON is ParsePipeline.
func (p *Pipeline) UnmarshalJSON(data []byte) error {
	parsed, err := ParsePipeline(data)
	if err == nil {
		*p = parsed
	}
	return err
}
