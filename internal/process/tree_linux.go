package process

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// tree is a program and everything that it has started.
type tree struct {
	record  Record
	seen    map[identity]bool // all that were ever found, however they disguise themselves later
	asked   map[identity]bool // to end
	members []status          // alive at the last look
	led     bool              // the program was there at the last look, if only to be reaped: its ID is not free
}

func newTree(r Record, home string) (*tree, error) {
	if r.Boot == "" {
		return nil, errors.New("/proc is not there: mount it, or the end of a program cannot be made certain")
	}
	r.Cgroup = newCgroup(home, r.Cookie)
	return treeOf(r), nil
}

func treeOf(r Record) *tree {
	return &tree{record: r, seen: map[identity]bool{}, asked: map[identity]bool{}}
}

// leftTree is the tree of another process's Run; nil when nothing of it can exist.
func leftTree(r Record) (*tree, error) {
	boot := currentBoot()
	switch {
	case boot == "":
		return nil, fmt.Errorf("process: leftovers are found by /proc, which is not there: %w", errors.ErrUnsupported)
	case boot != r.Boot:
		return nil, nil
	}
	if !isCgroupOf(r.Cgroup, r.Cookie) {
		r.Cgroup = ""
	}
	return treeOf(r), nil
}

// start starts the program as the leader of a session, which dies with the calling thread.
func (t *tree) start(build func() *exec.Cmd) (*exec.Cmd, error) {
	cmd, err := t.startIn(t.record.Cgroup, build)
	if err != nil && t.record.Cgroup != "" { // not everybody who may make a control group may put a program into it
		removeCgroup(t.record.Cgroup)
		t.record.Cgroup = ""
		cmd, err = t.startIn("", build)
	}
	if err != nil {
		return nil, err
	}
	leader, err := readStatus(cmd.Process.Pid)
	if err != nil {
		return nil, errors.Join(err, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL), cmd.Wait())
	}
	t.record.PID, t.record.Start, t.led = leader.pid, leader.start, true
	return cmd, nil
}

func (t *tree) startIn(cgroup string, build func() *exec.Cmd) (*exec.Cmd, error) {
	cmd := build()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if cgroup != "" {
		dir, err := os.Open(cgroup)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
	}
	return cmd, cmd.Start()
}

// awaitExit waits for the end of the program without reaping it.
func (t *tree) awaitExit(cmd *exec.Cmd) {
	const (
		byPID   = 1          // P_PID
		exited  = 0x4        // WEXITED
		unready = 0x01000000 // WNOWAIT
	)
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(cmd.Process.Pid), 0, exited|unready, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}

func (t *tree) reap(cmd *exec.Cmd) error { return cmd.Wait() }

// look finds the living members and answers how many there are.
func (t *tree) look() (int, error) {
	f, err := t.survey()
	if err != nil {
		return 0, err
	}
	f.close()
	t.members, t.led = nil, false
	for _, s := range f.members {
		t.seen[s.identity] = true
		t.led = t.led || s.identity == t.program()
		if s.alive {
			t.members = append(t.members, s)
		} else if s.parent == f.self && s.identity != t.program() {
			t.bury(s)
		}
	}
	slices.SortFunc(t.members, func(a, b status) int { return cmp.Compare(a.pid, b.pid) })
	return len(t.members), nil
}

func (t *tree) program() identity { return identity{t.record.PID, t.record.Start} }

// bury reaps what has come to this process because its parent has ended: where this process is the first of a container, nobody else does.
func (t *tree) bury(s status) {
	_, _ = syscall.Wait4(s.pid, nil, syscall.WNOHANG, nil) // it may be gone
}

// ask asks the members of the last look to end, each once. Later on it asks only those whose parent is gone: what a program starts in order
// to end well is let alone.
func (t *tree) ask() {
	first := len(t.asked) == 0
	parents := map[int]bool{}
	for _, m := range t.members {
		parents[m.pid] = true
	}
	for _, m := range t.members {
		if !t.asked[m.identity] && (first || !parents[m.parent]) {
			t.asked[m.identity] = true
			m.signal(syscall.SIGTERM)
		}
	}
}

// kill ends the members of the last look, and all of the control group and of the program's process group at once, before they start others.
func (t *tree) kill() {
	killCgroup(t.record.Cgroup)
	if t.led {
		_ = syscall.Kill(-t.record.PID, syscall.SIGKILL) // the group may be empty
	}
	for _, m := range t.members {
		m.signal(syscall.SIGKILL)
	}
}

// survivors names the members of the last look.
func (t *tree) survivors() string {
	const most = 10
	var names []string
	for i, m := range t.members {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, fmt.Sprint(m.pid))
	}
	return "process " + strings.Join(names, ", ")
}

// cleanUp removes what was made for the tree, which is gone.
func (t *tree) cleanUp() { removeCgroup(t.record.Cgroup) }
