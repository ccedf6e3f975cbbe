package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Run runs a program and returns when everything that it has started is gone.
//
// The error is nil if the program exited with 0; an *ExitError if it did not; the cause of ctx if that ended before the program did;
// ErrNoProgram if it could not be started, because there is none; ErrSurvivors if something could not be ended. The Result counts
// in any case.
//
// When ctx ends, the tree is asked to end, and ended by force after Command.Grace; Run returns within Grace + WaitDelay. When
// the program ends by itself, the rest of its tree may go on writing for WaitDelay; what is then left is ended likewise. Only where
// the kernel takes its time to end what was killed, Run waits up to 5 s for it.
func Run(ctx context.Context, c Command) (Result, error) {
	result, err := run(ctx, c, cgroupHome())
	var exit *ExitError
	if err != nil && !errors.As(err, &exit) {
		err = fmt.Errorf("process: %w", err)
	}
	return result, err
}

// job is one Run.
type job struct {
	Command
	tree   *tree
	output *output
	cmd    *exec.Cmd
	begun  time.Time
	exited chan struct{} // closed when the program has ended
	reap   chan struct{} // closed when it may be reaped
	reaped chan error    // what reaping it answered
}

// run makes a control group below home, unless that is empty.
func run(ctx context.Context, c Command, home string) (Result, error) {
	nothing := Result{ExitCode: -1}
	if ctx.Err() != nil {
		return nothing, context.Cause(ctx)
	}
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nothing, err
	}
	program, err := c.lookUp()
	if err != nil {
		return nothing, err
	}
	// Linux has a program die with the thread that has started it, so that thread must not go away before it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	j := &job{
		Command: c, output: newOutput(c.OutputLimit), exited: make(chan struct{}), reap: make(chan struct{}), reaped: make(chan error, 1),
	}
	if err := j.start(program, home); err != nil {
		return nothing, err
	}
	return j.wait(ctx)
}

// start leaves nothing behind when it fails.
func (j *job) start(program, home string) (err error) {
	record := newRecord()
	j.tree, err = newTree(record, home)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			j.output.started()
			j.output.close(time.Now())
			j.tree.cleanUp()
		}
	}()
	if j.Record != nil {
		if err := unrecorded(j.Record(j.tree.record)); err != nil {
			return err
		}
	}
	stdout, stderr, err := j.pipes()
	if err != nil {
		return err
	}
	j.begun = time.Now()
	j.cmd, err = j.tree.start(func() *exec.Cmd {
		cmd := &exec.Cmd{Path: program, Args: j.Argv, Dir: j.Dir, Env: record.environment(j.Env)}
		if stdout != nil { // a nil *os.File would not be a nil Writer
			cmd.Stdout = stdout
		}
		if stderr != nil {
			cmd.Stderr = stderr
		}
		return cmd
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("%w: %w", ErrNoProgram, err)
	}
	if err != nil {
		return err
	}
	j.output.started()
	go j.watch()
	return nil
}

func (j *job) pipes() (stdout, stderr *os.File, err error) {
	stdout, err = j.output.pipe(j.Stdout)
	if err != nil {
		return nil, nil, err
	}
	if same(j.Stdout, j.Stderr) {
		return stdout, stdout, nil
	}
	stderr, err = j.output.pipe(j.Stderr)
	return stdout, stderr, err
}

// watch waits for the program, and reaps it when it may.
func (j *job) watch() {
	j.tree.awaitExit(j.cmd)
	close(j.exited)
	<-j.reap
	j.reaped <- j.tree.reap(j.cmd)
}

// wait sees the tree to its end.
func (j *job) wait(ctx context.Context) (Result, error) {
	var cause error
	if j.Record != nil {
		cause = unrecorded(j.Record(j.tree.record))
	}
	byItself := cause == nil && j.ends(ctx)
	if cause == nil && !byItself {
		cause = fmt.Errorf("the program was ended: %w", context.Cause(ctx))
	}
	latest := time.Now().Add(j.Grace + j.WaitDelay)
	left, problem := j.tree.end(context.WithoutCancel(ctx), j.Grace)
	deadline := time.Now().Add(j.WaitDelay)
	if !byItself {
		left = 0
		if deadline.After(latest) {
			deadline = latest
		}
	}
	j.output.close(deadline)
	result, err := j.finish(problem == nil)
	result.Left, result.Duration = left, time.Since(j.begun)
	problem = errors.Join(cause, problem, err, j.output.result(&result))
	if byItself && err == nil && result.ExitCode != 0 {
		exit := &ExitError{result}
		if problem == nil {
			return result, exit
		}
		problem = errors.Join(exit, problem)
	}
	return result, problem
}

func unrecorded(err error) error {
	if err != nil {
		return fmt.Errorf("the record could not be kept: %w", err)
	}
	return nil
}

// ends waits until the program has ended, and its output too, as far as that comes in time. It says whether the program has ended by
// itself.
func (j *job) ends(ctx context.Context) bool {
	select {
	case <-j.exited:
	case <-ctx.Done():
		select {
		case <-j.exited:
		default:
			return false
		}
	}
	delay := time.NewTimer(j.WaitDelay)
	defer delay.Stop()
	select {
	case <-j.output.done:
	case <-delay.C:
	case <-ctx.Done():
	}
	return true
}

// finish reaps the program, if it can be ended, and answers how it ended.
func (j *job) finish(gone bool) (Result, error) {
	result := Result{ExitCode: -1}
	close(j.reap)
	if !gone {
		select {
		case <-j.exited:
		default:
			return result, nil // whenever it ends, watch reaps it
		}
	}
	err := <-j.reaped
	j.tree.cleanUp()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return result, err
	}
	result.ExitCode = j.cmd.ProcessState.ExitCode()
	if status, ok := j.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		result.Signal = status.Signal()
	}
	return result, nil
}
