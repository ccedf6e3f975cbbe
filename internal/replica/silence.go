package replica

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

// listens reports whether a run that was claimed in this round times out when it is silent.
func (d *deciding) listens() bool {
	return slices.ContainsFunc(d.flight.events, func(e machine.Event) bool {
		claim, ok := e.(*machine.ActionClaimed)
		return ok && d.stream.state.Listens(claim.ID)
	})
}
