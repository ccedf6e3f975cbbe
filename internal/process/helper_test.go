//go:build unix

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// The test binary is the tests' helper too: a program that is built, not a `go run`.
const helperVariable = "PENSTOCK_PROCESS_HELPER"

// quickExit keeps the race detector from waiting a second at the end of each helper.
const quickExit = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		os.Exit(helper(os.Args[1], os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

func helper(what string, args []string) int {
	var err error
	switch what {
	case "detach", "lead": // starts its arguments in a session of their own; lead stays their parent
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdout = os.Stdout
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		err = cmd.Start()
		if err == nil && what == "lead" {
			err = cmd.Wait()
		}
	case "run": // runs a script in a folder and keeps the record there
		err = helpRun(args[0], args[1])
	default:
		err = errors.New("unknown")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "helper:", what, err)
		return 1
	}
	return 0
}

func helpRun(dir, script string) error {
	c := inFolder(dir, script)
	c.Record = func(r Record) error { return keep(dir, r) }
	_, err := run(context.Background(), c, "")
	return err
}

func keep(dir string, r Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "record")
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// kept is the record of a program that has started.
func kept(t *testing.T, dir string) (r Record) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "record"))
		return err == nil && json.Unmarshal(text, &r) == nil && r.PID != 0
	}, 10*time.Second, time.Millisecond, "it is not recorded")
	return r
}

// nap leaves a file named after its process ID, and then does nothing for long. It is run by sh: to execute what was just written may fail
// while another thread forks.
const nap = ": >\"$UP/$$\"\nexec sleep 600\n"

// folder has the scripts that others run, and up, where they say that they are up.
func folder(t *testing.T) string {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "up"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nap"), []byte(nap), 0o644))
	return dir
}

func inFolder(dir, script string) Command {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return Command{
		Argv: []string{"sh", "-c", script}, Dir: dir,
		Env:   []string{"PATH=" + os.Getenv("PATH"), "UP=" + filepath.Join(dir, "up"), "SELF=" + self, helperVariable + "=1", quickExit},
		Grace: 5 * time.Second, WaitDelay: 5 * time.Second,
	}
}

// up are the process IDs of n processes that are up.
func up(t *testing.T, dir string, n int) []int {
	t.Helper()
	require.Eventually(t, func() bool { return len(listUp(t, dir)) >= n }, 10*time.Second, time.Millisecond, "they are not up")
	return listUp(t, dir)
}

func listUp(t *testing.T, dir string) (pids []int) {
	entries, err := os.ReadDir(filepath.Join(dir, "up"))
	require.NoError(t, err)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	return pids
}

// started starts a program that is no member of any tree, and ends it with the test.
func started(t *testing.T, argv ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // whoever ends too much does not end who runs the tests
	cmd.Env = append(os.Environ(), helperVariable+"=1", quickExit)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// inBackground runs a command that the test ends. There is no control group: it would hide what the other marks miss.
func inBackground(t *testing.T, c Command) (end context.CancelCauseFunc, ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	result := make(chan error, 1)
	go func() {
		_, err := run(ctx, c, "")
		result <- err
	}()
	t.Cleanup(func() { cancel(io.EOF) })
	return cancel, result
}
