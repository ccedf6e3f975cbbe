package graph

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// DOT is a directed graph in the language of Graphviz.
func DOT(p definition.Pipeline, o Options) []byte {
	w := &dot{}
	w.digraph(model(p, o))
	return w.Bytes()
}

type dot struct {
	bytes.Buffer
	depth int
	flows flows
}

// line writes one statement. Arguments are identifiers and what dotQuoted answers: nothing of the definition stands there as it is.
func (w *dot) line(format string, args ...any) {
	w.WriteString(strings.Repeat("    ", w.depth))
	fmt.Fprintf(w, format+"\n", args...)
}

func (w *dot) open(format string, args ...any) {
	w.line(format+" {", args...)
	w.depth++
}

func (w *dot) close() {
	w.depth--
	w.line("}")
}

// ends are the first and the last node of a stage or group.
type ends struct{ first, last string }

func (w *dot) digraph(d drawing) {
	w.open("digraph %s", dotQuoted(d.name))
	w.line("label=%s; labelloc=t; fontsize=20; fontname=Helvetica; rankdir=LR; compound=true; newrank=true;", dotQuoted(d.name))
	w.line("node [shape=box, style=rounded, fontname=Helvetica, fontsize=11];")
	w.line("edge [fontname=Helvetica, fontsize=10, color=\"#5a6779\"];")
	var stages []ends
	for i, s := range d.stages {
		stages = append(stages, w.stage(i+1, s))
	}
	for i, s := range d.stages {
		w.transition(i+1, s, d.stages, stages)
		for j, words := range s.back {
			w.line("s%dback%d [shape=cds, color=\"#c0362c\", fontcolor=\"#c0362c\", label=%s];", i+1, j+1, dotQuoted(words))
			w.line("%s -> s%dback%d [ltail=cluster_s%d, style=dashed, color=\"#c0362c\"];", stages[i].last, i+1, j+1, i+1)
		}
	}
	for _, f := range w.flows.links {
		w.line("%s -> %s [style=dotted, constraint=false, label=%s];", f.from, f.to, dotQuoted(f.artifact))
	}
	w.close()
}

func (w *dot) stage(number int, s stage) ends {
	id := fmt.Sprintf("s%d", number)
	w.open("subgraph cluster_%s", id)
	defer w.close()
	w.line("label=%s; labelloc=t; fontsize=13; style=\"rounded,filled\"; color=\"#c9d1dc\"; fillcolor=\"#f4f6f9\";", dotQuoted(s.name))
	if s.root == nil {
		w.line("%snone [style=\"rounded,dashed\", label=\"no actions\"];", id)
		return ends{id + "none", id + "none"}
	}
	return w.node(&namer{stage: id}, s.root)
}

func (w *dot) node(ids *namer, n *node) ends {
	switch {
	case n.action != nil:
		return w.action(ids.action(), n.action)
	case n.parallel:
		return w.parallel(ids, n)
	}
	var out ends
	for i, m := range n.members {
		next := w.node(ids, m)
		if i == 0 {
			out = next
			continue
		}
		w.line("%s -> %s;", out.last, next.first)
		out.last = next.last
	}
	return out
}

// parallel parts at one point and comes together at another.
func (w *dot) parallel(ids *namer, n *node) ends {
	id := ids.group()
	out := ends{id + "fork", id + "join"}
	if n.limit > 0 {
		w.open("subgraph cluster_%s", id)
		defer w.close()
		w.line("label=%s; labelloc=t; fontsize=10; style=\"rounded,dashed\"; color=\"#8a97a8\";", dotQuoted(limitWords(n.limit)))
	}
	w.line("%s [shape=point]; %s [shape=point];", out.first, out.last)
	for _, m := range n.members {
		lane := w.node(ids, m)
		w.line("%s -> %s;", out.first, lane.first)
		w.line("%s -> %s [arrowhead=none];", lane.last, out.last)
	}
	return out
}

func (w *dot) action(id string, a *action) ends {
	style := `"rounded,filled", fillcolor=white`
	if a.approval {
		style = `"rounded,filled,dashed", fillcolor="#fffaf0", color="#b45309"`
	}
	if a.status != "" {
		style += ", class=" + dotQuoted("is-"+className(a.status))
	}
	label := strings.TrimSuffix(dotQuoted(a.name), `"`) + `\n` + strings.TrimPrefix(dotQuoted(a.typeWords()), `"`)
	w.line("%s [style=%s, label=%s];", id, style, label)
	w.flows.add(id, a)
	return ends{id, id}
}

// transition leads from the stage before, through its condition, the gate and the stage's own condition, into the stage.
func (w *dot) transition(number int, s stage, all []stage, stages []ends) {
	id, at := fmt.Sprintf("s%d", number), stages[number-1]
	from, tail := "", ""
	step := func(node, attributes string) {
		w.line("%s [%s];", node, attributes)
		if from != "" {
			w.line("%s -> %s%s;", from, node, tail)
		}
		from, tail = node, ""
	}
	if number > 1 {
		from, tail = stages[number-2].last, fmt.Sprintf(" [ltail=cluster_s%d]", number-1)
		if before := all[number-2].success; before != "" {
			step(fmt.Sprintf("s%dsuccess", number-1), dotCondition(before))
		}
		step(fmt.Sprintf("t%d", number), `shape=hexagon, style=solid, color="#2563eb", label="gate"`)
	}
	if s.entry != "" {
		step(id+"entry", dotCondition(s.entry))
	}
	if from != "" {
		w.line("%s -> %s [lhead=cluster_%s];", from, at.first, id)
	}
	if number == len(all) && s.success != "" {
		from, tail = at.last, fmt.Sprintf(" [ltail=cluster_%s]", id)
		step(id+"success", dotCondition(s.success))
	}
}

func dotCondition(words string) string {
	return `style=diagonals, color="#b45309", label=` + dotQuoted(words)
}

// dotQuoted is a text in quotes. Graphviz reads escapes and, everywhere, the entities of HTML.
func dotQuoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(text) + `"`
}
