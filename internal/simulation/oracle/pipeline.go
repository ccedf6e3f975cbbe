package oracle

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// card is what a list of pipelines has to show of one.
type card struct {
	created, updated time.Time
	tags             map[string]string
}

// filed takes in a new version: of what it had to be made, and what the list shows of it.
func (s *stream) filed(e *machine.PipelineDefined) {
	if c := s.ledger.Commands[e.By]; c != nil {
		if in, ok := c.Input.(*machine.Define); ok {
			s.mayDefine(c, in, e)
		}
	}
	if s.absent() {
		s.card = card{created: e.At, tags: maps.Clone(e.Tags)}
	}
	s.card.updated = e.At
}

// absent reports whether there is no such pipeline.
func (s *stream) absent() bool { return s.version == 0 || s.deleted }

// mayDefine: S1. A version is made by what was allowed to make it: of what there is, and new or not as it says.
func (s *stream) mayDefine(c *Command, in *machine.Define, e *machine.PipelineDefined) {
	base := e.Version - 1
	if s.absent() {
		base = machine.NoBase
	}
	switch {
	case in.Base != 0 && in.Base != base:
		s.Fail("S1", "command %s made version %d of %s though it knew only version %d, not %d", c.ID, e.Version, s.name, in.Base, base)
	case in.Create && !s.absent():
		s.Fail("S1", "command %s, which creates, updated %s to version %d", c.ID, s.name, e.Version)
	case (in.Update || in.Full) && s.absent():
		s.Fail("S1", "command %s created %s, which it must not", c.ID, s.name)
	case !slices.Equal(in.Dropped, e.Dropped):
		s.Fail("S1", "command %s dropped %v, and version %d of %s says %v", c.ID, in.Dropped, e.Version, s.name, e.Dropped)
	}
}

// tagged judges a change of tags: it is asked for, it changes something, and there are not too many.
func (s *stream) tagged(e *machine.TagsChanged) {
	s.acts(e.By, "tag", e.Kind(), machine.ID{})
	before := maps.Clone(s.card.tags)
	if s.card.tags == nil {
		s.card.tags = map[string]string{}
	}
	maps.Copy(s.card.tags, e.Set)
	for _, key := range e.Removed {
		delete(s.card.tags, key)
	}
	if maps.Equal(before, s.card.tags) || len(s.card.tags) > 50 {
		s.Fail("S1", "tags of %s changed from %v to %v", s.name, before, s.card.tags)
	}
	c := s.ledger.Commands[e.By]
	if c == nil {
		return
	}
	in, _ := c.Input.(*machine.SetTags)
	for key, value := range in.Set {
		if s.card.tags[key] != value {
			s.Fail("S1", "command %s set tag %s to %s, and it is %s", c.ID, key, value, s.card.tags[key])
		}
	}
	for _, key := range in.Remove {
		if _, there := s.card.tags[key]; there {
			s.Fail("S1", "command %s removed tag %s, and it is there", c.ID, key)
		}
	}
}

// pipelineRecords judges what the list of pipelines shows of this one.
func (s *stream) pipelineRecords(ctx context.Context) {
	name := strings.TrimPrefix(s.name, "pipeline/")
	record, there := s.list(ctx, store.Query{Kind: machine.KindPipeline})[name]
	if there != (s.version > 0 && !s.deleted) {
		s.Fail("record", "pipeline %s at version %d is listed=%t", name, s.version, there)
	}
	if !there {
		return
	}
	is, err := machine.ReadPipeline(&record)
	same := is.Version == s.version && is.Created.Equal(s.card.created) && is.Updated.Equal(s.card.updated) && maps.Equal(is.Tags, s.card.tags)
	if err != nil || !same || is.Mode != s.designs[s.version].Mode {
		s.Fail("record", "pipeline %s is listed as %+v, not version %d with %+v: %v", name, is, s.version, s.card, err)
	}
	versions := s.list(ctx, store.Query{Kind: machine.KindDefinition, Group: name})
	if len(versions) != s.version {
		s.Fail("record", "pipeline %s has records of %d versions, not of %d", name, len(versions), s.version)
	}
}
