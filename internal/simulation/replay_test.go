package simulation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// TestOldHistoriesStillHold replays the corpus. A history means its moves: when the simulation draws otherwise than when they were recorded
// they tell another story, but one that has to hold as well. To record anew:
//
//	go run ./internal/simulation/simulate -histories 150 -record internal/simulation/testdata/histories
func TestOldHistoriesStillHold(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 50)
	covered, wanted, met := map[string]bool{}, 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var moves string
		var pairs []string
		for l := range strings.Lines(string(text)) {
			if pair, ok := strings.CutPrefix(strings.TrimSpace(l), "# "); ok {
				pairs = append(pairs, pair)
			} else {
				moves = strings.TrimSpace(l)
			}
		}
		seed, list, err := parse(moves)
		require.NoError(t, err, file)
		o := replay(seed, list, nil)
		if o.broken != nil {
			t.Errorf("%s: %s\n\treplay: go run ./internal/simulation/simulate -v -replay %s", file, o.broken, moves)
		}
		for _, pair := range o.pairs() {
			covered[pair] = true
		}
		for _, pair := range pairs {
			wanted++
			if o.coverage[pairPrefix+pair] > 0 {
				met++
			}
		}
	}
	t.Logf("%d histories cover %d pairs of a situation and an input; of the %d that they were recorded for they still meet %d", len(files), len(covered), wanted, met)
	require.Greater(t, len(covered), 100, "the corpus no longer fits the simulation: record it anew")
}

func TestALineIsTheHistory(t *testing.T) {
	for seed := uint64(1); seed < 8; seed++ {
		o := history(seed, nil)
		text := line(o.seed, o.moves)
		again, moves, err := parse(text)
		require.NoError(t, err)
		require.Equal(t, seed, again)
		require.Equal(t, o.moves, moves)
		replayed := replay(again, moves, nil)
		o.steps = replayed.steps // a step is some tries
		require.Equal(t, o, replayed)
	}
}

func TestLinesThatAreNone(t *testing.T) {
	for _, text := range []string{"", "7", "x:pump.1", "7:pump", "7:jump.1", "7:pump.!", "7:pump.zzzzzzzzz"} {
		_, err := Replay(text, nil)
		require.Error(t, err, text)
	}
}

// TestShrinking takes for a violation that a stop was refused as a second one, and a retry taken.
func TestShrinking(t *testing.T) {
	shows := func(o outcome) bool {
		return o.broken == nil && o.coverage["stop DuplicatedStop"] > 0 && o.coverage["retry ok"] > 0
	}
	shrunk := 0
	for seed := uint64(1); shrunk < 3; seed++ {
		o := history(seed, nil)
		if !shows(o) {
			continue
		}
		shrunk++
		short := shrink(o, shows, 400)
		require.True(t, shows(short))
		require.Less(t, len(short.moves), len(o.moves)/3, "seed %d", seed)
		require.Equal(t, short, replay(seed, short.moves, nil), "what is left makes the same again")
	}
}

func TestAViolationTellsHowToSeeItAgain(t *testing.T) {
	v := Violation{Seed: 7, Step: 3, Cause: &oracle.Violation{Invariant: "S2", Text: "two"}, Replay: line(7, []move{{crash, 35}, {start, 36}})}
	require.Contains(t, v.String(), "S2: two")
	require.Contains(t, v.String(), "make simulate SEED=7 HISTORIES=1")
	require.Contains(t, v.String(), "-replay 7:crash.z,start.10")
	replayed, err := Replay(v.Replay, nil)
	require.NoError(t, err)
	require.Nil(t, replayed, "the world is sound")
}
