package deploy_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/actions/deploy"
)

// childVariable has the test binary deploy to its value over and over, instead of testing.
const childVariable = "PENSTOCK_DEPLOY_TEST_CHILD"

const (
	childVersions = 4
	childFiles    = 40
	kills         = 14
)

// bad is the version whose check fails.
const bad = 2

// child deploys versions in turn until it is killed.
func child(to string) {
	ctx := context.Background()
	eng, _, err := engine(ctx, &deploy.Deployer{})
	for i := 0; err == nil; i++ {
		from := filepath.Join(filepath.Dir(to), "versions", strconv.Itoa(i%childVersions))
		d := deploy.Directory{To: to, Keep: 2, Check: []string{"./check.sh"}}
		_, err = release(ctx, eng, pipeline("shop", from, d))
		fmt.Println("deployed", i)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// whole checks that what is in use is one release and all of it, and answers which.
func whole(t *testing.T, to string) string {
	dir := filepath.Join(to, "current")
	want, err := os.ReadFile(filepath.Join(dir, "version"))
	require.NoError(t, err)
	for i := range childFiles {
		got, err := os.ReadFile(filepath.Join(dir, "dir", strconv.Itoa(i)))
		require.NoError(t, err)
		require.Equal(t, want, got, "file %d", i)
	}
	return string(want)
}

func TestKilledAtAnyPointWhatIsInUseIsWhole(t *testing.T) {
	b := newBench(t, &deploy.Deployer{})
	base := filepath.Dir(b.to)
	for v := range childVersions {
		dir := filepath.Join(base, "versions", strconv.Itoa(v))
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "dir"), 0o755))
		name := []byte("v" + strconv.Itoa(v))
		for i := range childFiles {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "dir", strconv.Itoa(i)), name, 0o644))
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "version"), name, 0o644))
		script := "#!/bin/sh\n[ $(cat version) != v" + strconv.Itoa(bad) + " ]\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "check.sh"), []byte(script), 0o755))
	}
	require.Equal(t, "Succeeded", string(b.deploy("shop", filepath.Join(base, "versions", "0"), deploy.Directory{}).Status))
	seen := map[string]bool{}
	for round := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+b.to)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for range round % 3 {
			require.True(t, lines.Scan(), "the child goes on until it is killed")
		}
		<-time.After(rand.N(60 * time.Millisecond)) // wherever it is then
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		seen[whole(t, b.to)] = true

		if round%4 == 3 { // what was left does not matter to the next one
			failed := b.deploy("shop", filepath.Join(base, "versions", strconv.Itoa(bad)), deploy.Directory{Check: []string{"./check.sh"}})
			require.Equal(t, "Failed", string(failed.Status))
			require.NotEqual(t, "v"+strconv.Itoa(bad), whole(t, b.to), "only what was well is gone back to")
		}
	}
	require.Greater(t, len(seen), 1, "the kills came at different times")
	b.deploy("shop", filepath.Join(base, "versions", "1"), deploy.Directory{Keep: 1})
	require.Equal(t, "v1", whole(t, b.to))
	require.Len(t, b.releases(), 1)
	left, err := os.ReadDir(filepath.Join(b.to, ".penstock"))
	require.NoError(t, err)
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	require.Equal(t, []string{"deployment.json", "lock"}, names)
}
