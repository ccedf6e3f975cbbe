package simulation

import (
	"path"
	"strings"

	"github.com/penstock-dev/penstock/internal/machine"
)

// reason says why some cells are never reached. Each of modes, areas, states and inputs is a list of patterns between bars.
type reason struct{ modes, areas, states, inputs, why string }

// reasons are known. A cell of none of them that is never reached is a gap; one of them that is reached shows that its reason is wrong.
var reasons = []reason{
	{"*", "no pipeline", "never defined", "define the same", "there is no definition to be the same as"},
	{machine.Parallel, "execution|stage run", "Succeeded|Skipped|Failed|Stopped|Superseded|Cancelled", "*", "a PARALLEL execution leaves for its record when it ends: no stage keeps it"},
	{machine.Parallel, "execution", "waiting", "*", "PARALLEL executions neither wait for each other nor at a transition"},
	{machine.Parallel, "execution", "rollback *", "*", "a PARALLEL pipeline has no rollback (S11)"},
	{machine.Parallel, "*", "outdated|*, outdated", "*", "an update leaves PARALLEL executions their definition (S12)"},
	{machine.Parallel, "transition", "*, awaited", "*", "PARALLEL executions wait nowhere, and an update to PARALLEL cancels who does"},
	{"*", "execution", "Superseded", "*", "the superseder came the same way: it is the latest in each stage that the other one was in, which leaves for its record"},
	{"*", "execution", "rollback waiting", "*", "a rollback enters its stage when it starts, or is refused (S11)"},
	{"*", "stage run", "waiting", "*", "who waits for a stage has no run in it: it is elsewhere"},
	{"*", "transition", "open, free, awaited", "*", "who waits enters with the commit that opens or frees the stage (L1)"},
	{"*", "approval|engine", "asked for, outdated|approval, outdated", "*", "an update ends open approvals (C6)"},
	{"*", "engine|work|job", "between tries, failing|between tries, stopping|between tries, outdated", "*", "a failure, a stop and an update end what waits for a further try (S8)"},
	{"*", "engine", "before its window, stopping|before its window, outdated", "*", "a stop and an update end what waits for its window (S8)"},
	{"*", "job", "ready, *", "*", "no worker knows of a job before it is queued, and what comes back from one is queued again at once"},
	{"*", "engine|work", "ready, stopping|ready, outdated", "*", "of what stops only runs that can be attached to go on, and re-entries, which are claimed when they are due (S8)"},
	{"*", "engine", "ready, failing", "queue", "only rules begin in a stage that has failed, and rules are no jobs"},
	{"*", "job", "lingering, working", "*", "work that lingers has failed its stage, unless a rule left it, and rules are no jobs"},
}

// unreached answers why a cell is never reached; "" when it may be.
func (c *Cell) unreached() string {
	for _, r := range reasons {
		if matches(r.modes, c.Mode) && matches(r.areas, c.Area) && matches(r.states, c.State) && matches(r.inputs, c.Input) {
			return r.why
		}
	}
	return ""
}

// matches reports whether one of the patterns between bars fits.
func matches(patterns, text string) bool {
	for pattern := range strings.SplitSeq(patterns, "|") {
		if fits, err := path.Match(pattern, text); err == nil && fits {
			return true
		}
	}
	return false
}
