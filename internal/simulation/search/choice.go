package search

import (
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// choice is one thing that may happen next. It means the same in every world that came about in the same way.
type choice struct {
	kind kind
	node int8 // which replica; -1: none
	arg  int8 // which work, order, execution, stage
}

type kind int8

const (
	step   kind = iota // a replica looks at the store if it has to, and decides
	commit             // what it has decided reaches the store, and it learns what became of it
	poll               // a replica asks what is due
	renew              // a replica that has lost its lease takes another one
	succeed
	gone  // cancelled work has ended
	again // a client that was not answered asks the other replica
	drift // a commit of a crashed replica reaches the store
	fail
	zombie
	start
	disable
	enable
	stop
	abandon
	retry
	retryAll
	crash
	crashDrift  // and its commit is on its way
	crashBehind // its commit has reached the store, but it never learns
	wait
	silence // time goes on, and a replica keeps quiet meanwhile
)

// progress are the kinds that need no fault and no order: what is under way goes on.
const progress = again

// choices lists what may happen next.
func (w *world) choices() (out []choice) {
	add := func(k kind, node, arg int) { out = append(out, choice{k, int8(node), int8(arg)}) }
	for i, n := range w.nodes {
		w.ofNode(i, n, add)
	}
	for i, k := range w.works {
		w.ofWork(i, k, add)
	}
	if len(w.adrift) > 0 {
		add(drift, -1, 0)
	}
	for i, o := range w.orders {
		if !slices.ContainsFunc(w.nodes[:], func(n *node) bool { return n.name == o.node }) {
			add(again, 0, i)
			add(again, 1, i)
		}
	}
	for i := range w.nodes {
		w.ofOperators(i, add)
	}
	if w.left.Leaps > 0 && w.timed() {
		add(wait, -1, 0)
		if w.left.Silences > 0 {
			add(silence, 0, 0)
			add(silence, 1, 0)
		}
	}
	return out
}

// ofNode lists a replica's choices, its lease before its questions: who brings a world to its end takes the first that there is.
func (w *world) ofNode(i int, n *node, add func(kind, int, int)) {
	wake := n.replica.Wake()
	switch {
	case n.group == nil && (n.replica.Busy() || !wake.IsZero() && !wake.After(w.now)):
		add(step, i, 0)
	case n.group != nil:
		add(commit, i, 0)
	}
	if !w.now.Before(n.lease.Expires) {
		add(renew, i, 0)
	}
	if due := w.due(); len(due.Streams) > 0 && (w.head.owner == "" || w.head.owner == n.name || len(due.Ended) > 0) { // for others there is nothing to do
		add(poll, i, 0)
	}
	if w.left.Crashes > 0 && (n.group != nil || n.replica.Busy() || w.head.owner == n.name) {
		add(crash, i, 0)
		if n.group != nil {
			add(crashDrift, i, 0)
			add(crashBehind, i, 0)
		}
	}
}

func (w *world) ofWork(i int, k *work, add func(kind, int, int)) {
	at := slices.IndexFunc(w.nodes[:], func(n *node) bool { return n.name == k.node })
	if at < 0 {
		if w.left.Zombies > 0 {
			add(zombie, 0, i)
			add(zombie, 1, i)
		}
		return
	}
	add(succeed, at, i)
	if k.cancelled {
		add(gone, at, i)
	} else if w.left.Failures > 0 {
		add(fail, at, i)
	}
}

func (w *world) ofOperators(i int, add func(kind, int, int)) {
	if w.left.Starts > 0 {
		add(start, i, 0)
	}
	switch {
	case w.left.Toggles > 0 && !w.closed:
		add(disable, i, 0)
	case w.closed:
		add(enable, i, 0)
	}
	for x, execution := range w.shadow.Executions {
		if w.left.Stops > 0 && execution.Live() {
			add(stop, i, x)
			add(abandon, i, x)
		}
		if run := w.shadow.Current(execution); w.left.Retries > 0 && run != nil && (run.Status == machine.Failed || run.Status == machine.Stopped) {
			add(retry, i, x)
			add(retryAll, i, x)
		}
	}
	for x := range w.archived {
		if w.left.Retries > 0 {
			add(retry, i, len(w.shadow.Executions)+x)
			add(retryAll, i, len(w.shadow.Executions)+x)
		}
	}
}

// timed reports whether something waits for time to pass: the end of a lease that owns the pipeline, or of a grace.
func (w *world) timed() bool {
	owned := w.head.owner != "" && w.owner() == nil
	lingers := slices.ContainsFunc(w.shadow.Stages, func(s *machine.Stage) bool { return s.Latest != nil && len(s.Latest.Lingering) > 0 }) ||
		slices.ContainsFunc(w.shadow.Executions, func(x *machine.Execution) bool { return x.Run != nil && len(x.Run.Lingering) > 0 })
	return owned || lingers || w.left.Silences > 0
}

// owner is the replica that drives the pipeline, if it has its lease.
func (w *world) owner() *node {
	for _, n := range w.nodes {
		if n.name == w.head.owner && w.now.Before(n.lease.Expires) {
			return n
		}
	}
	return nil
}

func (w *world) due() store.Due {
	due, err := w.store.Due(ctx, 10)
	if err != nil {
		w.fail("S0", "the store does not tell what is due: %v", err)
	}
	return due
}

// do makes a choice happen.
func (w *world) do(c choice) {
	w.clock.now = w.now
	if c.kind >= start && c.kind <= retryAll {
		w.operate(c)
		return
	}
	switch c.kind {
	case step:
		w.step(w.nodes[c.node])
	case commit:
		w.commit(w.nodes[c.node])
	case poll:
		w.nodes[c.node].replica.Due(w.due())
	case renew:
		w.renew(w.nodes[c.node])
	case succeed, fail, gone, zombie:
		w.end(c)
	case again:
		w.offer(w.nodes[c.node], w.orders[c.arg])
	case drift:
		g := w.adrift[0]
		w.adrift = w.adrift[1:]
		w.apply(g)
	case crash, crashDrift, crashBehind:
		w.crash(int(c.node), c.kind)
	case wait, silence:
		w.elapse(int(c.node))
	}
}

// operate gives an order.
func (w *world) operate(c choice) {
	n := w.nodes[c.node]
	switch c.kind {
	case start:
		w.left.Starts--
		w.order(n, "start", &machine.Start{By: "ana"})
	case disable:
		w.left.Toggles--
		w.closed = true
		w.order(n, "transition", &machine.SetTransition{Stage: "Two", Reason: "freeze", By: "ana"})
	case enable:
		w.closed = false
		w.order(n, "transition", &machine.SetTransition{Stage: "Two", Enabled: true, By: "ana"})
	case stop, abandon:
		w.left.Stops--
		w.order(n, "stop", &machine.Stop{Execution: w.shadow.Executions[c.arg].ID, Abandon: c.kind == abandon, By: "ana"})
	case retry, retryAll:
		w.left.Retries--
		x := w.retriable(int(c.arg))
		w.order(n, "retry", &machine.Retry{Execution: x.ID, Stage: w.shadow.Current(x).Stage, All: c.kind == retryAll, By: "ana"})
	}
}

// end has work end, and tells it: to its replica, or as a zombie to any.
func (w *world) end(c choice) {
	n, k := w.nodes[c.node], w.works[c.arg]
	w.works = slices.Delete(w.works, int(c.arg), int(c.arg)+1)
	out := executor.Outcome{Summary: fenceText(k.ref.Fence)}
	switch c.kind {
	case gone:
		w.report(n, &machine.Gone{Action: k.ref.Action, Fence: k.ref.Fence})
		return
	case fail:
		w.left.Failures--
		out.Failure = &executor.Failure{Code: "Broken"}
	case zombie:
		w.left.Zombies--
	}
	w.report(n, &machine.End{Ref: k.ref, Outcome: out})
}

// crash forgets everything but what is durable; another process starts at once.
func (w *world) crash(i int, how kind) {
	n := w.nodes[i]
	w.left.Crashes--
	w.late = n.lease.Expires
	switch how {
	case crashBehind:
		w.apply(n.group)
	case crashDrift:
		g := n.group
		for _, stored := range g.batches[0].Events {
			if e, err := machine.Decode(stored); err == nil {
				g.events = append(g.events, e)
			}
		}
		w.adrift = append(w.adrift, g)
	}
	for _, k := range w.works {
		if k.node == n.name {
			k.node, k.cancelled = "", false
		}
	}
	if w.left.Zombies == 0 {
		w.works = slices.DeleteFunc(w.works, func(k *work) bool { return k.node == "" })
	}
	w.nodes[i] = w.newNode()
}

// elapse lets time pass in small steps, in which everybody but the one who keeps quiet renews its lease.
func (w *world) elapse(quiet int) {
	w.left.Leaps--
	if quiet >= 0 {
		w.left.Silences--
	}
	for range leap / (5 * time.Second) {
		w.now = w.now.Add(5 * time.Second)
		w.clock.now = w.now
		for i, n := range w.nodes {
			if i != quiet {
				w.renew(n)
			}
		}
	}
}

// renew keeps the lease. Who has lost it goes on under another name.
func (w *world) renew(n *node) {
	lease, err := w.store.Lease(ctx, store.Lease{Name: n.name, Fence: n.lease.Fence}, ttl)
	if err == nil {
		n.lease = lease
		return
	}
	old := n.name
	w.named++
	n.name = fmt.Sprintf("%sr%d", named, w.named)
	w.lease(n)
	n.replica.Rename(n.name, n.lease.Lane)
	for _, k := range w.works { // they go on in the same process
		if k.node == old {
			k.node, k.lost = n.name, true
		}
	}
	for _, o := range w.orders {
		if o.node == old {
			o.node = n.name
		}
	}
}

// tell says what a choice is, in the world in which it is made.
func (w *world) tell(c choice) string {
	who := ""
	if c.node >= 0 {
		who = w.nodes[c.node].name[len(named):]
	}
	about := func() string {
		k := w.works[c.arg]
		return fmt.Sprintf("run %d of %s/%s with fence %d", k.ref.Run, k.task.Stage, k.task.Action, k.ref.Fence)
	}
	execution := func() string { return fmt.Sprintf("execution %d", w.retriable(int(c.arg)).Number) }
	switch c.kind {
	case step:
		return who + " decides"
	case commit:
		return "the commit of " + who + " reaches the store"
	case poll:
		return who + " asks what is due"
	case renew:
		return who + " has lost its lease and goes on under another name"
	case succeed:
		return about() + " succeeds at " + who
	case fail:
		return about() + " fails at " + who
	case gone:
		return about() + " is gone, as " + who + " asked"
	case zombie:
		return about() + ", of a crashed process, succeeds and tells " + who
	case again:
		return "the client of " + w.orders[c.arg].verb + " was not answered and asks " + who
	case drift:
		return "the commit of the crashed replica reaches the store"
	case start:
		return who + " is told to start an execution"
	case disable, enable:
		return fmt.Sprintf("%s is told to %s the transition to Two", who, [...]string{"disable", "enable"}[c.kind-disable])
	case stop, abandon:
		return fmt.Sprintf("%s is told to stop %s, abandon=%t", who, execution(), c.kind == abandon)
	case retry, retryAll:
		return fmt.Sprintf("%s is told to retry %s, all=%t", who, execution(), c.kind == retryAll)
	case crash:
		return who + " crashes"
	case crashDrift:
		return who + " crashes, its commit is on its way"
	case crashBehind:
		return "the commit of " + who + " reaches the store, and " + who + " crashes"
	case wait:
		return "40 s pass"
	default:
		return "40 s pass, in which " + who + " keeps quiet"
	}
}
