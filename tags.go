package penstock

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
)

// TagPipeline gives a pipeline tags; each replaces one of the same key (TagResource). Keys are 1 to 128 characters and do not begin with
// aws:, values up to 256. ErrInvalidTags, ErrInvalid: one is none. ErrTooManyTags: there would be more than 50. Engine.PipelineInfo lists them.
type TagPipeline struct {
	ID       string // of the command; the same ID acts once. Empty: not remembered
	Pipeline string
	Tags     map[string]string
}

func (c TagPipeline) access() Access { return Access{Verb: VerbTag, Pipeline: c.Pipeline} }

func (c TagPipeline) order(_ *Engine, actor string) (order, error) {
	err := checkTags(VerbTag, c.Pipeline, c.Tags)
	return order{c.ID, &machine.SetTags{Set: maps.Clone(c.Tags), By: actor}, c}, err
}

// UntagPipeline takes tags from a pipeline (UntagResource). A key that is not there is no error.
type UntagPipeline struct {
	ID       string
	Pipeline string
	Keys     []string
}

func (c UntagPipeline) access() Access { return Access{Verb: VerbUntag, Pipeline: c.Pipeline} }

func (c UntagPipeline) order(_ *Engine, actor string) (order, error) {
	return order{c.ID, &machine.SetTags{Remove: slices.Clone(c.Keys), By: actor}, c}, nil
}

// checkTags judges tags by themselves.
func checkTags(verb Verb, pipeline string, tags map[string]string) error {
	findings, ok := errors.AsType[definition.Findings](definition.CheckTags(pipeline, tags))
	if !ok {
		return nil
	}
	code := ErrInvalid
	switch findings[0].Kind {
	case definition.InvalidTags:
		code = ErrInvalidTags
	case definition.TooManyTags:
		code = ErrTooManyTags
	}
	return &Error{Code: code, Op: string(verb), Path: pipeline, Err: findings}
}

// Tag gives a pipeline tags.
func (e *Engine) Tag(ctx context.Context, pipeline string, tags map[string]string) error {
	_, err := e.Do(ctx, TagPipeline{Pipeline: pipeline, Tags: tags})
	return err
}

// Untag takes tags from a pipeline.
func (e *Engine) Untag(ctx context.Context, pipeline string, keys ...string) error {
	_, err := e.Do(ctx, UntagPipeline{Pipeline: pipeline, Keys: keys})
	return err
}
