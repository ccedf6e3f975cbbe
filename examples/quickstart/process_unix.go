//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// killWhole gives a command a process group, which is killed as a whole. Ctrl-C in a terminal does not reach it: the engine decides.
func killWhole(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
