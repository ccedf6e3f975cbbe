package machine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// history shows an execution with all its action executions, wherever they are kept: in the state, in its record, on pages.
func (tr *transcript) history(name string) {
	x, where := tr.state.Execution(tr.ids[name]), "lives"
	record := tr.store[ExecutionRef("p", tr.ids[name])]
	require.NotEqual(tr.t, x != nil && x.Live(), record != nil, "who lives has no record, who has ended has one")
	if x == nil || !x.Live() {
		is, err := ReadExecution(record)
		require.NoError(tr.t, err)
		x, where = &is.Execution, "is in its record"
	}
	var actions []string
	show := func(stored []ActionRecord) {
		for _, r := range stored {
			actions = append(actions, r.Stage+"/"+r.Name+" "+string(r.Action.Status))
		}
	}
	for page := range x.Pages {
		stored, err := x.Page(tr.store[ActionPageRef("p", x.ID, page)])
		require.NoError(tr.t, err)
		show(stored)
	}
	show(x.History())
	fmt.Fprintf(&tr.out, "| %s %s, attempt %d, %s: %s\n", name, x.Status, x.Attempt, where, strings.Join(actions, ", "))
}

// TestAHistoryOfManyRetriesIsWhole: what has left for pages stays there, what is on the last one comes back with its execution.
func TestAHistoryOfManyRetriesIsWhole(t *testing.T) {
	tr := newTranscript(t)
	tr.run("pipeline p PARALLEL\nstage Source Checkout\nstage Build Unit\n> define\n> start\n> claim x1/Checkout\n> succeed x1/Checkout\n")
	const attempts = pageActions + 20
	for attempt := range attempts {
		if attempt > 0 {
			tr.run("> retry x1 Build\n")
		}
		tr.run("> claim x1/Unit\n> fail x1/Unit\n")
	}
	is, err := ReadExecution(tr.store[ExecutionRef("p", tr.ids["x1"])])
	require.NoError(t, err)
	require.Equal(t, 1, is.Execution.Pages)
	require.Equal(t, attempts, is.Execution.Attempt)
	tr.out.Reset()
	tr.history("x1")
	require.Equal(t, attempts, strings.Count(tr.out.String(), "Build/Unit Failed"))
	require.Equal(t, 1, strings.Count(tr.out.String(), "Source/Checkout Succeeded"))
}
