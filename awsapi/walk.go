package awsapi

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
)

// pageSize is how many executions the engine is asked for at once.
const pageSize = 100

// walk yields a pipeline's executions from a place on, newest first. An execution that ends meanwhile is neither lost nor told twice: the engine lists the live ones apart, and IDs sort in the order of start.
func (c *call) walk(ctx context.Context, q penstock.ExecutionQuery, from place) iter.Seq2[walked, error] {
	return func(yield func(walked, error) bool) {
		q.Cursor, q.Limit = from.Cursor, pageSize
		live, err := c.live(ctx, q)
		if err != nil {
			yield(walked{}, err)
			return
		}
		last := from.Execution
		for {
			page, err := c.engine.Executions(ctx, q)
			if err != nil {
				yield(walked{}, err)
				return
			}
			batch, later := merge(live, page, last)
			for _, x := range batch {
				if !yield(walked{x, place{Cursor: q.Cursor, Execution: x.ID}}, nil) {
					return
				}
				last = x.ID
			}
			if live = later; page.Next == "" {
				return
			}
			q.Cursor = page.Next
		}
	}
}

// walked is an execution and where it stands.
type walked struct {
	penstock.Execution
	at place
}

// live are the executions in progress that the engine lists on its first page only.
func (c *call) live(ctx context.Context, q penstock.ExecutionQuery) ([]penstock.Execution, error) {
	if q.SucceededIn != "" {
		return nil, nil
	}
	state, err := c.engine.State(ctx, q.Pipeline)
	return state.Live, err
}

// merge puts live executions among those of a page, newest first, without what comes before the last one. Live ones that are older than the page
// are for later, unless it is the last page.
func merge(live []penstock.Execution, page penstock.ExecutionPage, last string) (batch, later []penstock.Execution) {
	oldest := ""
	seen := map[string]bool{}
	for _, x := range page.Executions {
		if x.Status.Ended() || !isAmong(live, x.ID) {
			batch, seen[x.ID] = append(batch, x), true
			if page.Next != "" && x.Status.Ended() {
				oldest = x.ID
			}
		}
	}
	for _, x := range live {
		switch {
		case seen[x.ID]:
		case x.ID < oldest:
			later = append(later, x)
		default:
			batch = append(batch, x)
		}
	}
	batch = slices.DeleteFunc(batch, func(x penstock.Execution) bool { return last != "" && x.ID >= last })
	slices.SortFunc(batch, func(a, b penstock.Execution) int { return strings.Compare(b.ID, a.ID) })
	return batch, later
}

func isAmong(all []penstock.Execution, id string) bool {
	return slices.ContainsFunc(all, func(x penstock.Execution) bool { return x.ID == id })
}
