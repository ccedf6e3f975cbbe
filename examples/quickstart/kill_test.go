package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
)

var everyCommit = flag.Bool("every-commit", false, "kill the quickstart before and after every commit, not only at a fifth of these moments")

// killer kills its process at a commit. It names each before it is made, by its events and, of those alike, its number: when two actions end
// at once their commits may be one or two, so that no number alone would name the same commit each time.
type killer struct {
	state
	moment string
	made   map[string]int
}

// commitLine begins a line of output that names a commit.
const commitLine = "commit: "

func (k *killer) Commit(ctx context.Context, batches []store.Batch) []error {
	var kinds []string
	for _, b := range batches {
		for _, e := range b.Events {
			kinds = append(kinds, e.Kind)
		}
	}
	name := strings.Join(kinds, ",")
	k.made[name]++
	name = fmt.Sprintf("%s#%d", name, k.made[name])
	fmt.Println(commitLine + name)
	if k.moment == "before "+name {
		kill()
	}
	errs := k.state.Commit(ctx, batches)
	if k.moment == "after "+name {
		kill()
	}
	return errs
}

func kill() {
	if me, err := os.FindProcess(os.Getpid()); err == nil {
		_ = me.Kill() // it is the test's affair that the process did not end
	}
	select {} // for the moment that it takes
}

// commitsOf are the names of the commits that a child has begun.
func commitsOf(r result) (names []string) {
	for line := range strings.Lines(r.out) {
		if name, ok := strings.CutPrefix(line, commitLine); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// TestKilledAtAnyCommitItGoesOn kills the quickstart before and after each of its commits, and runs it again: the end is always the same.
func TestKilledAtAnyCommitItGoesOn(t *testing.T) {
	repo, whole := newShop(t, nil), t.TempDir()
	first := child(t, "well", repo, whole)
	require.Equal(t, 0, first.status, first)
	requireReleasedOnce(t, whole)
	seen := commitsOf(first)
	step, kills, moments := 5, 0, 0
	if *everyCommit {
		step = 1
	}
	for i := 0; i < len(seen); i++ { // it grows
		for j, moment := range []string{"before ", "after "} {
			if (2*i+j)%step > 0 {
				continue
			}
			moments++
			t.Run(moment+seen[i], func(t *testing.T) {
				for range 50 { // not every run has every commit
					data := t.TempDir()
					dead := child(t, moment+seen[i], repo, data)
					for _, name := range commitsOf(dead) {
						if !slices.Contains(seen, name) {
							seen = append(seen, name)
						}
					}
					if dead.status == 0 {
						continue
					}
					require.Equal(t, killedStatus, dead.status, dead)
					kills++
					next := child(t, "well", repo, data)
					require.Equal(t, 0, next.status, next)
					require.Contains(t, next.out, "/production/current/bin/shop\n")
					requireReleasedOnce(t, data)
					requireNothingRuns(t, data)
					return
				}
			})
		}
	}
	require.Equal(t, moments, kills, "every moment came")
	if *everyCommit {
		require.Equal(t, 2*len(seen), kills)
	}
	t.Logf("killed at %d of %d moments: before and after %d commits", kills, 2*len(seen), len(seen))
}

// requireReleasedOnce reads from the store that one release went through every action, and that each success counted once.
func requireReleasedOnce(t *testing.T, data string) {
	t.Helper()
	state, err := openSQLite(t.Context(), filepath.Join(data, "state"))
	require.NoError(t, err)
	defer state.Close()
	engine, err := penstock.NewEngine(penstock.Config{State: state})
	require.NoError(t, err)
	ended := map[string]int{}
	for after, more := uint64(0), true; more; {
		page, err := engine.Events(t.Context(), penstock.EventQuery{Pipeline: "quickstart", After: after})
		require.NoError(t, err)
		for _, e := range page.Events {
			after = e.Version
			if e.Kind == penstock.EventActionEnded || e.Kind == penstock.EventExecutionEnded {
				ended[e.Action+" "+string(e.Status)]++
			}
		}
		more = len(page.Events) > 0
	}
	require.Equal(t, map[string]int{
		"Checkout Succeeded": 1, "Vet Succeeded": 1, "Test Succeeded": 1, "Compile Succeeded": 1, "Approve Succeeded": 1, "Install Succeeded": 1,
		" Succeeded": 1, // the release
	}, ended)
	left, err := os.ReadDir(filepath.Join(data, "work"))
	require.NoError(t, err)
	require.Len(t, left, 1, "all that is left of the work is the lock")
	require.NoError(t, exec.Command(filepath.Join(data, "production", "current", "bin", "shop")).Run())
}
