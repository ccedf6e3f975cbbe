package simulation

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheGridKnowsWhatComes(t *testing.T) {
	report := Run(Config{Histories: 60, Seed: 4000})
	require.Empty(t, report.Violations)
	cells, strange := report.Cells()
	require.Empty(t, strange, "situations or inputs that areas do not list")
	reached := 0
	for i := range cells {
		c := &cells[i]
		if c.Count == 0 {
			continue
		}
		reached++
		require.True(t, c.Why == "" || c.Rare, "%s came %d times: %s", c, c.Count, c.Why)
	}
	require.Greater(t, reached, 300)
}

func TestTheGridNamesEachCellOnce(t *testing.T) {
	cells, _ := (&Report{}).Cells()
	names := map[string]bool{}
	for i := range cells {
		require.False(t, names[cells[i].String()], cells[i].String())
		names[cells[i].String()] = true
	}
}

func TestAStrangePairIsTold(t *testing.T) {
	report := Report{Coverage: map[string]int{
		"pair QUEUED pipeline, at rest: start = ok": 2, "pair QUEUED pipeline, at rest: start again = ok": 3, "pair QUEUED pipeline, upside down: start = ok": 1,
	}}
	cells, strange := report.Cells()
	require.Equal(t, []string{"QUEUED pipeline, upside down: start"}, strange)
	for i := range cells {
		if c := &cells[i]; c.String() == "QUEUED pipeline, at rest: start" {
			require.Equal(t, 5, c.Count)
			return
		}
	}
	t.Fatal("a cell is missing")
}

func TestEachReasonExplainsCells(t *testing.T) {
	cells, _ := (&Report{}).Cells()
	for _, r := range slices.Concat(reasons, rarities) {
		for _, patterns := range []string{r.modes, r.areas, r.states, r.inputs} {
			for pattern := range strings.SplitSeq(patterns, "|") {
				_, err := path.Match(pattern, "")
				require.NoError(t, err)
			}
		}
		explained := 0
		for i := range cells {
			if cells[i].Why == r.why {
				explained++
			}
		}
		require.NotZero(t, explained, "no cell is left to this reason, or it comes after a wider one: %s", r.why)
	}
}
