package executortest

import (
	"errors"

	"github.com/penstock-dev/penstock/executor"
)

var fenceRules = []rule{
	{"Fence/stale Execute is refused", "an engine that was asleep must not take work back from the one that took over", staleExecute},
	{"Fence/stale Cancel is refused", "an engine that was asleep must not end what another one runs", staleCancel},
	{"Fence/stale ctx ends nothing", "an engine that lost the work may shut down; the work goes on for the other", staleContext},
	{"Fence/also after the end", "what was seen stays seen as long as the outcome does", staleEnded},
	{"Fence/equal is not stale", "the holder of a claim may ask again", equalFence},
	{"Fence/each work has its own", "fences of different work are not compared", ownFence},
}

func (r *rig) fenced(err error, what string) {
	r.Helper()
	if !errors.Is(err, executor.ErrFenced) {
		r.Fatalf("%s with a lower fence: %v; want ErrFenced", what, err)
	}
}

func staleExecute(r *rig) {
	task := r.task(Hold)
	c := r.holding(task)
	stale := task
	stale.Fence--
	outsider := newRecorder()
	_, err := r.execute(stale, outsider).result()
	r.fenced(err, "Execute")
	r.to.release(1)
	r.startedOnly(r.to, c.succeeded())
	if n := outsider.callsSeen(); n > 0 {
		r.Fatalf("%d reports reached the Reporter of a refused Execute", n)
	}
}

func staleCancel(r *rig) {
	task := r.task(Hold)
	c := r.holding(task)
	stale := task.Ref
	stale.Fence--
	r.fenced(r.cancel(stale), "Cancel")
	r.to.release(1)
	r.startedOnly(r.to, c.succeeded())
}

func staleContext(r *rig) {
	task := r.task(Hold)
	old := r.holding(task)
	task.Fence++
	second := newRecorder()
	current := r.execute(task, second)
	r.attached(second)
	old.stop(errors.New("the old engine is closing"))
	old.stopped()
	second.release(1)
	r.startedOnly(r.to, current.succeeded())
}

func staleEnded(r *rig) {
	task := r.task(Succeed)
	r.execute(task, r.to).succeeded()
	stale := task
	stale.Fence--
	_, err := r.execute(stale, r.to).result()
	r.fenced(err, "Execute")
	r.fenced(r.cancel(stale.Ref), "Cancel")
}

func equalFence(r *rig) {
	task := r.task(Hold)
	r.detached(task)
	again := r.execute(task, r.to)
	r.to.release(1)
	r.startedOnly(r.to, again.succeeded())
	if err := r.cancel(task.Ref); err != nil {
		r.Fatalf("Cancel: %v; want nil", err)
	}
}

func ownFence(r *rig) {
	high, low := r.task(Succeed), r.task(Succeed)
	high.Fence, low.Fence = 1000, 1
	first := r.execute(high, r.to).succeeded()
	r.startedOnly(r.to, first, r.execute(low, r.to).succeeded())
}
