package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func running(pid int) bool {
	s, err := readStatus(pid)
	return err == nil && s.alive
}

func requireGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		require.Falsef(t, running(pid), "process %d is still there", pid)
	}
}

var errStopped = errors.New("stopped")

// trees are what scripts start, and how many naps that is.
var trees = []struct {
	name, script string
	naps         int
	stubborn     bool // it does not end when asked to
}{
	{"a child", `sh nap &`, 1, false},
	{"children", `for i in 1 2 3 4 5; do sh nap & done`, 5, false},
	{"a pipeline", `sh nap | sh nap | sh nap &`, 3, false},
	{"subshells", `(sh nap & (sh nap & sh nap) & wait) & (sh nap) &`, 4, false},
	{"a process group of its own", `set -m; sh nap & set +m`, 1, false},
	{"an orphan", `(sh nap &)`, 1, false},
	{"a session of its own", `"$SELF" detach sh nap`, 1, false},
	{"sessions within sessions", `"$SELF" detach "$SELF" detach sh -c 'sh nap & sh nap'`, 2, false},
	{"a daemon", `("$SELF" detach sh -c '(sh nap <&- >&- 2>&- &)' &)`, 1, false},
	{"one that does not mind SIGTERM", `sh -c 'trap "" TERM; exec sh nap' &`, 1, true},
	{"a daemon that does not mind SIGTERM", `"$SELF" detach sh -c 'trap "" TERM; exec sh nap'`, 1, true},
	{"one that is stopped", `sh -c 'kill -STOP $$' & until grep -q ') T ' /proc/$!/stat; do sleep 0.01; done; : >"$UP/$!"`, 1, true},
	{"a clean environment", `env -i PATH="$PATH" UP="$UP" sh nap &`, 1, false},
	{"an orphan with a clean environment", `(env -i PATH="$PATH" UP="$UP" sh nap &)`, 1, false},
	{"a session with a clean environment", `env -i PATH="$PATH" UP="$UP" GORACE="$GORACE" PENSTOCK_PROCESS_HELPER=1 "$SELF" lead sh nap &`, 1, false},
}

func TestTreesEndWithTheirContext(t *testing.T) {
	for _, test := range trees {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t)
			c := inFolder(dir, test.script+"\nsh nap")
			if test.stubborn {
				c.Grace = 50 * time.Millisecond
			}
			cancel, ended := inBackground(t, c)
			pids := up(t, dir, test.naps+1)
			begun := time.Now()
			cancel(errStopped)
			require.ErrorIs(t, <-ended, errStopped)
			if test.stubborn {
				require.GreaterOrEqual(t, time.Since(begun), c.Grace)
			} else {
				require.Less(t, time.Since(begun), c.Grace, "it was not asked to end first")
			}
			require.Len(t, pids, test.naps+1)
			requireGone(t, pids)
			requireNoChildren(t)
		})
	}
}

func TestTreesEndWithTheirProgram(t *testing.T) {
	for _, test := range trees {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t)
			wait := fmt.Sprintf("\nwhile set -- \"$UP\"/*; [ $# -lt %d ] || ! [ -e \"$1\" ]; do sleep 0.01; done\nexit 3", test.naps)
			c := inFolder(dir, test.script+wait)
			if test.stubborn {
				c.Grace = 50 * time.Millisecond
			}
			result, err := run(t.Context(), c, "")
			require.EqualError(t, err, "exit status 3")
			require.GreaterOrEqual(t, result.Left, test.naps)
			pids := listUp(t, dir)
			require.Len(t, pids, test.naps)
			requireGone(t, pids)
			requireNoChildren(t)
		})
	}
}

func requireNoChildren(t *testing.T) {
	t.Helper()
	pids, err := processIDs()
	require.NoError(t, err)
	for _, pid := range pids {
		if s, err := readStatus(pid); err == nil {
			require.NotEqual(t, os.Getpid(), s.parent, "process %d was not reaped", pid)
		}
	}
}

