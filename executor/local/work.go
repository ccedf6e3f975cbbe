package local

import (
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/executor"
)

// work is what is known of one Ref.ID. Executor.mu guards it.
type work struct {
	id    string
	fence uint64 // the highest seen
	runs  []*run // by rising number: the newest one, and earlier ones that have not ended
	kept  int    // how often past holds it
	one   [1]*run
}

// claim refuses a fence lower than one seen, and remembers a higher one.
func (w *work) claim(ref executor.Ref) error {
	if ref.Fence < w.fence {
		return fmt.Errorf("executor/local: %s run %d with fence %d, after fence %d: %w", ref.ID, ref.Run, ref.Fence, w.fence, executor.ErrFenced)
	}
	w.fence = ref.Fence
	return nil
}

func (w *work) find(number int) *run {
	for _, r := range w.runs {
		if r.number == number {
			return r
		}
	}
	return nil
}

func (w *work) newest() int { return w.runs[len(w.runs)-1].number }

// live returns the runs up to a number that have not ended.
func (w *work) live(upTo int) (live []*run) {
	for _, r := range w.runs {
		if r.number <= upTo && !r.ended {
			live = append(live, r)
		}
	}
	return live
}

// forget drops runs that have ended and are not the newest: nobody may ask for them any more.
func (w *work) forget(newest int) {
	w.runs = slices.DeleteFunc(w.runs, func(r *run) bool { return r.ended && r.number < newest })
}

// remember notes that the work has something to be asked for, and forgets the work that had its last such note the longest
// ago; e.mu is held.
func (e *Executor) remember(w *work) {
	w.kept++
	oldest := e.past.add(w)
	if oldest == nil {
		return
	}
	oldest.kept--
	if oldest.kept == 0 && !slices.ContainsFunc(oldest.runs, func(r *run) bool { return !r.ended }) {
		delete(e.works, oldest.id)
	}
}

// past is a ring of the works whose runs ended last.
type past struct {
	limit int
	ring  []*work
	next  int
}

// add returns what falls out.
func (p *past) add(w *work) (oldest *work) {
	if len(p.ring) < p.limit {
		p.ring = append(p.ring, w)
		return nil
	}
	oldest = p.ring[p.next]
	p.ring[p.next] = w
	p.next = (p.next + 1) % p.limit
	return oldest
}
