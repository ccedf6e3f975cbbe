package penstock

import (
	"context"
	"maps"
	"sync"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// creations are the pipelines that this engine is about to create, so that two of its commands cannot both take the last place.
type creations struct {
	mu    sync.Mutex
	names map[string]int // how many commands create it
}

// begin adds a name, and answers all those under way.
func (c *creations) begin(name string) map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[string]int{}
	}
	c.names[name]++
	return maps.Clone(c.names)
}

func (c *creations) end(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names[name]--; c.names[name] == 0 {
		delete(c.names, name)
	}
}

// crowded reports whether there are so many other pipelines that this one cannot be created. One that is there need not be. Unless it fails,
// the pipeline is under way until the engine is told that its creation is decided: from then on the store tells of it.
func (e *Engine) crowded(ctx context.Context, name string) (full bool, err error) {
	others := e.creations.begin(name) // before the store is asked: what ends meanwhile is in its answer
	defer func() {
		if err != nil {
			e.creations.end(name)
			err = asError(string(VerbApply), name, err)
		}
	}()
	is, err := e.config.State.Get(ctx, machine.PipelineRef(name))
	if err != nil || is[0] != nil {
		return false, err
	}
	q := store.Query{Kind: machine.KindPipeline, Ascending: true, Limit: store.MaxPage}
	for more := true; more && len(others) <= e.config.Limits.pipelines(); more = q.Cursor != "" {
		page, err := e.config.State.List(ctx, q)
		if err != nil {
			return false, err
		}
		for i := range page.Records {
			others[page.Records[i].ID] = 1
		}
		q.Cursor = page.Next
	}
	delete(others, name)
	return len(others) >= e.config.Limits.pipelines(), nil
}

// decided says that a command on a pipeline was decided, or that nobody waits for that any more.
func (e *Engine) decided(in machine.Input, pipeline string) {
	if define, ok := in.(*machine.Define); ok && !define.Update {
		e.creations.end(pipeline)
	}
}
