package machine

import (
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
)

// silenceOf is how long a run of a type may go without a report; 0 is as long as it likes (spec D4, Lambda). Only the service's own types are
// asked, as for their timeouts.
func silenceOf(t definition.TypeID) time.Duration {
	own, _ := catalogue.Catalogue{}.Type(t)
	return own.Timeout.Silence
}

// due is when the action times out: at its deadline, or when its run has been silent for too long. Silence begins when a run is claimed, and
// anew with whatever the run reports; an action that is Pending has said when it wants to be entered again.
func (a *ActionExecution) due(leaf *Leaf) time.Time {
	if a.Phase != Claimed || leaf.Silence == 0 {
		return a.Deadline
	}
	if silent := a.Changed.Add(leaf.Silence); a.Deadline.IsZero() || silent.Before(a.Deadline) {
		return silent
	}
	return a.Deadline
}

// expireSilent ends what has been silent for too long.
func (d *decision) expireSilent() {
	for _, w := range slices.Clone(d.actions) {
		if !w.action.live() || w.action.Phase != Claimed || d.enough() {
			continue
		}
		if due := w.action.due(d.leafOf(w.run, w.action)); due.Before(w.action.Deadline) && !due.After(d.now) {
			d.expire(w)
		}
	}
}

// Listens reports whether an action in progress times out when its run is silent.
func (s *State) Listens(id ID) bool {
	w, ok := s.find(id)
	return ok && s.leafOf(w.run, w.action).Silence > 0
}
