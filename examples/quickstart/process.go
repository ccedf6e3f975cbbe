package main

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// runLogged runs a command with all its output in a log. When its context ends, it is killed together with whatever it has started.
func runLogged(cmd *exec.Cmd, log io.Writer) error {
	line := strings.Join(cmd.Args, " ")
	fmt.Fprintln(log, "$", line)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = 5 * time.Second // for output that somebody still holds open
	killWhole(cmd)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}
