package simulation

import (
	"errors"
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// commitSome brings one commit that is under way to the store, in good health or not.
func (w *world) commitSome() bool {
	if len(w.adrift) > 0 && w.chance(0.3) {
		g := w.adrift[0]
		w.adrift = w.adrift[1:]
		w.note("a commit of a crashed replica arrives")
		w.apply(g.by, g.batches)
		return true
	}
	n, i := w.underway(func(g *group) bool { return g.errs == nil }) // it arrives even if its replica sleeps meanwhile
	if n == nil {
		return false
	}
	g := n.groups[i]
	g.errs = n.fate(g.batches)
	if n.paused || w.chance(w.profile.late) {
		return true
	}
	n.groups = slices.Delete(n.groups, i, i+1)
	n.settle(g)
	return true
}

// underway finds a commit that is as wanted.
func (w *world) underway(is func(*group) bool) (*node, int) {
	from := w.n(len(w.nodes))
	for k := range w.nodes {
		n := w.nodes[(from+k)%len(w.nodes)]
		if i := slices.IndexFunc(n.groups, is); i >= 0 && n.alive {
			return n, i
		}
	}
	return nil, 0
}

// answerSome hands an answer over that was kept back.
func (w *world) answerSome() bool {
	n, i := w.underway(func(g *group) bool { return g.errs != nil })
	if n == nil || n.paused {
		return false
	}
	g := n.groups[i]
	n.groups = slices.Delete(n.groups, i, i+1)
	n.settle(g)
	return true
}

// fate decides what happens to a commit.
func (n *node) fate(batches []store.Batch) []error {
	injected := slices.Repeat([]error{errInjected}, len(batches))
	switch p := n.profile; {
	case n.chance(p.lost):
		n.count("commit", "lost")
		return injected
	case n.chance(p.ambiguous):
		n.count("commit", "ambiguous")
		n.apply(n.name, batches)
		return injected
	case n.chance(p.duplicate):
		n.count("commit", "duplicate")
		n.apply(n.name, batches)
		return n.apply(n.name, batches)
	}
	errs := n.apply(n.name, batches)
	for _, err := range errs {
		n.count("commit", outcomeOf(err))
	}
	return errs
}

func outcomeOf(err error) string {
	var conflict *store.Conflict
	var large *store.TooLarge
	var refusal *machine.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &conflict):
		return "conflict " + conflict.Condition
	case errors.As(err, &large):
		return "too large"
	case errors.As(err, &refusal):
		return string(refusal.Code)
	default:
		return err.Error()
	}
}

func (w *world) count(what, came string) {
	w.coverage[what+" "+came]++
}

// settle tells the replica what became of its commit.
func (n *node) settle(g *group) {
	for i, err := range g.errs {
		n.note("%s learns of its commit to %s: %v", n.name, g.batches[i].Stream, err)
		if err != nil && !errors.Is(err, errInjected) && !store.Refused(err) {
			n.fail("store", "a commit was answered %v", err)
		}
		if _, senseless := errors.AsType[*store.Invalid](err); senseless {
			n.fail("L7", "%s wanted to commit what makes no sense: %v", n.name, err)
		}
	}
	n.follow(n.replica.Settled(g.batches, g.errs))
}

// follow carries out what may happen now.
func (n *node) follow(effects replica.Effects) {
	for _, p := range effects.Published {
		n.oracle.Published(p.Stream, p.First, p.Events)
	}
	n.acknowledge(effects.Acks)
	for _, d := range effects.Dispatch {
		n.dispatch(d)
	}
	for _, c := range effects.Cancel {
		n.cancels = append(n.cancels, &cancellation{node: n, cancel: c})
	}
}