// Orphans come to this process where it is the first of a container; here it is, for a moment, their subreaper.
func TestOrphansAreReaped(t *testing.T) {
	const subreaper = 36 // PR_SET_CHILD_SUBREAPER
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 1, 0)
	require.Zero(t, errno)
	defer func() { _, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 0, 0) }()
	dir := folder(t)
	c := inFolder(dir, `(sh nap &); (sleep 0 &); "$SELF" detach sh nap; sh nap`)
	cancel, ended := inBackground(t, c)
	pids := up(t, dir, 3)
	cancel(errStopped)
	require.ErrorIs(t, <-ended, errStopped)
	requireGone(t, pids)
	requireNoChildren(t)
}

func TestWhatHoldsThePipeDelaysNobody(t *testing.T) {
	dir := folder(t)
	c := inFolder(dir, `sh -c 'trap "" TERM; exec sh nap' & echo done; while set -- "$UP"/*; ! [ -e "$1" ]; do sleep 0.01; done`)
	var out strings.Builder
	c.Stdout, c.Grace, c.WaitDelay = &out, 50*time.Millisecond, 100*time.Millisecond
	begun := time.Now()
	result, err := Run(t.Context(), c)
	require.NoError(t, err)
	require.Less(t, time.Since(begun), 3*time.Second)
	require.Equal(t, 1, result.Left)
	require.Equal(t, "done\n", out.String())
	requireGone(t, listUp(t, dir))
}

func TestOutputAfterTheProgramCounts(t *testing.T) {
	var out strings.Builder
	c := sh("(sleep 0.1; echo late) & echo early")
	c.Stdout = &out
	result, err := Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "early\nlate\n", out.String())
	require.LessOrEqual(t, result.Left, 1)
}

func TestWhatIsStartedToEndWellIsLetAlone(t *testing.T) {
	dir := folder(t)
	c := inFolder(dir, `trap 'sleep 0.1 && : >ended; exit 0' TERM; sh nap & wait`)
	cancel, ended := inBackground(t, c)
	up(t, dir, 1)
	cancel(errStopped)
	require.ErrorIs(t, <-ended, errStopped)
	require.FileExists(t, filepath.Join(dir, "ended"))
}

func TestWhatIsOrphanedMeanwhileIsAskedToo(t *testing.T) {
	dir := folder(t)
	c := inFolder(dir, `trap '(sh nap &); exit 0' TERM; sh nap & wait`)
	cancel, ended := inBackground(t, c)
	up(t, dir, 1)
	begun := time.Now()
	cancel(errStopped)
	require.ErrorIs(t, <-ended, errStopped)
	require.Less(t, time.Since(begun), c.Grace)
	requireGone(t, listUp(t, dir))
}

// What is born while it is looked for is not missed, though its parent may be found dead.
func TestNothingIsBornUnseen(t *testing.T) {
	for range 5 {
		c := sh(`f() { if [ $1 -gt 0 ]; then (f $(($1-1)) &); else exec sleep 600; fi; }; (f 12 &)`)
		c.Grace = -1
		var record Record
		c.Record = func(r Record) error { record = r; return nil }
		_, err := run(t.Context(), c, "")
		require.NoError(t, err)
		left, err := EndLeftovers(t.Context(), record, -1)
		require.NoError(t, err)
		require.Zero(t, left)
	}
}

func TestATreeEndsThoughNoFileCanBeOpened(t *testing.T) {
	dir := folder(t)
	c := inFolder(dir, "sh nap & wait")
	c.Grace = -1
	started := make(chan struct{}) // which reads files too
	c.Record = func(r Record) error {
		if r.PID != 0 {
			close(started)
		}
		return nil
	}
	cancel, ended := inBackground(t, c)
	<-started
	stat, err := os.Open(fmt.Sprintf("/proc/%d/stat", up(t, dir, 1)[0]))
	require.NoError(t, err)
	defer stat.Close()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: limit.Max}))
	restore := func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) }
	defer restore()
	cancel(errStopped)
	require.Eventually(t, func() bool {
		text := make([]byte, 1<<10)
		n, err := stat.ReadAt(text, 0)
		return n == 0 && err != io.EOF || bytes.Contains(text[:n], []byte(") Z "))
	}, killDelay, time.Millisecond)
	restore()
	require.ErrorIs(t, <-ended, errStopped)
}

