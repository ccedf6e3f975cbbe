//go:build unix && !linux

package process

import (
	"errors"
	"os/exec"
	"sync"
	"syscall"
)

// tree is the process group of a program.
type tree struct {
	record Record
	asked  bool // to end
	waited sync.Once
	err    error // of the program's end
}

func newTree(r Record, _ string) (*tree, error) { return &tree{record: r}, nil }

func leftTree(Record) (*tree, error) { return nil, errors.ErrUnsupported }

func currentBoot() string { return "" }

func cgroupHome() string { return "" }

func (t *tree) start(build func() *exec.Cmd) (*exec.Cmd, error) {
	cmd := build()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t.record.PID = cmd.Process.Pid
	return cmd, nil
}

func (t *tree) awaitExit(cmd *exec.Cmd) { t.waited.Do(func() { t.err = cmd.Wait() }) }

func (t *tree) reap(cmd *exec.Cmd) error {
	t.awaitExit(cmd)
	return t.err
}

// look answers 1 while the group has a member.
func (t *tree) look() (int, error) {
	if errors.Is(syscall.Kill(-t.record.PID, 0), syscall.ESRCH) {
		return 0, nil
	}
	return 1, nil
}

func (t *tree) ask() {
	if !t.asked {
		t.asked = true
		_ = syscall.Kill(-t.record.PID, syscall.SIGTERM) // whoever could not be reached is ended by force
	}
}

func (t *tree) kill() {
	_ = syscall.Kill(-t.record.PID, syscall.SIGKILL) // whoever could not be reached is found again
}

func (t *tree) survivors() string { return "the program's process group" }

func (t *tree) cleanUp() {}
