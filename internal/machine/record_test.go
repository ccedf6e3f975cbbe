package machine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRecordKeepsEveryArtifact: an execution's record says of each action what it took in and put out, also where the execution has
// another artifact of that name by now.
func TestRecordKeepsEveryArtifact(t *testing.T) {
	artifact := func(name, digit string) Artifact {
		return Artifact{Name: name, Digest: "sha256:" + strings.Repeat(digit, 64), MediaType: "text/plain", Size: 3}
	}
	newest := artifact("app", "2")
	newest.Inline = []byte("two")
	other := artifact("app", "2")
	other.MediaType = "text/html"
	past := []*ActionExecution{
		{Leaf: 0, Outputs: []Artifact{artifact("app", "1"), artifact("log", "3")}},
		{Leaf: 1, Outputs: []Artifact{newest.bare(), artifact("gone", "4")}, Inputs: []Artifact{{Name: "app"}}},
		{Leaf: 2, Inputs: []Artifact{newest.bare(), other, artifact("log", "3")}, Stored: []Artifact{newest}},
		{Leaf: 3},
	}
	x := &Execution{ID: ID{15: 1}, Status: Succeeded, Artifacts: map[string]Artifact{"app": newest, "log": artifact("log", "3")}}
	for _, a := range past {
		x.Past = append(x.Past, ActionRecord{Stage: "Build", Action: a})
	}
	var want []ActionRecord
	for _, r := range x.Past {
		a := *r.Action
		r.Action = &a
		want = append(want, r)
	}

	s := New("p")
	plan := &Plan{Stages: []StagePlan{{Name: "Build"}}}
	record := s.executionRecord(plan, x)
	require.Equal(t, record, s.executionRecord(plan, x), "writing it changes nothing")
	is, err := ReadExecution(&record)
	require.NoError(t, err)
	require.Equal(t, want, is.Past)
	require.Equal(t, want, is.Execution.Past)
	require.Equal(t, want, x.Past, "the state is as it was")
	require.Equal(t, x.Artifacts, is.Execution.Artifacts)
}

// The ended actions leave for a page when they take 128 KiB, however the execution came into memory.
func TestPageIsFullByItsBytes(t *testing.T) {
	x := &Execution{ID: ID{15: 1}, Number: 1, Status: Failed, Run: &StageRun{Stage: "Build"}}
	large := func() ActionRecord {
		return ActionRecord{Stage: "Build", Action: &ActionExecution{Summary: strings.Repeat("x", 50<<10)}}
	}
	x.remember(large())
	require.False(t, x.pageFull())
	x.remember(large())
	require.False(t, x.pageFull())

	s := New("p")
	s.Executions = []*Execution{x}
	loaded, err := Restore("p", s.Snapshot(), nil, nil)
	require.NoError(t, err)
	record := s.executionRecord(&Plan{Stages: []StagePlan{{Name: "Build"}}}, x)
	archived, _, err := unarchive(record.Data)
	require.NoError(t, err)
	for name, x := range map[string]*Execution{"kept": x, "of a snapshot": loaded.Executions[0], "of a record": archived} {
		x.remember(large())
		require.True(t, x.pageFull(), name)
		(&HistoryPaged{Execution: x.ID}).apply(&State{Executions: []*Execution{x}})
		require.False(t, x.pageFull(), name)
		x.remember(large())
		require.False(t, x.pageFull(), name)
	}
}