// A bomb grows while it is being ended: each process starts two more in groups of their own and leaves them.
func TestABombEnds(t *testing.T) {
	dir := folder(t)
	bomb := ": >\"$UP/$$\"\ntrap '' TERM\nset -m\nif [ $1 -gt 0 ]; then (sh bomb $(($1-1)) &); (sh bomb $(($1-1)) &); fi\nexec sleep 600"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bomb"), []byte(bomb), 0o644))
	c := inFolder(dir, "sh bomb 8")
	c.Grace = -1
	var record Record
	c.Record = func(r Record) error { record = r; return nil }
	cancel, ended := inBackground(t, c)
	up(t, dir, 20)
	cancel(errStopped)
	err := <-ended
	require.ErrorIs(t, err, errStopped)
	require.NotErrorIs(t, err, ErrSurvivors)
	for _, pid := range listUp(t, dir) { // a thousand IDs: others may have some of them by now
		environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		require.Falsef(t, running(pid) && bytes.Contains(environment, []byte(dir)), "process %d is still there", pid)
	}
	left, err := EndLeftovers(t.Context(), record, -1)
	require.NoError(t, err)
	require.Zero(t, left)
}

func TestAProgramDiesWithItsParent(t *testing.T) {
	dir := folder(t)
	parent := started(t, os.Args[0], "run", dir, "exec sh nap")
	pids := up(t, dir, 1)
	require.Equal(t, kept(t, dir).PID, pids[0])
	require.NoError(t, parent.Process.Kill())
	require.Eventually(t, func() bool { return !running(pids[0]) }, 10*time.Second, time.Millisecond)
}

// A program dies with the thread that has started it: that must not be one which comes and goes.
func TestAProgramOutlivesOtherThreads(t *testing.T) {
	c := sh("sleep 0.1")
	c.Record = func(r Record) error {
		var threads sync.WaitGroup
		for range 100 {
			threads.Go(runtime.LockOSThread) // and its thread ends with it
		}
		threads.Wait()
		return nil
	}
	_, err := Run(t.Context(), c)
	require.NoError(t, err)
}

func TestLeftoversEnd(t *testing.T) {
	for _, test := range trees {
		if strings.Contains(test.name, "clean environment") {
			continue // with its session's leader gone, nothing proves whose it is
		}
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t)
			stranger := started(t, "sleep", "600")
			parent := started(t, os.Args[0], "run", dir, test.script+"\nexec sh nap")
			pids := up(t, dir, test.naps+1)
			record := kept(t, dir)
			require.NoError(t, parent.Process.Kill())
			require.Eventually(t, func() bool { return !running(record.PID) }, 10*time.Second, time.Millisecond)
			grace := 5 * time.Second
			if test.stubborn {
				grace = -1
			}
			ended, err := EndLeftovers(t.Context(), record, grace)
			require.NoError(t, err)
			require.GreaterOrEqual(t, ended, test.naps)
			requireGone(t, pids)
			require.True(t, running(stranger.Process.Pid))
		})
	}
}

func TestLeftoversOfAProgramNobodyKnewTheIDOf(t *testing.T) {
	dir := folder(t)
	parent := started(t, os.Args[0], "run", dir, `"$SELF" detach sh nap; exec sh nap`)
	pids := up(t, dir, 2)
	record := kept(t, dir)
	record.PID, record.Start = 0, 0
	require.NoError(t, parent.Process.Kill())
	_, err := EndLeftovers(t.Context(), record, -1)
	require.NoError(t, err)
	requireGone(t, pids)
}

