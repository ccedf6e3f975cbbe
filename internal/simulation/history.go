package simulation

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"
)

// history plays one history to its end, or to its first violation.
func history(seed uint64, trace io.Writer) (out outcome) {
	w := newWorld(seed, trace)
	defer func() {
		if p := recover(); p != nil {
			w.oracle.Fail("panic", "%v\n%s", p, debug.Stack())
		}
		out = outcome{seed: seed, steps: w.steps, commits: w.commits, hash: w.hash.Sum64(), broken: w.oracle.Broken(), coverage: w.coverage}
		if out.broken != nil {
			w.note("%s", out.broken)
		}
	}()
	w.begin()
	for range w.profile.steps {
		if w.oracle.Broken() != nil {
			return out
		}
		w.steps++
		w.choose()
	}
	w.oracle.Records(w.ctx)
	w.quiesce()
	if w.oracle.Broken() == nil {
		w.finish()
	}
	return out
}

// finish judges the whole history again.
func (w *world) finish() {
	w.oracle.Records(w.ctx)
	w.oracle.Finish(w.ctx, 1+w.n(200))
	for _, t := range w.tags {
		if !t.answered && t.node.alive {
			w.oracle.Fail("L1", "%s was offered to %s and never answered", t.what, t.node.name)
		}
	}
	for _, p := range w.pipelines {
		w.compare(p)
	}
}

// choose lets the scheduler make one choice.
func (w *world) choose() {
	for range 8 { // a choice may be impossible now
		dice := w.n(w.profile.total)
		for c, weight := range w.profile.weights {
			if dice -= weight; dice < 0 {
				if w.try(choice(c)) {
					w.mix(uint64(c))
					return
				}
				break
			}
		}
	}
}

// choice is a kind of thing that may happen next.
type choice int

const (
	pump choice = iota // a replica goes on undisturbed
	step
	commit
	answer // of a commit, that was kept back
	load
	order
	repeat // an order
	end    // a run
	report // the end of a run
	progress
	again // a report
	cancel
	renew
	poll
	advance
	crash
	start
	pause
	resume
	clock
	serve
	drive
	evict
	pollJob
	labour
	choices
)

// try makes a choice; it answers false when that is impossible now.
func (w *world) try(c choice) bool {
	switch c {
	case order:
		return w.order()
	case repeat:
		return w.repeat()
	case end:
		return w.endWork()
	case report:
		return w.reportEnd()
	case progress:
		return w.reportProgress()
	case again:
		return w.reportAgain()
	case cancel:
		return w.cancelWork()
	case advance:
		return w.advance()
	case commit:
		return w.commitSome()
	case answer:
		return w.answerSome()
	case start:
		return w.startSome()
	case resume:
		return w.resumeSome()
	case pollJob:
		return w.pollJobs()
	case labour:
		return w.labours()
	}
	n := w.someNode()
	switch c {
	case pump:
		n = cmp.Or(w.nodeThat((*node).hasWork), n)
	case step:
		n = cmp.Or(w.nodeThat((*node).wantsStep), n)
	case load:
		n = w.nodeThat(func(n *node) bool { return len(n.loads) > 0 })
	}
	if n == nil {
		return false
	}
	return w.tryNode(n, c)
}

func (w *world) tryNode(n *node, c choice) bool {
	switch c {
	case pump:
		n.pump(1 + w.n(6))
	case step:
		return n.step()
	case load:
		return n.load()
	case renew:
		n.renew()
	case poll:
		n.poll()
	case crash:
		n.crash()
	case pause:
		n.paused = true
		w.note("%s pauses", n.name)
	case clock:
		n.shift()
	case serve:
		n.serve(w.someTypes())
	case drive:
		n.driving = !n.driving
		n.replica.Drive(n.driving)
		w.note("%s drives=%t", n.name, n.driving)
	case evict:
		n.replica.Evict(n.now())
	}
	return true
}

// note tells what happens, when somebody listens.
func (w *world) note(format string, args ...any) {
	if w.trace != nil {
		_, _ = fmt.Fprintf(w.trace, "%5d %s %s\n", w.steps, w.ledger.Now.Format("15:04:05.000"), fmt.Sprintf(format, args...))
	}
}

func (w *world) fail(invariant, format string, args ...any) {
	w.oracle.Fail(invariant, format, args...)
}
