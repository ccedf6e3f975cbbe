package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// Bounds of the second phase. They are far above what any history needs: who reaches them is stuck.
const (
	rounds = 1500
	turns  = 300 // of one replica in one round
	idle   = 100 // rounds without anything, while time goes on: timers that hold no more come up too, before a timeout that ends something
)

// quiesce ends all faults and lets everything come to its end: L1, L2, L4, L5. Work that is stuck stays stuck.
func (w *world) quiesce() {
	w.note("the faults end")
	w.profile = profile{exclusive: w.profile.exclusive, snapshots: w.profile.snapshots, limits: w.profile.limits}
	for _, g := range w.adrift {
		w.apply(g.by, g.batches)
	}
	w.adrift = nil
	for i, n := range w.nodes {
		if !n.alive {
			w.nodes[i] = w.newNode()
			continue
		}
		n.paused, n.skew, n.frozen, n.driving = false, 0, time.Time{}, true
		n.replica.Drive(true)
		n.serve(served())
	}
	resting := 0
	for range rounds {
		if w.oracle.Broken() != nil {
			return
		}
		if w.done() {
			w.rest()
			return
		}
		before := w.commits
		w.round()
		if w.commits > before {
			resting = 0
			continue
		}
		if resting++; resting > idle {
			break
		}
		w.sleep()
	}
	w.fail("L1", "the faults are over, but this does not end: %s", w.explain())
}

// rest makes sure that nothing is called due any more when nothing goes on.
func (w *world) rest() {
	for range 3 {
		w.sleep()
		w.wake()
	}
	for range 4 { // a poll may tell of one stream at a time
		w.wake()
	}
	if due, err := w.store.Due(w.ctx, 10); err != nil || len(due.Streams) > 0 {
		w.fail("S0", "nothing goes on, and yet %v are due: %v", due.Streams, err)
	}
}

// done reports whether all has come to its end.
func (w *world) done() bool {
	for _, p := range w.pipelines {
		if p.shadow.Version == 0 || w.oracle.Live(p.stream) > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(w.tags, func(t *tag) bool { return !t.answered && t.node.alive })
}

// round lets everybody do what they can at this moment.
func (w *world) round() {
	w.unclog()
	w.wake()
	for _, c := range w.cancels {
		if k := w.works[workOf(c)]; k == nil || !k.stuck {
			w.carryOut(c, 0)
		}
	}
	w.cancels = nil
	for _, k := range slices.Clone(w.running) {
		if !k.stuck {
			w.stop(k, w.success(k))
		}
	}
	for _, wait := range slices.Clone(w.waiters) {
		if !wait.work.Running {
			w.tellEnd(wait)
		}
	}
	w.labourAll()
	for _, p := range w.pipelines {
		w.open(p)
	}
}

// unclog starts processes anew whose slots are held by work that was given up and does not end: nothing else would free them, and what
// waits for a slot waits for as long as it takes.
func (w *world) unclog() {
	for i, n := range w.nodes {
		if n.alive && slices.ContainsFunc(n.free(), func(free int) bool { return free <= 0 }) && slices.ContainsFunc(w.waiters, n.givenUp) {
			n.crash()
			w.nodes[i] = w.newNode()
		}
	}
}

// givenUp reports whether a wait of the replica's is for work that nobody wants any more, and that goes on.
func (n *node) givenUp(wait *waiter) bool {
	return wait.node == n && wait.work.Running && wait.work.stuck && !n.oracle.Stands(wait.stream, wait.ref)
}

// wake lets every replica see what is due, and go on until it rests.
func (w *world) wake() {
	w.steps++
	for i := range w.nodes {
		n := w.nodes[i]
		n.renew()
		if !n.alive {
			w.nodes[i] = w.newNode()
			n = w.nodes[i]
		}
		n.poll()
		n.exhaust()
	}
}

// exhaust lets a replica go on until it rests.
func (n *node) exhaust() {
	for range turns {
		wake := n.replica.Wake()
		rests := !n.replica.Busy() && (wake.IsZero() || wake.After(n.now()))
		if rests && len(n.loads)+len(n.groups) == 0 || n.oracle.Broken() != nil {
			return
		}
		n.pump(1)
	}
	n.fail("L1", "%s does not come to rest: %s", n.name, n.explain())
}

// open gives what operators owe: approvals, and open gates.
func (w *world) open(p *pipeline) {
	if p.shadow.Version == 0 {
		w.offer(p, "define", &machine.Define{Definition: p.designs[0].json})
		return
	}
	for _, a := range p.shadow.Actions() {
		if a.Action.Phase == machine.Deciding && w.chance(0.9) {
			w.offer(p, "approve", &machine.Approve{Stage: a.Stage, Action: a.Name, Token: a.Action.Token})
		}
	}
	for _, v := range p.shadow.View() {
		if v.Stage.Closed != nil {
			w.offer(p, "transition", &machine.SetTransition{Stage: v.Stage.Name, Enabled: true})
		}
	}
}

// sleep lets time pass until something is due, at a replica or in the store, and long enough for the leases of the dead to end.
func (w *world) sleep() {
	var earliest time.Time
	due := func(wake time.Time) {
		if !wake.IsZero() && (earliest.IsZero() || wake.Before(earliest)) {
			earliest = wake
		}
	}
	for _, n := range w.nodes {
		due(n.replica.Wake())
	}
	for _, p := range w.pipelines { // what only waits for a time needs no replica until then
		due(p.shadow.Next(w.ledger.Now).Wake)
	}
	w.vigil(max(ttl+time.Second, earliest.Sub(w.ledger.Now)))
}

// vigil lets time go on while every replica keeps its lease. Renewing it again and again would be the same but for the work: a month is 800 000 times.
func (w *world) vigil(by time.Duration) {
	for _, n := range w.nodes {
		n.renewFor(ttl + by)
	}
	w.ledger.Now = w.ledger.Now.Add(by)
	for _, n := range w.nodes {
		if n.alive {
			n.renew()
		}
	}
}

// explain says what goes on.
func (w *world) explain() string {
	var lines []string
	for _, p := range w.pipelines {
		for _, x := range p.shadow.Executions {
			for _, r := range p.shadow.Explain(x.ID) {
				lines = append(lines, fmt.Sprintf("%s: %s %s/%s: %s", x.ID, r.Kind, r.Stage, r.Action, r.Text))
			}
		}
	}
	for _, t := range w.tags {
		if !t.answered && t.node.alive {
			lines = append(lines, t.what+" has no answer from "+t.node.name)
		}
	}
	return strings.Join(lines, "; ")
}
