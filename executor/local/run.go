package local

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

// panicLimit bounds the text of a panic's value in a Failure, in bytes.
const panicLimit = 1 << 10

// caller is the function of this package that calls an action's.
const caller = "github.com/penstock-dev/penstock/executor/local.(*Executor).run"

// run is one (ID, Run).
type run struct {
	work    *work
	number  int
	reports reports

	task    *executor.Task // nil when the function has ended
	ctx     workContext
	done    chan struct{}    // closed when the function has ended
	outcome executor.Outcome // once done is closed

	// guarded by Executor.mu
	ended   bool
	grace   *time.Timer   // set when it is cancelled
	lost    chan struct{} // made with grace, closed when it is given up
	givenUp bool
}

func neverStarted(w *work, number int) *run {
	r := &run{work: w, number: number, done: make(chan struct{}), ended: true}
	r.outcome.Failure = &executor.Failure{Code: "Cancelled", Message: "the work was cancelled before it started, as far as is known here"}
	close(r.done)
	return r
}

// run calls the function on a goroutine of its own.
func (e *Executor) run(r *run) {
	_ = room(0)
	returned := false
	defer func() {
		if !returned {
			r.outcome = executor.Outcome{Failure: crash(recover(), &r.reports)}
		}
		e.finish(r)
	}()
	r.outcome = e.types[r.task.Type].Run(&r.ctx, r.task, &r.reports)
	returned = true
}

// room makes the goroutine's stack grow at once to what nearly every function needs, as long as there is nothing on it to be copied. Grown
// from the depth of an action, it costs a twentieth of all that an execution of small actions does.
//
//go:noinline
func room(i int) byte {
	var frame [5 << 10]byte
	return frame[i]
}

// finish frees the slot before anyone learns the outcome, so that who does finds it free.
func (e *Executor) finish(r *run) {
	r.ctx.release()
	r.reports.shut()
	e.mu.Lock()
	defer e.mu.Unlock()
	r.ended, r.task = true, nil
	if r.grace != nil {
		r.grace.Stop()
	}
	if r.givenUp {
		e.stuck--
	}
	r.work.forget(r.work.newest())
	e.remember(r.work)
	e.free++
	e.announceFree()
	e.announceIdle()
	close(r.done)
}

// crash is the failure of a function that did not return: it panicked with value, or ended its goroutine (value is nil).
func crash(value any, to executor.Reporter) *executor.Failure {
	message := "panic: " + fmt.Sprint(value)
	if value == nil {
		message = "the function ended its goroutine instead of returning (runtime.Goexit)"
	}
	if len(message) > panicLimit {
		message = strings.ToValidUTF8(message[:panicLimit], "") + " …"
	}
	at, stack := origin()
	fmt.Fprintf(to.Log(), "%s\n\n%s", message, stack)
	return &executor.Failure{Code: "Panic", Message: message, Hint: "Fix the action's code " + at + "; the stack is in the log."}
}

// origin says where the function was when it stopped returning, and how it came there. It leaves out what the runtime and this
// package put on the stack.
func origin() (at, stack string) {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers[:])])
	var all strings.Builder
	for {
		frame, more := frames.Next()
		if frame.Function == caller || frame.Function == "" {
			break
		}
		if !strings.HasPrefix(frame.Function, "runtime.") {
			if at == "" {
				at = fmt.Sprintf("in %s (%s:%d)", frame.Function, filepath.Base(frame.File), frame.Line)
			}
			fmt.Fprintf(&all, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			break
		}
	}
	return at, all.String()
}
