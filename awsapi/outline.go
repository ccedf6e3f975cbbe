package awsapi

import (
	"context"
	"sync"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// mostOutlines bounds what is kept of definitions; any other is read anew.
const mostOutlines = 256

// outlines are definitions for those who look at no more than their shape: stages, actions, mode. A version of a pipeline never changes. Which of its
// configuration is secret does, so whoever shows that asks for the definition.
type outlines struct {
	mu   sync.Mutex
	kept map[outlined]*wire.PipelineDeclaration
}

// outlined names a version of a pipeline.
type outlined struct {
	pipeline string
	version  int
}

// outline is the shape of a pipeline under a version. It is shared: nobody changes it.
func (c *call) outline(ctx context.Context, pipeline string, version int) (*wire.PipelineDeclaration, error) {
	o, key := &c.outlines, outlined{pipeline, version}
	o.mu.Lock()
	found := o.kept[key]
	o.mu.Unlock()
	if found != nil {
		return found, nil
	}
	made, err := c.definition(ctx, pipeline, version)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil {
		o.kept = map[outlined]*wire.PipelineDeclaration{}
	}
	for other := range o.kept {
		if len(o.kept) < mostOutlines {
			break
		}
		delete(o.kept, other)
	}
	o.kept[key] = made
	return made, nil
}
