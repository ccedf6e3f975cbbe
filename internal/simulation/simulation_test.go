package simulation

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

func TestSimulation(t *testing.T) {
	report := Run(Config{Histories: 150, Seed: 1})
	for _, v := range report.Violations {
		t.Error(v)
	}
	require.Equal(t, 150, report.Histories)
	require.Greater(t, report.Commits, 4000, "histories in which nothing happens prove nothing")
	for _, what := range []string{
		"start ok", "stop ok", "approve ok", "retry ok", "transition ok", "define ok", "end ok", "end Fenced", "end again Fenced", "gone ok", "run attached",
		"start again ok", "override ok", "override NotOverridable", "override NotLatest", "retry NotRetryable", "retry NotLatest", "stop NotStoppable", "approve InvalidToken",
		"take ok", "take NotClaimable", "acknowledge ok", "acknowledge InvalidNonce", "acknowledge InvalidClientToken", "acknowledge InvalidJobState",
		"store ok", "store Invalid", "answer ok", "answer InvalidJobState", "answer InvalidNonce",
		"rollback ok", "rollback NotRollbackable", "rollback Outdated", "define FailedPrecondition", "revision ok",
		"delete ok",
		"start PipelineNotFound",
		"commit lost", "commit ambiguous", "commit duplicate", "commit conflict head", "commit conflict new",
	} {
		require.NotZero(t, report.Coverage[what], "never happened: %s", what)
	}
}

func TestTheSameSeedIsTheSameHistory(t *testing.T) {
	for seed := range uint64(12) {
		first, second := history(seed+1, nil), history(seed+1, io.Discard)
		require.NotZero(t, first.commits)
		require.Equal(t, first, second)
	}
	require.NotEqual(t, history(1, nil).hash, history(2, nil).hash)
}

func TestWorkersChangeNothing(t *testing.T) {
	require.Equal(t, Run(Config{Histories: 12, Workers: 1}), Run(Config{Histories: 12, Workers: 3}))
}

func TestATraceTellsWhatHappens(t *testing.T) {
	var trace bytes.Buffer
	history(1, &trace)
	for _, want := range []string{"r1 starts", "is given command c1, define", "pipeline/p pipeline.defined", "the faults end"} {
		require.Contains(t, trace.String(), want)
	}
}

func TestDesignsAreValidDefinitions(t *testing.T) {
	for seed := range uint64(100) {
		for _, p := range newWorld(seed+1, nil).pipelines {
			for _, d := range p.designs {
				parsed, err := definition.Parse(d.json)
				require.NoError(t, err)
				require.NoError(t, definition.Validate(parsed, nil, definition.Limits{}), "seed %d: %s", seed+1, d.json)
			}
		}
	}
}

func TestTheOracleAsksNoRule(t *testing.T) {
	files, err := filepath.Glob("oracle/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	rule := regexp.MustCompile(`\.(Decide|Check|Next|Restore|Compile|Explain|Needs|Apply)\(|machine\.(New|Restore|State|Plan)\b`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Empty(t, rule.FindString(string(text)), "%s asks a rule of the machine that it judges", file)
		require.NotContains(t, string(text), "internal/replica", "%s knows the replica that it judges", file)
	}
}