func TestAStrangerIsLeftAlone(t *testing.T) {
	stranger := started(t, "sleep", "600").Process.Pid
	s, err := readStatus(stranger)
	require.NoError(t, err)
	record := Record{Cookie: "cookie", Boot: currentBoot(), PID: stranger, Start: s.start}
	for _, test := range []struct {
		name   string
		change func(*Record)
	}{
		{"who has the process ID now", func(r *Record) { r.Start-- }},
		{"who had it before", func(r *Record) { r.Start++ }},
		{"of another boot", func(r *Record) { r.Boot = "another" }},
		{"of an unknown boot", func(r *Record) { r.Boot = "" }},
		{"whose start is not known", func(r *Record) { r.Start = 0 }},
		{"when the tree is this one", func(r *Record) { r.PID, r.Start = os.Getpid(), 0 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := record
			test.change(&r)
			ended, err := EndLeftovers(t.Context(), r, -1)
			require.NoError(t, err)
			require.Zero(t, ended)
			require.True(t, running(stranger))
		})
	}
	ended, err := EndLeftovers(t.Context(), record, -1)
	require.NoError(t, err)
	require.Equal(t, 1, ended, "the guard would let nobody be ended")
}

func TestASignalReachesNoSuccessor(t *testing.T) {
	stranger := started(t, "sleep", "600")
	s, err := readStatus(stranger.Process.Pid)
	require.NoError(t, err)
	identity{s.pid, s.start + 1}.signal(syscall.SIGTERM)
	s.signal(syscall.SIGKILL)
	require.Error(t, stranger.Wait())
	require.Equal(t, "signal: killed", stranger.ProcessState.String())
}

func TestEndLeftoversMindsItsContext(t *testing.T) {
	dir := folder(t)
	started(t, os.Args[0], "run", dir, `trap "" TERM; sh nap`)
	up(t, dir, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStopped)
	_, err := EndLeftovers(ctx, kept(t, dir), time.Minute)
	require.ErrorIs(t, err, errStopped)
	_, err = EndLeftovers(t.Context(), kept(t, dir), -1)
	require.NoError(t, err)
	_, err = EndLeftovers(t.Context(), Record{}, -1)
	require.ErrorContains(t, err, "no cookie")
}

