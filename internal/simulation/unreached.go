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

// rarities say why some cells are reached in some tens of thousands of histories only, so that a run may miss them.
var rarities = []reason{
	{machine.Parallel, "rollback target", "*, stage held", "*", "only what an update to PARALLEL outdated holds a stage, until its actions end"},
	{"*", "work", "ready, failing", "*", "only a rule on failure whose worker is lost is ready again, and it is claimed with that commit unless no slot is free"},
	{"*", "work", "ready, *|ready to attach, *", "*", "what a lost worker leaves is claimed with the commit that says so, unless no slot is free"},
	{"*", "engine", "ready, failing", "time out", "rules on failure are claimed at once, unless no slot is free"},
	{"*", "engine", "before its window, failing", "time out", "the design needs a window among its rules on failure"},
	{"*", "engine|job", "job Queued, [fso]*|job Dispatched, [fso]*|pending, [fso]*", "*", "in what has failed or stops only jobs go on that continue earlier ones"},
	{"*", "job", "lingering, stopping|lingering, outdated", "acknowledge|store", "the job has timed out in what stops, and its worker comes late"},
}

// unreached answers why a cell is never, or rarely, reached; "" when it should be.
func (c *Cell) unreached() (why string, rare bool) {
	for _, r := range reasons {
		if r.explains(c) {
			return r.why, false
		}
	}
	for _, r := range rarities {
		if r.explains(c) {
			return r.why, true
		}
	}
	return "", false
}

func (r *reason) explains(c *Cell) bool {
	return matches(r.modes, c.Mode) && matches(r.areas, c.Area) && matches(r.states, c.State) && matches(r.inputs, c.Input)
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
