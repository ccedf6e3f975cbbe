package executortest

import (
	"errors"

	"github.com/penstock-dev/penstock/executor"
)

var attachRules = []rule{
	{"Attach/concurrent Executes start once", "the same (ID, Run) never starts twice, however often the engine asks", startsOnce},
	{"Attach/to a running one", "an engine that takes over waits for the work that is there", attachRunning},
	{"Attach/to an ended one", "an outcome that the engine could not commit is asked for again", attachEnded},
	{"Attach/a later run starts anew", "after Pending, or for a further try, the work has to be done again", laterRun},
	{"Attach/an earlier run does not start", "what an engine that was asleep still asks for has been overtaken", earlierRun},
	{"Detach/leaves the work", "an engine that is restarted must not end its releases", detach},
	{"Detach/leaves the Reporter alone", "what the Reporter writes to is closed once Execute has returned", detachedReporter},
	{"Detach/an ended outcome waits", "work may end while nobody is attached", endsDetached},
	{"Attach/from another process", "Outlive says whether a restarted engine finds its work again or has lost it", anotherProcess},
}

func startsOnce(r *rig) {
	for _, typeName := range []string{Succeed, Hold} {
		to := newRecorder()
		to.release(1)
		task := r.task(typeName)
		calls := make([]*call, 8)
		for i := range calls {
			calls[i] = r.execute(task, to)
		}
		start := calls[0].succeeded()
		for _, c := range calls {
			if other := c.succeeded(); other != start {
				r.Fatalf("one Execute answered the outcome of start %s, another that of %s", start, other)
			}
		}
		r.startedOnly(to, start)
	}
}

func attachRunning(r *rig) {
	task := r.task(Hold)
	first := r.holding(task)
	second := newRecorder()
	task.Fence++
	attached := r.execute(task, second)
	second.release(1) // only the second one lets it proceed: reports go to the newest
	start := attached.succeeded()
	r.startedOnly(r.to, start)
	r.startedOnly(second)
	if outcome, err := first.result(); err == nil && outcome.Variables["start"] != start {
		r.Fatalf("the first Execute answered %+v; want the same outcome, or an error", outcome)
	}
}

func attachEnded(r *rig) {
	for _, typeName := range []string{Succeed, Panic} {
		to := newRecorder()
		task := r.task(typeName)
		want, err := r.execute(task, to).result()
		if err != nil {
			r.Fatal(err)
		}
		for range 2 {
			task.Fence++
			got, err := r.execute(task, to).result()
			if err != nil || text(r, got) != text(r, want) {
				r.Fatalf("the second time: outcome %+v, error %v; want %+v", got, err, want)
			}
		}
		if n := len(to.startsSeen()); n != 1 {
			r.Fatalf("%s: started %d times, want once", typeName, n)
		}
	}
}

func laterRun(r *rig) {
	task := r.task(Succeed)
	first := r.execute(task, r.to).succeeded()
	task.Run, task.Fence = 2, 11
	second := r.execute(task, r.to).succeeded()
	task.Run, task.Fence = 9, 12
	ninth := r.execute(task, r.to).succeeded()
	r.startedOnly(r.to, first, second, ninth)
}

func earlierRun(r *rig) {
	task := r.task(Succeed)
	task.Run = 2
	start := r.execute(task, r.to).succeeded()
	task.Run, task.Fence = 1, 11
	if outcome, err := r.execute(task, r.to).result(); err == nil {
		r.Fatalf("outcome %+v of run 1 after run 2; want an error", outcome)
	}
	r.startedOnly(r.to, start)
}

// detached starts a Hold, detaches from it and returns its start.
func (r *rig) detached(task executor.Task) (start string) {
	r.Helper()
	c := r.execute(task, r.to)
	start = r.started(r.to)
	c.stop(executor.ErrDetach)
	if outcome, err := c.result(); !errors.Is(err, executor.ErrDetach) {
		r.Fatalf("after ErrDetach Execute answered %+v, error %v; want an error that is ErrDetach", outcome, err)
	}
	return start
}

func detach(r *rig) {
	task := r.task(Hold)
	start := r.detached(task)
	task.Fence++
	attached := r.execute(task, r.to)
	r.to.release(1)
	if got := attached.succeeded(); got != start {
		r.Fatalf("the outcome is that of start %s, want the work that was left, %s", got, start)
	}
	r.startedOnly(r.to, start)
}

func detachedReporter(r *rig) {
	task := r.task(Hold)
	r.detached(task)
	before := r.to.callsSeen()
	task.Fence++
	second := newRecorder()
	attached := r.execute(task, second)
	second.release(1)
	attached.succeeded()
	if after := r.to.callsSeen(); after > before+1 { // one may have been under way
		r.Fatalf("%d reports reached a Reporter after its Execute had returned", after-before)
	}
}

func endsDetached(r *rig) {
	task := r.task(Hold)
	task.Deadline = soon()
	start := r.detached(task)
	task.Fence++
	outcome, err := r.execute(task, newRecorder()).result()
	if err != nil || outcome.Failure == nil {
		r.Fatalf("outcome %+v, error %v; want the failure at the deadline", outcome, err)
	}
	r.startedOnly(r.to, start)
}

func anotherProcess(r *rig) {
	task := r.task(Hold)
	start := r.detached(task)
	again := *r
	again.Executor, again.to = r.open(r.TB, Actions()), newRecorder()
	again.to.release(1)
	task.Fence++
	if !r.typeOf(Hold).Outlive {
		if err := again.cancel(task.Ref); err != nil {
			r.Fatalf("Cancel in a process that never started it: %v; want nil", err)
		}
		r.gone(task.Ref)
		return
	}
	if got := again.execute(task, again.to).succeeded(); got != start {
		r.Fatalf("the outcome is that of start %s, want the work that was left, %s", got, start)
	}
	again.startedOnly(again.to)
}
