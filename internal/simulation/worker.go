package simulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// work is a run of an action's code. In a process it dies with it, or becomes a zombie; elsewhere it outlives it.
type work struct {
	*oracle.Work
	id      oracle.WorkID
	outlive bool
	node    *node // where it runs in process
	fence   uint64
	task    *executor.Task
	stuck   bool
	outcome executor.Outcome
}

// waiter is one dispatch: whoever waits for a run to end, to report it under its claim.
type waiter struct {
	node   *node // nil: a zombie, which finds a replica some other way
	stream string
	ref    machine.Ref
	work   *work
	pool   int
}

// told is a report of an end that was made.
type told struct {
	stream string
	report *oracle.Report
}

// cancellation is a replica's wish that work ends.
type cancellation struct {
	node   *node
	cancel replica.Cancel
}

// dispatch starts work, or attaches to it.
func (n *node) dispatch(d replica.Dispatch) {
	n.oracle.Dispatched(d.Stream, n.name, d.Task, d.Ref)
	id := oracle.WorkID{Action: d.Ref.Action, Run: d.Ref.Run}
	traits := n.ledger.Types[d.Task.Type]
	k := n.works[id]
	switch {
	case k == nil:
		k = &work{Work: &oracle.Work{Running: true, Starts: 1}, id: id, outlive: traits.Outlive, node: n, task: d.Task, stuck: n.chance(max(n.profile.stuck, mute(d.Task.Type)))}
		n.works[id], n.ledger.Works[id] = k, k.Work
		n.running = append(n.running, k)
		n.note("%s starts run %d of %s/%s with fence %d", n.name, d.Ref.Run, d.Task.Stage, d.Task.Action, d.Ref.Fence)
	case !k.outlive:
		n.fail("S3", "%s starts run %d of %s a second time", n.name, d.Ref.Run, d.Ref.Action)
	case d.Ref.Fence < k.fence:
		n.note("%s is refused: a later claim has attached", n.name)
		return
	default:
		n.count("run", "attached")
		n.note("%s attaches to run %d of %s/%s with fence %d", n.name, d.Ref.Run, d.Task.Stage, d.Task.Action, d.Ref.Fence)
	}
	if slices.ContainsFunc(n.waiters, func(w *waiter) bool { return w.node == n && w.ref == d.Ref }) {
		n.fail("S3", "%s dispatches run %d of %s with fence %d twice", n.name, d.Ref.Run, d.Ref.Action, d.Ref.Fence)
	}
	k.fence = d.Ref.Fence
	n.waiters = append(n.waiters, &waiter{node: n, stream: d.Stream, ref: d.Ref, work: k, pool: served()[d.Task.Type].Pool})
}

// mute is how often runs of a type at least never say anything: often enough that those whose silence is limited meet the limit.
func mute(actionType string) float64 {
	if actionType == typeID("Test", "Lambda").String() {
		return 0.2
	}
	return 0
}

// orphan is what a crash leaves of a replica's work.
func (w *world) orphan(n *node) {
	zombie := w.chance(w.profile.zombie)
	for _, k := range slices.Clone(w.running) {
		if k.node == n && !k.outlive && !zombie {
			w.stop(k, executor.Outcome{})
		}
	}
	w.waiters = slices.DeleteFunc(w.waiters, func(wait *waiter) bool {
		if wait.node != n {
			return false
		}
		wait.node = nil
		return !zombie
	})
	w.cancels = slices.DeleteFunc(w.cancels, func(c *cancellation) bool { return c.node == n })
}

func (w *world) stop(k *work, outcome executor.Outcome) {
	k.Running, k.outcome = false, outcome
	w.running = slices.DeleteFunc(w.running, func(other *work) bool { return other == k })
}

// endWork lets a run end.
func (w *world) endWork() bool {
	if len(w.running) == 0 {
		return false
	}
	k := pick(w, w.running)
	if k.stuck {
		return false
	}
	w.stop(k, w.outcome(k))
	return true
}

func (w *world) outcome(k *work) (out executor.Outcome) {
	dice := w.rng.Float64()
	switch {
	case dice < w.profile.failing:
		out.Failure = &executor.Failure{Code: "Sim", Retryable: w.chance(0.6)}
	case dice < w.profile.failing+w.profile.pending:
		out.Pending = &executor.Pending{After: time.Duration(w.n(60)) * time.Second, Resume: "ticket"}
	default:
		return w.success(k)
	}
	return out
}

func (w *world) success(k *work) (out executor.Outcome) {
	for _, name := range k.task.Outputs {
		w.nonces++
		out.Artifacts = append(out.Artifacts, executor.Artifact{Name: name, Digest: fmt.Sprintf("sha256:%d", w.nonces)})
	}
	if len(out.Artifacts) > 0 && w.chance(0.03) {
		out.Artifacts = out.Artifacts[1:] // it lies: the engine has to see that something is missing
	}
	out.Variables = map[string]string{"v": fmt.Sprintf("v%d", w.nonces)}
	if w.chance(w.profile.large) {
		out.Variables["large"] = strings.Repeat("x", tight)
	}
	return out
}

// reportEnd tells the end of a run, under the claim of one that waited for it.
func (w *world) reportEnd() bool {
	var ended []*waiter
	for _, wait := range w.waiters {
		if !wait.work.Running {
			ended = append(ended, wait)
		}
	}
	if len(ended) == 0 {
		return false
	}
	return w.tellEnd(pick(w, ended))
}

