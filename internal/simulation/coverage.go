package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/machine"
)

// pairPrefix begins what coverage says of a situation and an input with its outcome.
const pairPrefix = "pair "

// locate notes for each new input in which situation it is offered.
func (w *world) locate() {
	for _, t := range w.tags[w.located:] {
		t.at = w.situation(t)
	}
	w.located = len(w.tags)
}

// cover counts an answered input with the situation that it was offered in.
func (w *world) cover(t *tag, kind, came string) {
	w.coverage[pairPrefix+t.at+": "+kind+" "+came]++
}

// situation is what an input is about to meet, as far as rules ask: the mode, and where the execution or action that it names stands.
func (w *world) situation(t *tag) string {
	p := w.pipeline(t.stream)
	plan := p.shadow.Plan()
	if plan == nil {
		return "undefined"
	}
	switch {
	case t.report != nil:
		return plan.Mode + " " + p.action(t.report.Action)
	case t.offer == nil:
		return plan.Mode
	}
	switch in := t.offer.Command.Input.(type) {
	case *machine.Stop:
		return plan.Mode + " " + p.execution(in.Execution)
	case *machine.Retry:
		return plan.Mode + " " + p.execution(in.Execution) + " " + p.stage(in.Stage)
	case *machine.SetTransition:
		return plan.Mode + " " + p.stage(in.Stage)
	case *machine.Approve:
		return plan.Mode + " " + p.stage(in.Stage)
	}
	return fmt.Sprintf("%s live=%d", plan.Mode, min(3, w.oracle.Live(t.stream)))
}

func (p *pipeline) execution(id machine.ID) string {
	x := p.shadow.Execution(id)
	switch {
	case x == nil:
		return "execution gone"
	case !x.Live():
		return "execution " + string(x.Status)
	}
	where := "waiting"
	if x.Inside() {
		where = "inside " + string(p.shadow.Current(x).Status)
	}
	return fmt.Sprintf("execution %s %s rollback=%t halted=%t", x.Status, where, x.Rollback != nil, x.Halt != nil)
}

func (p *pipeline) stage(name string) string {
	st := p.shadow.StageNamed(name)
	if st == nil {
		return "stage gone"
	}
	return fmt.Sprintf("stage closed=%t held=%t queued=%t", st.Closed != nil, !st.Holder.IsZero(), len(st.Queue) > 0)
}

func (p *pipeline) action(id machine.ID) string {
	for _, a := range p.shadow.Actions() {
		if a.Action.ID == id {
			x := p.shadow.Execution(a.Execution)
			return fmt.Sprintf("action phase=%d attach=%t halted=%t", a.Action.Phase, a.Action.Attach, x != nil && x.Halt != nil)
		}
	}
	return "action ended"
}

// pairs are those that a history has covered.
func (o outcome) pairs() (out []string) {
	for _, what := range slices.Sorted(maps.Keys(o.coverage)) {
		if pair, ok := strings.CutPrefix(what, pairPrefix); ok {
			out = append(out, pair)
		}
	}
	return out
}

// Record plays histories and keeps those that cover a pair which none before them has, made as short as covers it still. Each is a text: what
// it was kept for, and its line. Pairs counts what all of them cover.
func Record(config Config) (texts []string, pairs int, err error) {
	known := map[string]bool{}
	for i := range max(config.Histories, 1) {
		o := history(config.Seed+uint64(i), nil)
		if o.broken != nil {
			return texts, len(known), fmt.Errorf("seed %d: %w", o.seed, o.broken)
		}
		fresh := slices.DeleteFunc(o.pairs(), func(pair string) bool { return known[pair] })
		if len(fresh) == 0 {
			continue
		}
		o = shrink(o, func(less outcome) bool {
			return less.broken == nil && !slices.ContainsFunc(fresh, func(pair string) bool { return less.coverage[pairPrefix+pair] == 0 })
		}, 150)
		for _, pair := range o.pairs() {
			known[pair] = true
		}
		texts = append(texts, fmt.Sprintf("# %s\n%s\n", strings.Join(fresh, "\n# "), line(o.seed, o.moves)))
	}
	return texts, len(known), nil
}
