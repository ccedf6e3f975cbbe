package machine

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// DefinitionRecord is one version of a definition.
type DefinitionRecord struct {
	Definition []byte    `wire:"1"` // canonical JSON
	At         time.Time `wire:"2"`
	By         string    `wire:"3"`
}

// ReadDefinition reads the record of a version.
func ReadDefinition(record *store.Record) (out DefinitionRecord, err error) {
	if err = codec.Unmarshal(record.Data, &out); err != nil {
		return out, fmt.Errorf("definition %s of %s: %w", record.ID, record.Group, err)
	}
	return out, nil
}

func definitionRecord(pipeline string, e *PipelineDefined) store.Record {
	return store.Record{
		Ref:  DefinitionRef(pipeline, e.Version),
		Data: codec.Marshal(&DefinitionRecord{Definition: e.Definition, At: e.At, By: e.By}),
	}
}

// DefinitionRef names the record of a definition's version.
func DefinitionRef(pipeline string, version int) store.Ref {
	return store.Ref{Kind: KindDefinition, Group: pipeline, ID: fmt.Sprintf("%010d", version)}
}

// PipelineRecord is what a list of pipelines shows of one. There is one as long as there is the pipeline.
type PipelineRecord struct {
	Version int               `wire:"1"` // of the newest definition
	Type    string            `wire:"2"` // V1 or V2
	Mode    string            `wire:"3"`
	Created time.Time         `wire:"4"`
	Updated time.Time         `wire:"5"` // when the newest definition was made
	Tags    map[string]string `wire:"6"`
}

// PipelineRef names the record of a pipeline.
func PipelineRef(pipeline string) store.Ref { return store.Ref{Kind: KindPipeline, ID: pipeline} }

// ReadPipeline reads the record of a pipeline.
func ReadPipeline(record *store.Record) (out PipelineRecord, err error) {
	if err = codec.Unmarshal(record.Data, &out); err != nil {
		return out, fmt.Errorf("pipeline %s: %w", record.ID, err)
	}
	return out, nil
}

// pipelineRecord is the record as the state is now.
func (s *State) pipelineRecord() store.Record {
	plan := s.Plan()
	return store.Record{Ref: PipelineRef(s.Name), Data: codec.Marshal(&PipelineRecord{
		Version: s.Version, Type: plan.PipelineType, Mode: plan.Mode, Created: s.Created, Updated: s.Updated, Tags: s.Tags,
	})}
}
