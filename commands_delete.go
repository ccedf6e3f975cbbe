package penstock

import (
	"context"

	"github.com/penstock-dev/penstock/internal/machine"
)

// DeletePipeline deletes a pipeline. Executions that wait are Cancelled at once; what runs is ended, and they are Cancelled when it is gone, at the
// latest 30 s later. From then on there is no such pipeline; its events and its audit can still be read. ApplyPipeline makes it anew: it starts
// as a new one does, and its versions go on from the last, so that no execution of before is taken for one of its own. Deleting what is not
// there is no error.
type DeletePipeline struct {
	ID       string
	Pipeline string
}

func (c DeletePipeline) access() Access {
	return Access{Verb: VerbDelete, Pipeline: c.Pipeline}
}

func (c DeletePipeline) order(_ *Engine, actor string) (order, error) {
	return order{c.ID, &machine.Delete{By: actor}, c}, nil
}

// Delete deletes a pipeline, and ends what goes on in it.
func (e *Engine) Delete(ctx context.Context, pipeline string) error {
	_, err := e.Do(ctx, DeletePipeline{Pipeline: pipeline})
	return err
}
