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

// tagged remembers an input that is about to be offered, with the situation that it is about to meet.
func (w *world) tagged(t *tag) {
	t.at = w.pipeline(t.stream).situation(t.input)
	w.tags = append(w.tags, t)
}

// cover counts an answered input with the situation that it was offered in.
func (w *world) cover(t *tag, came string) {
	again := ""
	if t.offer != nil && t.offer.Repeat {
		again = " again"
	}
	w.coverage[pairPrefix+t.at+again+" = "+came]++
}

// coverOwn counts what replicas decide by themselves, with the situation before it.
func (w *world) coverOwn(p *pipeline, event machine.Event) {
	what, action := ownDoing(event)
	if what == "" {
		return
	}
	mode, state := p.work(action, "")
	w.coverage[pairPrefix+mode+" engine, "+state+": "+what+" = "+event.Kind()]++
}

// ownDoing is what a replica has decided by itself about an action; "" when it was told to.
func ownDoing(event machine.Event) (string, machine.ID) {
	switch e := event.(type) {
	case *machine.ActionClaimed:
		return "claim", e.ID
	case *machine.JobQueued:
		return "queue", e.ID
	case *machine.JobReturned:
		return "return", e.ID
	case *machine.WorkerLost:
		return "lose", e.ID
	case *machine.ActionEnded:
		return overdue(e.Failure), e.ID
	case *machine.RuleEnded:
		return overdue(e.Failure), e.ID
	}
	return "", machine.ID{}
}

func overdue(failure *machine.Failure) string {
	if failure != nil && failure.Code == "TimedOut" {
		return "time out"
	}
	return ""
}

// Cell is a pair of a situation and an input, of all that there are.
type Cell struct {
	Mode  string // of execution; "" where there is no pipeline
	Area  string // what the input is about
	State string // where that stands
	Input string
	Count int    // how often they met
	Why   string // they never meet, or hardly ever; "" where they may
	Rare  bool   // they hardly ever meet
}

// String names the cell as coverage does.
func (c *Cell) String() string {
	return strings.TrimSpace(c.Mode+" "+c.Area) + ", " + c.State + ": " + c.Input
}

// Cells are all pairs of a situation and an input, in a fixed order, with what the report knows of them. Strange are those that came without
// being in the list.
func (r *Report) Cells() (cells []Cell, strange []string) {
	counts := map[string]int{}
	for what, n := range r.Coverage {
		if pair, ok := strings.CutPrefix(what, pairPrefix); ok {
			cell, _, _ := strings.Cut(pair, " = ")
			counts[strings.TrimSuffix(cell, " again")] += n
		}
	}
	for _, a := range areas {
		for _, state := range a.states {
			for _, input := range a.inputs {
				for _, mode := range a.modes {
					c := Cell{Mode: mode, Area: a.name, State: state, Input: input}
					c.Count = counts[c.String()]
					c.Why, c.Rare = c.unreached()
					delete(counts, c.String())
					cells = append(cells, c)
				}
			}
		}
	}
	return cells, slices.Sorted(maps.Keys(counts))
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