func (w *world) tellEnd(wait *waiter) bool {
	n := wait.node
	if n == nil || w.chance(w.profile.elsewhere) {
		n = w.someNode()
	}
	if n == nil || !n.alive || n.paused {
		return false
	}
	w.waiters = slices.DeleteFunc(w.waiters, func(other *waiter) bool { return other == wait })
	nonce, out := w.nonce(), wait.work.outcome
	if out.Failure != nil {
		failure := *out.Failure
		failure.Message = nonce
		out.Failure = &failure
	}
	out.Summary = nonce
	r := &oracle.Report{Ref: wait.ref, Outcome: out}
	w.ledger.Reports[nonce] = r
	t := &told{stream: wait.stream, report: r}
	w.told = append(w.told, t)
	n.offerEnd(t, "end")
	return true
}

func (w *world) nonce() string {
	w.nonces++
	return fmt.Sprintf("n%d", w.nonces)
}

func (n *node) offerEnd(r *told, kind string) {
	ref := r.report.Ref
	n.ledger.Gone[oracle.Claim{Action: ref.Action, Fence: ref.Fence}] = true
	in := &machine.End{Ref: ref, Outcome: r.report.Outcome}
	t := &tag{
		node: n, kind: kind, input: in, report: r.report, stream: r.stream,
		what: "the end of run " + strconv.Itoa(ref.Run) + " of " + ref.Action.String() + " with fence " + strconv.FormatUint(ref.Fence, 10),
	}
	n.tagged(t)
	n.note("%s is told %s: %+v", n.name, t.what, r.report.Outcome)
	n.replica.Offer(replica.Input{Stream: r.stream, Input: in, Seed: n.seed(), Tag: t})
}

// reportAgain tells an end once more, somewhere.
func (w *world) reportAgain() bool {
	n := w.someNode()
	if n == nil || len(w.told) == 0 {
		return false
	}
	from := 0
	if len(w.told) > 5 && w.chance(0.8) {
		from = len(w.told) - 5
	}
	n.offerEnd(pick(w, w.told[from:]), "end again")
	return true
}

// reportProgress tells how far a run is.
func (w *world) reportProgress() bool {
	n := w.someNode()
	if n == nil {
		return false
	}
	stream, ref, ok := w.someRun()
	if !ok {
		return false
	}
	nonce := w.nonce()
	w.ledger.Reports[nonce] = &oracle.Report{Ref: ref, Progress: true}
	in := &machine.Progress{Ref: ref, Percent: w.n(100), Summary: nonce}
	t := &tag{node: n, kind: "progress", input: in, what: "progress of " + ref.Action.String(), stream: stream}
	w.tagged(t)
	n.replica.Offer(replica.Input{Stream: stream, Input: in, Seed: w.seed(), Tag: t})
	return true
}

// someRun is one that goes on, or whose end was told while this was still under way.
func (w *world) someRun() (stream string, ref machine.Ref, ok bool) {
	if len(w.told) > 0 && w.chance(0.3) {
		late := pick(w, w.told[max(0, len(w.told)-4):])
		return late.stream, late.report.Ref, true
	}
	if len(w.waiters) == 0 {
		return "", ref, false
	}
	wait := pick(w, w.waiters)
	if stale := slices.IndexFunc(w.waiters, w.isStale); stale >= 0 && w.chance(0.5) {
		wait = w.waiters[stale]
	}
	return wait.stream, wait.ref, wait.work.Running
}

// isStale reports whether somebody else has the claim by now, or nobody, though the work goes on.
func (w *world) isStale(wait *waiter) bool {
	return wait.work.Running && !w.oracle.Stands(wait.stream, wait.ref)
}

// cancelWork carries out a cancellation, or not.
func (w *world) cancelWork() bool {
	if len(w.cancels) == 0 {
		return false
	}
	i := w.n(len(w.cancels))
	c := w.cancels[i]
	if c.node.paused {
		return false
	}
	w.cancels = slices.Delete(w.cancels, i, i+1)
	w.carryOut(c, w.profile.ignored)
	return true
}

func (w *world) carryOut(c *cancellation, ignored float64) {
	ref := c.cancel.Ref
	k := w.works[workOf(c)]
	switch {
	case k == nil: // what has been cancelled before it started never starts
		id := workOf(c)
		k = &work{Work: &oracle.Work{}, id: id, outlive: true, fence: ref.Fence, outcome: executor.Outcome{Failure: &executor.Failure{Code: "Sim"}}}
		w.works[id], w.ledger.Works[id] = k, k.Work
	case !k.Running:
	case ref.Fence < k.fence, !k.outlive && k.node != c.node, w.chance(ignored):
		w.count("cancel", "ignored")
		return
	default:
		w.stop(k, executor.Outcome{Failure: &executor.Failure{Code: "Sim"}})
		if w.chance(0.5) {
			w.waiters = slices.DeleteFunc(w.waiters, func(wait *waiter) bool { return wait.work == k && wait.node == c.node })
		}
	}
	w.count("cancel", "honoured")
	n := c.node
	n.ledger.Gone[oracle.Claim{Action: ref.Action, Fence: ref.Fence}] = true
	in := &machine.Gone{Action: ref.Action, Fence: ref.Fence}
	t := &tag{node: n, kind: "gone", input: in, what: "the end of cancelled work of " + ref.Action.String(), stream: c.cancel.Stream}
	w.tagged(t)
	w.note("%s has cancelled run %d of %s", n.name, ref.Run, ref.Action)
	n.replica.Offer(replica.Input{Stream: c.cancel.Stream, Input: in, Seed: w.seed(), Tag: t})
}

func workOf(c *cancellation) oracle.WorkID {
	return oracle.WorkID{Action: c.cancel.Ref.Action, Run: c.cancel.Ref.Run}
}
