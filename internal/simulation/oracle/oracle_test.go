package oracle

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

var (
	at       = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	x1, x2   = machine.ID{1}, machine.ID{2}
	a1, a2   = machine.ID{11}, machine.ID{12}
	work     = "Test/Custom/Plain/1"
	approval = "Approval/AWS/Manual/1"
)

// events begin two executions of a pipeline with an action and an approval, of which the first has entered its stage.
func events(more ...machine.Event) []machine.Event {
	return append([]machine.Event{
		&machine.PipelineDefined{At: at, Version: 1, Definition: []byte("{}"), By: "define"},
		&machine.ExecutionStarted{At: at, ID: x1, Version: 1, By: "start1"},
		&machine.ExecutionStarted{At: at, ID: x2, Version: 1, By: "start2"},
		&machine.StageEntered{At: at, Execution: x1, Stage: "One"},
		&machine.ActionStarted{At: at, ID: a1, Execution: x1, Stage: "One", Action: "A", Leaf: 0},
	}, more...)
}

func claimBy(worker string, id machine.ID, run int, fence uint64) machine.Event {
	return &machine.ActionClaimed{At: at, ID: id, Run: run, Fence: fence, Worker: worker, Deadline: at.Add(time.Hour)}
}

// judge commits the events and answers what the oracle says of them.
func judge(t *testing.T, head Head, events []machine.Event) string {
	ledger := NewLedger(map[string]Traits{work: {}})
	ledger.Now, ledger.Limits = at, machine.Limits{Executions: 50, ParallelActions: 5, LostWorkers: 3, DisabledWait: time.Hour, AbandonGrace: 30 * time.Second}
	ledger.Leases["r1"] = at.Add(time.Hour)
	ledger.Designs["{}"] = &Design{Pipeline: "p", Mode: "QUEUED", Stages: []Stage{{
		Name: "One", Tree: Node{Leaf: -1, Children: []Node{{Leaf: 0}, {Leaf: 1}}},
		Actions: []Action{{Name: "A", Type: work, Timeout: time.Hour}, {Name: "B", Type: approval, Approval: true, Timeout: time.Hour}},
	}, {Name: "Two", Tree: Node{Leaf: 0}, Actions: []Action{{Name: "C", Type: work, Timeout: time.Hour}}}}}
	for id, kind := range map[string]string{"define": "define", "start1": "start", "start2": "start", "stop": "stop", "gate": "transition", "no": "approve"} {
		ledger.Commands[id] = &Command{ID: id, Stream: "pipeline/p", Kind: kind}
	}
	ledger.Reports["n1"] = &Report{Ref: machine.Ref{Action: a1, Run: 1, Fence: 1}}
	st := memory.New(nil)
	o := New(ledger, st)
	var token store.ID
	for i, e := range events {
		stored, _ := machine.Encode([]machine.Event{e}, nil)
		batch := store.Batch{Stream: "pipeline/p", Expect: token, Events: stored}
		binary.BigEndian.PutUint64(batch.ID[:], uint64(i)+1)
		token = batch.ID
		require.NoError(t, st.Commit(t.Context(), []store.Batch{batch})[0])
	}
	o.Follow(t.Context())
	o.Wakes("pipeline/p", head)
	o.Finish(t.Context(), 3)
	if o.Broken() == nil {
		return ""
	}
	return o.Broken().Invariant
}

