//go:build !unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
)

// tree is a program by itself.
type tree struct {
	record  Record
	process *os.Process
	ended   atomic.Bool
	waited  sync.Once
	err     error // of the program's end
}

func newTree(r Record, _ string) (*tree, error) { return &tree{record: r}, nil }

func leftTree(Record) (*tree, error) { return nil, errors.ErrUnsupported }

func currentBoot() string { return "" }

func cgroupHome() string { return "" }

func (t *tree) start(build func() *exec.Cmd) (*exec.Cmd, error) {
	cmd := build()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t.process, t.record.PID = cmd.Process, cmd.Process.Pid
	return cmd, nil
}

func (t *tree) awaitExit(cmd *exec.Cmd) {
	t.waited.Do(func() {
		t.err = cmd.Wait()
		t.ended.Store(true)
	})
}

func (t *tree) reap(cmd *exec.Cmd) error {
	t.awaitExit(cmd)
	return t.err
}

func (t *tree) look() (int, error) {
	if t.ended.Load() {
		return 0, nil
	}
	return 1, nil
}

// ask does nothing: there is no way to ask.
func (t *tree) ask() {}

func (t *tree) kill() { _ = t.process.Kill() } // it may have ended

func (t *tree) survivors() string { return "the program" }

func (t *tree) cleanUp() {}
