package machine

import (
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/window"
)

// zone finds a time zone by its name. Which zones there are, and when their clocks change, is data of the machine's surroundings, so it comes
// with the environment. It only decides when a stream is looked at again: what is stored is moments, and folding them needs no zone.
func (d *decision) zone(name string) (*time.Location, error) {
	switch {
	case d.zones != nil:
		return d.zones(name)
	case name == "" || name == "UTC":
		return time.UTC, nil
	default:
		return nil, fmt.Errorf("there are no time zones here: %q is not known", name)
	}
}

// lookOut ends a DeploymentWindow rule when the window is open, and has it wait for the next opening when it is not (spec C12).
func (d *decision) lookOut(w where) {
	config := d.leafOf(w.run, w.action).configured(w.action.Resolved)
	loc, err := d.zone(config["TimeZone"])
	if err != nil {
		d.endAction(w, misconfigured(err.Error()))
		return
	}
	open, err := window.Parse(config["Cron"])
	if err != nil {
		d.endAction(w, misconfigured(err.Error()))
		return
	}
	next, found := open.Next(d.now.In(loc), w.action.Deadline)
	switch {
	case found && !next.After(d.now):
		d.endAction(w, &ActionEnded{Status: Succeeded, Summary: "the deployment window is open"})
	case found:
		d.emit(&RuleWaiting{At: d.now, ID: w.action.ID, Until: next.UTC()})
	default:
		d.emit(&RuleWaiting{At: d.now, ID: w.action.ID})
	}
}

// openWindows looks at the deployment windows that should be open by now.
func (d *decision) openWindows() {
	for _, w := range slices.Clone(d.actions) {
		if a := w.action; a.live() && a.Phase == Opening && !a.Until.IsZero() && !a.Until.After(d.now) && a.Deadline.After(d.now) && !d.enough() {
			d.lookOut(w)
			d.progress(w.execution)
		}
	}
}
