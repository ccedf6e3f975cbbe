package penstock

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// PipelineInfo is what a list shows of a pipeline.
type PipelineInfo struct {
	Name    string
	Version int    // of the newest definition
	Type    string // V1 or V2
	Mode    ExecutionMode
	Created time.Time // when the first definition was made
	Updated time.Time // when the newest definition was made
	Tags    map[string]string
}

// PipelineQuery asks for pipelines, ordered by name.
type PipelineQuery struct {
	Cursor string // PipelinePage.Next; "" starts
	Limit  int    // default 100, at most 1000
}

// PipelinePage is part of a list.
type PipelinePage struct {
	Pipelines []PipelineInfo
	Next      string // "": this was the last page
}

// Pipelines lists the pipelines of the store.
func (e *Engine) Pipelines(ctx context.Context, q PipelineQuery) (PipelinePage, error) {
	const op = "pipelines"
	found, err := e.config.State.List(ctx, store.Query{Kind: machine.KindPipeline, Ascending: true, Cursor: q.Cursor, Limit: q.Limit})
	if err != nil {
		return PipelinePage{}, asError(op, "", err)
	}
	page := PipelinePage{Next: found.Next}
	for i := range found.Records {
		info, err := pipelineInfo(op, &found.Records[i])
		if err != nil {
			return PipelinePage{}, err
		}
		page.Pipelines = append(page.Pipelines, info)
	}
	return page, nil
}

// PipelineInfo answers what the list of pipelines shows of one, its tags among it.
func (e *Engine) PipelineInfo(ctx context.Context, name string) (PipelineInfo, error) {
	const op = "pipeline info"
	records, err := e.config.State.Get(ctx, machine.PipelineRef(name))
	switch {
	case err != nil:
		return PipelineInfo{}, asError(op, name, err)
	case records[0] == nil:
		return PipelineInfo{}, &Error{Code: ErrPipelineNotFound, Op: op, Path: name, Err: errors.New("there is no such pipeline")}
	}
	return pipelineInfo(op, records[0])
}

func pipelineInfo(op string, record *store.Record) (PipelineInfo, error) {
	is, err := machine.ReadPipeline(record)
	if err != nil {
		return PipelineInfo{}, &Error{Code: ErrInternal, Op: op, Path: record.ID, Err: err}
	}
	return PipelineInfo{
		Name: record.ID, Version: is.Version, Type: is.Type, Mode: ExecutionMode(is.Mode), Created: is.Created, Updated: is.Updated, Tags: is.Tags,
	}, nil
}

// Pipeline answers a pipeline's definition and its version; version 0 asks for the newest. Secrets in it are SecretMask. ErrVersionNotFound:
// the pipeline never had that version.
func (e *Engine) Pipeline(ctx context.Context, name string, version int) (Pipeline, int, error) {
	const op = "pipeline"
	if version == 0 {
		info, err := e.PipelineInfo(ctx, name)
		if err != nil {
			return Pipeline{}, 0, err
		}
		version = info.Version
	}
	records, err := e.config.State.Get(ctx, machine.DefinitionRef(name, version))
	if err != nil {
		return Pipeline{}, 0, asError(op, name, err)
	}
	if records[0] == nil {
		if _, err := e.PipelineInfo(ctx, name); err != nil {
			return Pipeline{}, 0, err
		}
		return Pipeline{}, 0, &Error{Code: ErrVersionNotFound, Op: op, Path: name, Err: fmt.Errorf("there is no version %d", version)}
	}
	v, err := readVersion(op, records[0])
	if err != nil {
		return Pipeline{}, 0, err
	}
	secrets, err := e.secrets(ctx, op)
	if err != nil {
		return Pipeline{}, 0, err
	}
	return Pipeline{stored: definition.Mask(v.pipeline, secrets)}, version, nil
}

// PipelineVersion is one definition that a pipeline had, or has.
type PipelineVersion struct {
	Version int
	Author  string    // who applied it; see WithActor
	At      time.Time // when, on the store's clock
	Changes []Change  // since the version before it; none, of the first, or of one that was applied although nothing had changed
}

// PipelineVersionQuery asks for the versions of a pipeline, newest first.
type PipelineVersionQuery struct {
	Pipeline string
	Cursor   string // PipelineVersionPage.Next; "" starts
	Limit    int    // default 100, at most 1000
}

// PipelineVersionPage is part of a list.
type PipelineVersionPage struct {
	Versions []PipelineVersion
	Next     string // "": this was the last page
}

// PipelineVersions lists who changed a pipeline's definition, when and how. Secrets in it are SecretMask, also where one was changed.
func (e *Engine) PipelineVersions(ctx context.Context, q PipelineVersionQuery) (PipelineVersionPage, error) {
	const op = "pipeline versions"
	found, err := e.config.State.List(ctx, store.Query{Kind: machine.KindDefinition, Group: q.Pipeline, Cursor: q.Cursor, Limit: q.Limit})
	if err != nil {
		return PipelineVersionPage{}, asError(op, q.Pipeline, err)
	}
	if len(found.Records) == 0 {
		_, err := e.PipelineInfo(ctx, q.Pipeline)
		return PipelineVersionPage{}, err
	}
	secrets, err := e.secrets(ctx, op)
	if err != nil {
		return PipelineVersionPage{}, err
	}
	versions, err := e.versions(ctx, op, found.Records)
	if err != nil {
		return PipelineVersionPage{}, err
	}
	page := PipelineVersionPage{Next: found.Next}
	for i := range found.Records {
		v := PipelineVersion{Version: versions[i].number, Author: versions[i].By, At: versions[i].At}
		if i+1 < len(versions) && versions[i+1].number == v.Version-1 {
			v.Changes = maskedDiff(versions[i+1].pipeline, versions[i].pipeline, secrets)
		}
		page.Versions = append(page.Versions, v)
	}
	return page, nil
}

// version is a stored definition, read.
type version struct {
	machine.DefinitionRecord
	number   int
	pipeline definition.Pipeline
}

func readVersion(op string, record *store.Record) (version, error) {
	is, err := machine.ReadDefinition(record)
	v := version{DefinitionRecord: is}
	if err == nil {
		v.pipeline, err = definition.ParseStored(is.Definition)
	}
	if err == nil {
		v.number, err = strconv.Atoi(record.ID)
	}
	if err != nil {
		return v, &Error{Code: ErrInternal, Op: op, Path: record.Group, Err: err}
	}
	return v, nil
}

// versions reads a page of records, newest first, and the one that comes next, if there is one.
func (e *Engine) versions(ctx context.Context, op string, records []store.Record) (out []version, err error) {
	for i := range records {
		v, err := readVersion(op, &records[i])
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	last := out[len(out)-1]
	before, err := e.config.State.Get(ctx, machine.DefinitionRef(records[0].Group, last.number-1))
	if err != nil {
		return nil, asError(op, records[0].Group, err)
	}
	if before[0] != nil {
		v, err := readVersion(op, before[0])
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
