package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Defaults of a Command.
const (
	DefaultGrace       = 10 * time.Second
	DefaultWaitDelay   = 5 * time.Second
	DefaultOutputLimit = 64 << 20 // bytes
)

// Command is a program to be run. Its standard input is empty.
type Command struct {
	// Argv is the program and its arguments. A program without a slash is looked for in the PATH of Env, one with a relative path in Dir.
	Argv []string
	// Dir is the working directory. Default: that of this process.
	Dir string
	// Env is the whole environment, NAME=VALUE. Default: empty. The cookie is added.
	Env []string
	// Stdout and Stderr take the output. Default: nobody. If they are the same, what the program writes to both stays in order.
	Stdout, Stderr io.Writer
	// OutputLimit is how many bytes of both together are passed on; the rest is read, counted and dropped.
	// Default: DefaultOutputLimit. Negative: none.
	OutputLimit int64
	// Grace is the time between the request to end (SIGTERM) and the end by force (SIGKILL). Default: DefaultGrace. Negative: none.
	Grace time.Duration
	// WaitDelay is how long the rest of the tree may go on writing when the program has ended, and how long what was written is waited for
	// when the tree is gone. Default: DefaultWaitDelay. Negative: none.
	WaitDelay time.Duration
	// Record is told what EndLeftovers needs: once before the program starts, and again when its process ID is known. An error ends the
	// program, and is that of Run. Default: nobody.
	Record func(Record) error
}

// Result says how a program has ended.
type Result struct {
	ExitCode int           // -1: it was ended by Signal, or it is not known
	Signal   os.Signal     // that ended it; nil: none
	Duration time.Duration // from its start until its tree was gone
	Output   int64         // bytes passed on
	Dropped  int64         // bytes beyond OutputLimit
	Left     int           // processes that went on when the program had ended, and were ended
}

// Errors of Run and EndLeftovers, for errors.Is.
var (
	ErrNoProgram = errors.New("there is no such program, or it may not be run")
	ErrSurvivors = errors.New("processes could not be ended")
)

// ExitError is the error of a program that ran and failed.
type ExitError struct{ Result }

// Error says what it exited with, or which signal ended it.
func (e *ExitError) Error() string {
	if e.Signal != nil {
		return fmt.Sprintf("ended by a signal: %s", e.Signal)
	}
	return fmt.Sprintf("exit status %d", e.ExitCode)
}

func (c Command) withDefaults() Command {
	c.Grace = orDefault(c.Grace, DefaultGrace)
	c.WaitDelay = orDefault(c.WaitDelay, DefaultWaitDelay)
	if c.OutputLimit == 0 {
		c.OutputLimit = DefaultOutputLimit
	}
	return c
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return max(d, 0)
}

// check finds what no system can start.
func (c Command) check() error {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return errors.New("the command is empty: Argv names no program")
	}
	for _, text := range slices.Concat(c.Argv, c.Env, []string{c.Dir}) {
		if strings.IndexByte(text, 0) >= 0 {
			return errors.New("the command, its directory or its environment holds a zero byte")
		}
	}
	for _, entry := range c.Env {
		if i := strings.IndexByte(entry, '='); i <= 0 {
			return errors.New("an entry of the environment is not NAME=VALUE") // it may be a secret: it is not repeated
		}
	}
	if c.Dir == "" {
		return nil
	}
	info, err := os.Stat(c.Dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no directory", c.Dir)
	}
	if err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	return nil
}
