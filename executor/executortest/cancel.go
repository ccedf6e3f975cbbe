package executortest

import (
	"context"
	"errors"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

var cancelRules = []rule{
	{"Cancel/ends the work", "a stop has to stop: the stage is free once the work is known to be gone", cancelEnds},
	{"Cancel/without an Execute", "any engine may stop work, also when nobody waits for it", cancelDetached},
	{"Cancel/ctx ended is cancelled", "an engine that gives up on work ends it, unless it says that it only detaches", contextEnds},
	{"Cancel/what never started", "a stop may overtake the start", cancelNothing},
	{"Cancel/what has ended", "a stop may be late, and is repeated until it is answered", cancelEnded},
	{"Cancel/only the work named", "work is addressed by its ref, never by its worker", cancelOne},
	{"Cancel/bounded", "one action that does not end must not hold up the engine", cancelBounded},
	{"Cancel/late reports are refused", "work that was given up must not speak for the work that follows it", lateReports},
}

func soon() time.Time { return time.Now().Add(50 * time.Millisecond) }

func cancelEnds(r *rig) {
	task := r.task(Hold)
	c := r.holding(task)
	r.gone(task.Ref)
	c.stopped()
	task.Fence++
	r.to.release(1)
	r.execute(task, r.to).stopped()
	if n := len(r.to.startsSeen()); n != 1 {
		r.Fatalf("started %d times: a cancelled run must not start again", n)
	}
}

func cancelDetached(r *rig) {
	task := r.task(Hold)
	start := r.detached(task)
	task.Fence++
	r.gone(task.Ref)
	r.to.release(1)
	r.execute(task, r.to).stopped()
	r.startedOnly(r.to, start)
}

func contextEnds(r *rig) {
	for _, cause := range []error{nil, errors.New("the engine is closing")} {
		task := r.task(Hold)
		c := r.holding(task)
		c.stop(cause)
		c.stopped()
		r.gone(task.Ref)
	}
}

func cancelNothing(r *rig) {
	ref := r.task(Hold).Ref
	for range 2 {
		if err := r.cancel(ref); err != nil {
			r.Fatalf("Cancel: %v; want nil for what never started", err)
		}
		ref.Fence++
	}
}

func cancelEnded(r *rig) {
	task := r.task(Succeed)
	start := r.execute(task, r.to).succeeded()
	for range 2 {
		if err := r.cancel(task.Ref); err != nil {
			r.Fatalf("Cancel: %v; want nil for what has ended", err)
		}
	}
	if again := r.execute(task, r.to).succeeded(); again != start {
		r.Fatalf("the outcome is that of start %s, want %s still", again, start)
	}
	r.startedOnly(r.to, start)
}

func cancelOne(r *rig) {
	doomed, other := r.task(Hold), r.task(Hold)
	toOther := newRecorder()
	ended := r.holding(doomed)
	kept := r.execute(other, toOther)
	start := r.started(toOther)
	r.gone(doomed.Ref)
	ended.stopped()
	toOther.release(1)
	if got := kept.succeeded(); got != start {
		r.Fatalf("the outcome is that of start %s, want %s", got, start)
	}
}

func cancelBounded(r *rig) {
	task := r.task(Stubborn)
	r.holding(task)
	ctx, stop := context.WithTimeout(r.ctx, 20*time.Millisecond)
	defer stop()
	answer := make(chan error, 1)
	go func() { answer <- r.Cancel(ctx, task.Ref) }()
	select {
	case err := <-answer: // nil where the executor can kill, else an error
		r.Logf("Cancel answered %v", err)
	case <-time.After(r.patience):
		r.Fatal("Cancel did not return although its ctx had ended")
	}
	r.gone(task.Ref)
}

func lateReports(r *rig) {
	task := r.task(Stubborn)
	c := r.holding(task)
	_ = r.cancel(task.Ref) // nil where the executor can kill, else an error
	before := r.to.callsSeen()
	second := newRecorder()
	task.Fence++
	attached := r.execute(task, second)
	r.gone(task.Ref)
	c.stopped()
	attached.stopped()
	if after := r.to.callsSeen(); after > before+1 { // one may have been under way
		r.Fatalf("%d reports got through after Cancel had answered", after-before)
	}
	if n := second.callsSeen(); n > 0 {
		r.Fatalf("%d reports of cancelled work reached the Reporter that attached later", n)
	}
	task.Ref = executor.Ref{ID: task.ID, Run: 2, Fence: task.Fence + 1}
	task.Type = Succeed
	r.execute(task, second).succeeded()
}