func TestOracle(t *testing.T) {
	driven := Head{Owner: "r1", By: "r1", Wake: at}
	succeeded := &machine.ActionEnded{At: at, ID: a1, Execution: x1, Stage: "One", Action: "A", Status: machine.Succeeded, Summary: "n1"}
	waits := &machine.ExecutionWaiting{At: at, ID: x2, Stage: "One"}
	late := &machine.ActionEnded{At: at, ID: a1, Execution: x1, Stage: "One", Action: "A", Status: machine.Failed, Failure: &machine.Failure{Code: "TimedOut"}}
	for name, test := range map[string]struct {
		head   Head
		events []machine.Event
		want   string
	}{
		"all is well":                          {driven, events(waits, claimBy("r1", a1, 1, 1)), ""},
		"ready, and nobody will look":          {Head{}, events(waits), "S0"},
		"claimed by who does not drive":        {Head{Owner: "r2", By: "r2", Wake: at}, events(waits, claimBy("r1", a1, 1, 1)), "S0"},
		"times out unnoticed":                  {Head{Owner: "r1", By: "r1", Wake: at.Add(2 * time.Hour)}, events(waits, claimBy("r1", a1, 1, 1)), "S0"},
		"nowhere":                              {driven, events(), "S0"},
		"an effect that nobody asked for":      {driven, events(waits, &machine.ExecutionStopping{At: at, ID: x1, By: "whoever"}), "S1"},
		"a command that acts twice":            {driven, events(&machine.ExecutionStarted{At: at, ID: machine.ID{3}, Version: 1, By: "start2"}), "S1"},
		"late though nobody had taken it":      {driven, events(waits, late), "S4"},
		"two in a stage":                       {driven, events(&machine.StageEntered{At: at, Execution: x2, Stage: "One"}), "S2"},
		"claimed twice":                        {driven, events(waits, claimBy("r1", a1, 1, 1), claimBy("r1", a1, 2, 2)), "S3"},
		"a fence that does not rise":           {driven, events(waits, claimBy("r1", a1, 1, 0)), "S3"},
		"an outcome without a claim":           {driven, events(waits, succeeded), "S4"},
		"an outcome of an older claim":         {driven, events(waits, claimBy("r1", a1, 1, 7), succeeded), "S4"},
		"an end after the end":                 {driven, events(waits, claimBy("r1", a1, 1, 1), succeeded, succeeded), "S5"},
		"an arrival that skips a stage":        {driven, events(&machine.StageEntered{At: at, Execution: x2, Stage: "Two"}), "S6"},
		"an action after a stop":               {driven, events(waits, claimBy("r1", a1, 1, 1), &machine.ExecutionStopping{At: at, ID: x1, By: "stop"}, succeeded, &machine.ActionStarted{At: at, ID: a2, Execution: x1, Stage: "One", Action: "B", Leaf: 1, Token: machine.ID{9}, Deadline: at.Add(time.Hour)}), "S8"},
		"an action before its turn":            {driven, events(waits, &machine.ActionStarted{At: at, ID: a2, Execution: x1, Stage: "One", Action: "B", Leaf: 1, Token: machine.ID{9}, Deadline: at.Add(time.Hour)}), "S8"},
		"an approval without a token":          {driven, events(waits, claimBy("r1", a1, 1, 1), succeeded, &machine.ActionStarted{At: at, ID: a2, Execution: x1, Stage: "One", Action: "B", Leaf: 1, Deadline: at.Add(time.Hour)}), "S9"},
		"a retry of what goes on":              {driven, events(waits, &machine.StageRetried{At: at, Execution: x1, Stage: "One", By: "stop"}), "S1"},
		"an execution under no definition":     {driven, events(&machine.ExecutionStarted{At: at, ID: machine.ID{3}, Version: 2}), "S12"},
		"time that goes back":                  {driven, events(waits, &machine.OwnerChanged{At: at.Add(-time.Second)}), "S20"},
		"a quarantine":                         {driven, events(waits, &machine.StreamQuarantined{At: at}), "L7"},
		"a free stage that nobody enters":      {driven, append(events()[:3:3], waits), "S0"},
		"work that is gone though none was":    {driven, events(waits, &machine.WorkGone{At: at, Action: a1}), "S8"},
		"a lock freed while an action goes on": {driven, events(waits, claimBy("r1", a1, 1, 1), &machine.StageEnded{At: at, Execution: x1, Stage: "One", Status: machine.Failed}), "S2"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, judge(t, test.head, test.events)) })
	}
}

func TestAGateHolds(t *testing.T) {
	shut := &machine.TransitionChanged{At: at, Stage: "One", By: "gate"}
	list := events()[:3:3]
	list = append(list, shut, &machine.StageEntered{At: at, Execution: x1, Stage: "One"})
	require.Equal(t, "S7", judge(t, Head{Owner: "r1", By: "r1", Wake: at}, list))
}

func TestTheYoungerDoesNotOvertake(t *testing.T) {
	list := append(events()[:3:3], &machine.StageEntered{At: at, Execution: x2, Stage: "One"})
	require.Equal(t, "S6", judge(t, Head{Owner: "r1", By: "r1", Wake: at}, list))
}
