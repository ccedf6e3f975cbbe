package executortest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

// Action is the code of one scripted action type. It depends on nothing but its arguments.
type Action func(ctx context.Context, task executor.Task, to executor.Reporter) executor.Outcome

// Script is what an executor under test has to serve: the action by the name of its type.
type Script map[string]Action

// The scripted action types. Every action reports External(started, N) first and puts N, which is random, into the variable
// "start", so that two starts can be told apart.
const (
	Succeed  = "Test/Penstock/Succeed/1"  // ends at once
	Fail     = "Test/Penstock/Fail/1"     // ends with the Failure that is in Config["failure"] as JSON
	Panic    = "Test/Penstock/Panic/1"    // panics
	Suspend  = "Test/Penstock/Suspend/1"  // ends Pending, with Config["resume"]; with a Task.Resume it succeeds and shows it
	Echo     = "Test/Penstock/Echo/1"     // shows its task, and puts out Config["outcome"], an Outcome as JSON
	Report   = "Test/Penstock/Report/1"   // reports Config["log"], progress and an external id
	Hold     = "Test/Penstock/Hold/1"     // runs until its ctx ends (then it fails) or External("proceed", …) answers nil
	Stubborn = "Test/Penstock/Stubborn/1" // does not mind its ctx: runs until its log refuses what it writes
)

const (
	started = "started"
	proceed = "proceed"
)

// Actions returns every scripted action, for a worker that runs in another process than the suite.
func Actions() Script {
	return Script{
		Succeed: shown(func(context.Context, executor.Task, executor.Reporter) executor.Outcome { return executor.Outcome{} }),
		Fail:    shown(fail), Panic: shown(panicking), Suspend: shown(suspend), Echo: shown(echo),
		Report: shown(report), Hold: shown(hold), Stubborn: shown(stubborn),
	}
}

// shown has an action report its start, and adds that to its variables.
func shown(action Action) Action {
	return func(ctx context.Context, task executor.Task, to executor.Reporter) executor.Outcome {
		start := rand.Text()
		_ = to.External(started, start) // where nobody is there to be told, the variable still tells
		outcome := action(ctx, task, to)
		if outcome.Variables == nil {
			outcome.Variables = make(map[string]string)
		}
		outcome.Variables["start"] = start
		return outcome
	}
}

func fail(_ context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
	return decoded(task.Config["failure"], func(o *executor.Outcome) any { return &o.Failure })
}

func panicking(context.Context, executor.Task, executor.Reporter) executor.Outcome {
	panic("scripted panic")
}

func suspend(_ context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
	if task.Resume != "" {
		return executor.Outcome{Variables: map[string]string{"resume": task.Resume}}
	}
	return executor.Outcome{Pending: &executor.Pending{After: 90 * time.Second, Resume: task.Config["resume"]}}
}

func echo(_ context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
	outcome := decoded(task.Config["outcome"], func(o *executor.Outcome) any { return o })
	text, err := json.Marshal(task)
	if err != nil || outcome.Failure != nil {
		return outcome
	}
	outcome.Variables["task"] = string(text)
	return outcome
}

func report(_ context.Context, task executor.Task, to executor.Reporter) executor.Outcome {
	text := task.Config["log"]
	half := len(text) / 2
	for _, part := range []string{text[:half], text[half:]} {
		if n, err := to.Log().Write([]byte(part)); err != nil || n != len(part) {
			return failed("Log", fmt.Errorf("wrote %d of %d bytes: %w", n, len(part), err))
		}
	}
	to.Progress(50, "half way")
	if err := to.External("job-7", "https://ci.example/job-7"); err != nil {
		return failed("External", err)
	}
	if err := to.External("refused", ""); err == nil {
		return failed("External", errors.New("the Reporter's error did not arrive"))
	}
	return executor.Outcome{}
}

func hold(ctx context.Context, _ executor.Task, to executor.Reporter) executor.Outcome {
	for to.External(proceed, "") != nil {
		select {
		case <-ctx.Done():
			return failed("Stopped", ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return executor.Outcome{}
}

func stubborn(ctx context.Context, _ executor.Task, to executor.Reporter) executor.Outcome {
	for {
		if _, err := to.Log().Write([]byte(".")); err != nil {
			return failed("Refused", err)
		}
		<-time.After(time.Millisecond)
	}
}

func decoded(text string, into func(*executor.Outcome) any) (outcome executor.Outcome) {
	if err := json.NewDecoder(strings.NewReader(text)).Decode(into(&outcome)); err != nil {
		return failed("Script", err)
	}
	return outcome
}

func failed(code string, err error) executor.Outcome {
	return executor.Outcome{Failure: &executor.Failure{Code: code, Message: err.Error()}}
}