// Where control groups can be made, nothing at all escapes; where they cannot, everything else works.
func TestControlGroups(t *testing.T) {
	escape := `env -i PATH="$PATH" UP="$UP" GORACE="$GORACE" PENSTOCK_PROCESS_HELPER=1 "$SELF" detach "$SELF" detach sh nap; sh nap`
	for _, home := range []string{"", cgroupHome(), t.TempDir(), "/nowhere"} {
		t.Run(home, func(t *testing.T) {
			dir := folder(t)
			c := inFolder(dir, escape)
			c.Stdout, c.WaitDelay = io.Discard, 100*time.Millisecond // what escapes holds the pipe
			var record Record
			c.Record = func(r Record) error { record = r; return nil }
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			before := goleak.IgnoreCurrent()
			go func() {
				_, err := run(ctx, c, home)
				ended <- err
			}()
			pids := up(t, dir, 2)
			cancel()
			require.ErrorIs(t, <-ended, context.Canceled)
			goleak.VerifyNone(t, before)
			if record.Cgroup != "" {
				requireGone(t, pids)
				require.NoDirExists(t, record.Cgroup)
			}
			for _, pid := range pids {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			if home != "" && home != cgroupHome() {
				require.Empty(t, record.Cgroup, "it is no control group")
			}
		})
	}
}

// What a control group was left with is ended too, however it is disguised.
func TestLeftControlGroups(t *testing.T) {
	home := cgroupHome()
	cookie := newRecord().Cookie
	group := newCgroup(home, cookie)
	if group == "" {
		return // none can be made here, so none can be left
	}
	left := started(t, "sleep", "600").Process.Pid
	inner := newCgroup(group, "inner")
	require.NotEmpty(t, inner)
	require.NoError(t, os.WriteFile(filepath.Join(inner, "cgroup.procs"), fmt.Append(nil, left), 0))
	ended, err := EndLeftovers(t.Context(), Record{Cookie: cookie, Boot: currentBoot(), Cgroup: group}, -1)
	require.NoError(t, err)
	require.Equal(t, 1, ended)
	require.False(t, running(left))
	require.NoDirExists(t, group)
}

func TestFamily(t *testing.T) {
	f := newFamily()
	require.Equal(t, os.Getpid(), f.self)
	own, err := readStatus(os.Getpid())
	require.NoError(t, err)
	require.Equal(t, own.session, f.ownSession) // 0 when its leader is outside of this container
	f.self, f.ownSession = 10, 9
	process := func(pid, parent, session int) status {
		return status{identity: identity{pid: pid}, parent: parent, session: session, alive: true}
	}
	program, stray := process(20, 10, 20), process(30, 1, 9)
	f.all = []status{
		process(1, 0, 1), process(9, 1, 9), process(10, 9, 9), process(11, 10, 9), // this process and its surroundings
		process(25, 24, 24), process(24, 22, 24), process(21, 1, 20), process(22, 20, 20), process(23, 1, 24), process(12, 10, 12),
		program, stray, process(31, 30, 9), process(26, 0, 0),
	}
	f.add(program)
	f.add(stray)
	f.add(process(10, 9, 9))
	f.add(process(1, 0, 1))
	f.close()
	require.ElementsMatch(t, []int{20, 21, 22, 23, 24, 25, 30, 31}, slices.Collect(maps.Keys(f.members)))
}

func TestParseStatus(t *testing.T) {
	const rest = "7 8 9 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0"
	for _, test := range []struct {
		name, text string
		want       status
	}{
		{"plain", "5 (sh) S " + rest, status{identity{5, 12345}, 7, 9, true, false}},
		{"a hostile name", "5 (a) R 1 1 1\n) S " + rest, status{identity{5, 12345}, 7, 9, true, false}},
		{"dead", "5 (sh) Z " + rest, status{identity{5, 12345}, 7, 9, false, false}},
		{"its first thread is dead", "5 (sh) Z " + strings.Replace(rest, " 1 0 12345", " 2 0 12345", 1), status{identity{5, 12345}, 7, 9, true, false}},
		{"of the kernel", "5 (kthreadd) S " + strings.Replace(rest, "4194304", "2129984", 1), status{identity{5, 12345}, 7, 9, true, true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseStatus(5, test.text)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
	for _, text := range []string{"", "5 (sh) S", "5 (sh) S x" + rest} {
		_, err := parseStatus(5, text)
		require.ErrorContains(t, err, "not understood")
	}
}

func TestCgroupDir(t *testing.T) {
	const mounts = "30 1 0:1 / / rw - ext4 /dev/vda rw\n41 31 0:38 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n"
	for _, test := range []struct{ name, groups, mounts, want string }{
		{"its own", "0::/user.slice/a\n", mounts, "/sys/fs/cgroup/user.slice/a"},
		{"the root", "9:name=systemd:/x\n0::/\n", mounts, "/sys/fs/cgroup"},
		{"a part is mounted", "0::/docker/a/b\n", strings.Replace(mounts, "/ /sys", "/docker/a /sys", 1), "/sys/fs/cgroup/b"},
		{"outside of what is mounted", "0::/other\n", strings.Replace(mounts, "/ /sys", "/docker/a /sys", 1), ""},
		{"outside of the namespace", "0::/../other\n", mounts, ""},
		{"version 1 only", "9:memory:/x\n", mounts, ""},
		{"not mounted", "0::/\n", "30 1 0:1 / / rw - ext4 /dev/vda rw\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, cgroupDir(test.groups, test.mounts)) })
	}
}

func TestARecordNamesNoOtherControlGroup(t *testing.T) {
	require.True(t, isCgroupOf("/sys/fs/cgroup/penstock-A", "A"))
	require.False(t, isCgroupOf("/sys/fs/cgroup/penstock-B", "A"))
	require.False(t, isCgroupOf("/sys/fs/cgroup", "A"))
	require.False(t, isCgroupOf("", "A"))
}

func TestManyRunsLeaveNothing(t *testing.T) {
	for range 5 {
		c := sh("echo hello; sleep 0 &")
		c.Stdout = io.Discard
		_, err := Run(t.Context(), c)
		require.NoError(t, err)
	}
	requireNoChildren(t)
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	require.Less(t, len(all), 40)
}
