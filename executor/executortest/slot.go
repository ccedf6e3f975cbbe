package executortest

import (
	"sync"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

var slotRules = []rule{
	{"Slots/free is honest", "the engine claims as many as are free: too many are claimed for nothing, too few leave workers idle", freeIsHonest},
	{"Slots/never more at once", "slots bound what the host has to bear", neverMore},
	{"Slots/the channel closes when one gets free", "the engine sleeps on it while it has work that found no slot", channelCloses},
	{"Slots/come back after every kind of end", "a slot that is lost is lost until a restart", slotsComeBack},
	{"Lock/a Reporter may call back", "an action's report may lead the engine to start, look or stop elsewhere", callsBack},
	{"Lock/a slow Reporter holds up nobody else", "External waits for a commit; other actions go on meanwhile", slowReporter},
}

// typeOf is what Types says now of a type.
func (r *rig) typeOf(name string) executor.Type {
	r.Helper()
	types, _ := r.Types()
	for _, t := range types {
		if t.Name == name {
			return t
		}
	}
	r.Fatalf("Types does not list %s", name)
	return executor.Type{}
}

func (r *rig) free(name string) int {
	r.Helper()
	return r.typeOf(name).Free
}

// freeBecomes waits until so many slots are free: a slot may come back a little after the outcome.
func (r *rig) freeBecomes(want int) {
	r.Helper()
	until := time.After(r.patience)
	for {
		got := r.free(Hold)
		if got == want {
			return
		}
		select {
		case <-until:
			r.Fatalf("%d slots are free, want %d", got, want)
		case <-time.After(time.Millisecond):
		}
	}
}

// attached waits until reports reach to.
func (r *rig) attached(to *recorder) {
	r.Helper()
	until := time.After(r.patience)
	for to.callsSeen() == 0 {
		select {
		case <-until:
			r.Fatal("no report reached the Reporter that attached")
		case <-time.After(time.Millisecond):
		}
	}
}

// fill takes every slot.
func (r *rig) fill() (calls []*call) {
	r.Helper()
	for range r.free(Hold) {
		calls = append(calls, r.holding(r.task(Hold)))
	}
	return calls
}

func freeIsHonest(r *rig) {
	all := r.free(Hold)
	calls := r.fill()
	if free := r.free(Hold); free != 0 {
		r.Fatalf("%d slots are free while %d of %d are taken", free, len(calls), all)
	}
	r.to.release(len(calls))
	for _, c := range calls {
		c.succeeded()
	}
	r.freeBecomes(all)
}

func neverMore(r *rig) {
	calls := r.fill()
	all := len(calls)
	extra := r.execute(r.task(Hold), r.to)
	select {
	case <-extra.ended: // an error
	case <-r.to.starts: // it should not have started
	case <-time.After(time.Second): // it waits
	}
	r.to.release(all + 1)
	for _, c := range calls {
		c.succeeded()
	}
	if outcome, err := extra.result(); err == nil && (outcome.Failure != nil || outcome.Pending != nil) {
		r.Fatalf("with no free slot: %+v; want an error at once, or a wait and success", outcome)
	}
	if most := r.to.mostAtOnce(); most > all {
		r.Fatalf("%d ran at once, with %d slots", most, all)
	}
}

func channelCloses(r *rig) {
	calls := r.fill()
	_, changed := r.Types()
	r.to.release(1)
	select {
	case <-changed:
	case <-time.After(r.patience):
		r.Fatal("a slot got free, and the channel that Types gave while it was full stays open")
	}
	if r.free(Hold) == 0 {
		r.Fatal("the channel was closed and no slot is free")
	}
	r.to.release(len(calls) - 1)
	for _, c := range calls {
		c.succeeded()
	}
}

func slotsComeBack(r *rig) {
	all := r.free(Hold)
	for range all + 1 {
		for _, typeName := range []string{Succeed, Panic, Suspend} {
			task := r.task(typeName)
			task.Config["resume"] = "x"
			if _, err := r.execute(task, r.to).result(); err != nil {
				r.Fatalf("%s: %v", typeName, err)
			}
		}
	}
	for range all + 1 {
		to := newRecorder()
		cancelled := r.task(Hold)
		c := r.execute(cancelled, to)
		r.started(to)
		r.gone(cancelled.Ref)
		c.stopped()
	}
	r.freeBecomes(all)
	var late []*call
	for range all {
		task := r.task(Hold)
		task.Deadline = soon()
		late = append(late, r.execute(task, newRecorder()))
	}
	for _, c := range late {
		if _, err := c.result(); err != nil {
			r.Fatal(err)
		}
	}
	r.freeBecomes(all)
}

func callsBack(r *rig) {
	inner := newRecorder()
	other, nothing := r.task(Succeed), r.task(Hold)
	r.to.onCall = func(id string) {
		if id != started {
			return
		}
		r.Types()
		if _, err := r.Execute(r.ctx, other, inner); err != nil {
			r.Errorf("Execute from within a report: %v", err)
		}
		if err := r.Cancel(r.ctx, nothing.Ref); err != nil {
			r.Errorf("Cancel from within a report: %v", err)
		}
	}
	r.execute(r.task(Succeed), r.to).succeeded()
	if n := len(inner.startsSeen()); n != 1 {
		r.Fatalf("the action that was started from within a report started %d times", n)
	}
}

func slowReporter(r *rig) {
	asked, committed := make(chan struct{}), make(chan struct{})
	ask := sync.OnceFunc(func() { close(asked) })
	r.to.onCall = func(string) {
		ask()
		<-committed
	}
	slow := r.execute(r.task(Succeed), r.to)
	select {
	case <-asked:
	case <-time.After(r.patience):
		r.Fatal("the report of the start did not arrive")
	}
	other := newRecorder()
	r.execute(r.task(Succeed), other).succeeded()
	if err := r.cancel(r.task(Hold).Ref); err != nil {
		r.Errorf("Cancel while a Reporter is slow: %v", err)
	}
	r.Types()
	close(committed)
	slow.succeeded()
}
