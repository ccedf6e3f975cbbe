package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// childVariable has this binary be a quickstart. Its value says what becomes of that: "before NAME" and "after NAME" kill it at the commit
// of this name (see killer), with "full N" its disk takes N commits, and with "well" nothing goes wrong.
const childVariable = "QUICKSTART_TEST_CHILD"

// beChild is the quickstart with a state of its own kind.
func beChild(fate string) int {
	q := quickstart{in: os.Stdin, out: os.Stdout, problems: os.Stderr, openState: func(ctx context.Context, dir string) (state, error) {
		opened, err := openSQLite(ctx, dir)
		if room, ok := strings.CutPrefix(fate, "full "); ok {
			full := &fullDisk{state: opened}
			_, scanned := fmt.Sscanf(room, "%d", &full.room)
			return full, cmp.Or(err, scanned)
		}
		return &killer{state: opened, moment: fate, made: map[string]int{}}, err
	}}
	return q.main(os.Args[1:])
}

// killedStatus is what os.ProcessState.ExitCode answers for a child that was killed.
const killedStatus = -1

// child runs this binary as a quickstart; its out is all that it has written.
func child(t *testing.T, fate, repo, data string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-repo", repo, "-package", ".", "-data", data)
	cmd.Env = append(os.Environ(), childVariable+"="+fate, "GOFLAGS=-mod=mod")
	text, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err(), "%s: it hangs:\n%s", fate, text)
	if err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	return result{status: cmd.ProcessState.ExitCode(), out: string(text)}
}
