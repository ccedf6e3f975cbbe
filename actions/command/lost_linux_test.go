package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// lostVariable has the test binary run a command as a process that will be lost.
const lostVariable = "PENSTOCK_COMMAND_LOST"

// A shell that starts a daemon: it leaves its process group and does not mind a signal, and then its parent.
const daemon = `set -m; (sh -c 'trap "" TERM; echo $$ >"$UP.new"; mv "$UP.new" "$UP"; exec sleep 600' &) ; sleep 600`

func daemonCall(dir string) *penstock.Call[Run] {
	return &penstock.Call[Run]{ActionExecution: "one", Config: Run{Script: daemon, Env: map[string]string{"UP": filepath.Join(dir, "up")}}}
}

func runToBeLost(dir string) int {
	err := (&Runner{Options: Options{Root: filepath.Join(dir, "root")}}).Run(context.Background(), daemonCall(dir))
	fmt.Fprintln(os.Stderr, "not lost:", err)
	return 1
}

// loseOne leaves what a process leaves that is killed in a run of action execution "one": a daemon, and a workspace.
func loseOne(t *testing.T) (dir, daemon string) {
	t.Helper()
	dir = t.TempDir()
	lost := exec.Command(os.Args[0])
	lost.Env = append(os.Environ(), lostVariable+"="+dir)
	lost.Stderr = os.Stderr
	require.NoError(t, lost.Start())
	daemon = waitFor(t, filepath.Join(dir, "up"))
	require.NoError(t, lost.Process.Kill())
	_ = lost.Wait()
	require.False(t, gone(daemon))
	require.Len(t, list(t, dir), 1)
	return dir, daemon
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	names, err := workspaces(filepath.Join(dir, "root"), "")
	require.NoError(t, err)
	return names
}

func TestWhatALostRunHasLeftIsEndedFirst(t *testing.T) {
	for _, test := range []struct {
		name  string
		id    string
		swept bool // the process has looked for what was left before
		gone  bool
	}{
		{"by the same action", "one", true, true},
		{"by the next process", "two", false, true},
		{"but not by another action later on", "two", true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, daemon := loseOne(t)
			r := &Runner{Options: Options{Root: filepath.Join(dir, "root"), Grace: -1}, swept: test.swept}
			seen := filepath.Join(dir, "seen")
			call := &penstock.Call[Run]{ActionExecution: test.id, Config: Run{
				Script: `if kill -0 "$LEFT" 2>/dev/null; then echo alive; else echo gone; fi >"$SEEN"`,
				Env:    map[string]string{"LEFT": daemon, "SEEN": seen},
			}}
			require.NoError(t, r.Run(t.Context(), call))
			require.Equal(t, test.gone, gone(daemon))
			if test.gone {
				require.Empty(t, list(t, dir))
				return
			}
			require.Len(t, list(t, dir), 1)
			require.NoError(t, r.endEarlier(t.Context(), r.Root, prefixOf("one")))
			require.True(t, gone(daemon))
		})
	}
}

func TestALivingRunIsLeftAlone(t *testing.T) {
	root := t.TempDir()
	living, err := newWorkspace(t.Context(), root, prefixOf("one"))
	require.NoError(t, err)
	require.NoError(t, (&Runner{Options: Options{Root: root}}).Run(t.Context(), &penstock.Call[Run]{ActionExecution: "two", Config: Run{Script: ":"}}))
	require.DirExists(t, living.dir)
	living.close(os.Stderr)
	require.NoDirExists(t, living.dir)
}

func TestADamagedRecordStopsTheAction(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, prefixOf("one")+"1")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, recordName), []byte("{"), 0o600))
	err := (&Runner{Options: Options{Root: root}}).Run(t.Context(), &penstock.Call[Run]{ActionExecution: "one", Config: Run{Script: ":"}})
	require.ErrorContains(t, err, recordName)
	require.ErrorIs(t, err, penstock.ErrUnavailable)
}
