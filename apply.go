package penstock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
)

// ApplyOnly narrows what ApplyPipeline does. It is judged in the same commit as the change: of two that create, one acts.
type ApplyOnly string

// What ApplyPipeline can be narrowed to.
const (
	CreateOnly ApplyOnly = "create" // ErrAlreadyExists: there is a pipeline of this name (CreatePipeline)
	UpdateOnly ApplyOnly = "update" // ErrPipelineNotFound: there is none (UpdatePipeline)
)

// ApplyPipeline creates a pipeline or makes a new version of it; an equal definition changes nothing. A secret that is SecretMask stays what it
// is, where an action of that name and type is there already. ErrLimitExceeded: there would be more pipelines than Limits.Pipelines.
type ApplyPipeline struct {
	ID       string // of the command; the same ID acts once. Empty: not remembered
	Pipeline Pipeline
	Only     ApplyOnly // default: create or update
	Always   bool      // make a new version even when nothing has changed, as the service's UpdatePipeline does
	NoStart  bool      // do not start the first execution of a new pipeline
	// KeepSettings is for definitions of those who do not know of the penstock block, such as the service's own tools: one without a block
	// keeps what the stored one says of every stage and action whose name and type are unchanged. What it cannot keep is
	// named by the event of the new version.
	KeepSettings bool
	// Tags are those of a new pipeline; one that is there already keeps its own. See TagPipeline.
	Tags map[string]string
}

func (c ApplyPipeline) access() Access {
	return Access{Verb: VerbApply, Pipeline: c.Pipeline.Name()}
}

func (c ApplyPipeline) prepare(ctx context.Context, e *Engine, actor string) (order, error) {
	s, err := e.recordTypes(ctx, string(VerbApply))
	if err != nil {
		return order{}, err
	}
	kept, err := e.keep(ctx, s, c)
	if err != nil {
		return order{}, err
	}
	if err := c.check(kept.Pipeline, e.config.Judging.options(zoned{e.known(s)}, e.config.Limits)); err != nil {
		return order{}, err
	}
	stored, err := kept.MarshalJSON()
	if err != nil {
		return order{}, err
	}
	in := &machine.Define{
		Definition: stored, By: actor, Always: c.Always, Start: !c.NoStart, Base: kept.base, Dropped: kept.dropped, Tags: maps.Clone(c.Tags),
		Create: c.Only == CreateOnly, Update: c.Only == UpdateOnly,
	}
	if !in.Update {
		if in.Full, err = e.crowded(ctx, c.Pipeline.Name()); err != nil {
			return order{}, err
		}
	}
	return order{c.ID, in, applied{c.Pipeline.Name(), digestOf(stored), c.Only, c.Always, c.NoStart, c.KeepSettings, c.Tags}}, nil
}

// check judges the command by itself.
func (c ApplyPipeline) check(p Pipeline, by definition.Options) error {
	if c.Only != "" && c.Only != CreateOnly && c.Only != UpdateOnly {
		return &Error{Code: ErrInvalid, Op: string(VerbApply), Path: p.Name(), Err: fmt.Errorf("the command is Only %q", string(c.Only)), Hint: "write CreateOnly, UpdateOnly or nothing"}
	}
	if err := p.validate(by); err != nil {
		return err
	}
	return checkTags(VerbApply, p.Name(), c.Tags)
}

// stale reports whether a command met another version than the one whose secrets or settings it was given, and is to be prepared anew.
func (o order) stale(err error) bool {
	in, ok := o.input.(*machine.Define)
	refusal, refused := errors.AsType[*machine.Error](err)
	return ok && in.Base != 0 && refused && refusal.Code == machine.CodeConflict
}

// applied is what the audit keeps of ApplyPipeline; the definition itself is kept by its version.
type applied struct {
	Pipeline, Definition string    // name; digest of the canonical JSON
	Only                 ApplyOnly `json:",omitempty"`
	Always, NoStart      bool
	KeepSettings         bool              `json:",omitempty"`
	Tags                 map[string]string `json:",omitempty"`
}

// rebased is a pipeline with what it keeps of the stored one.
type rebased struct {
	Pipeline
	base    int      // the version that it was made of; 0 where it keeps nothing of any
	dropped []string // settings that it could not keep, by path
}

// keep gives a pipeline the stored secrets where it has the mask, and the stored settings where it is to keep them.
func (e *Engine) keep(ctx context.Context, s *declare.State, c ApplyPipeline) (rebased, error) {
	out := rebased{Pipeline: c.Pipeline}
	masked := bytes.Contains(definition.Canonical(c.Pipeline.stored), []byte(`"`+SecretMask+`"`))
	if !masked && !c.KeepSettings {
		return out, nil
	}
	now, err := e.fold(ctx, string(VerbApply), c.Pipeline.Name())
	if CodeOf(err) == ErrPipelineNotFound || err == nil && now.Version == 0 {
		out.base = machine.NoBase
		return out, nil
	}
	if err != nil {
		return out, err
	}
	stored, err := definition.ParseStored(now.Definitions[now.Version])
	if err != nil {
		return out, &Error{Code: ErrInternal, Op: string(VerbApply), Path: c.Pipeline.Name(), Err: err}
	}
	out.base = now.Version
	if c.KeepSettings {
		out.stored, out.dropped = definition.Carry(out.stored, stored)
	}
	if masked {
		out.stored = definition.Unmask(out.stored, stored, s.Known(e.config.Actions.types()))
	}
	return out, nil
}

// Apply creates or updates a pipeline. A new one starts its first execution; an equal definition changes nothing, so that a process that
// restarts does not cancel its releases. It reports all problems of a definition at once.
func (e *Engine) Apply(ctx context.Context, p Pipeline) (Reply, error) {
	return e.Do(ctx, ApplyPipeline{Pipeline: p})
}
