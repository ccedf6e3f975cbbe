package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Mermaid is a flowchart in Mermaid's language. Mermaid itself draws up to 500 links unless its configuration says otherwise.
func Mermaid(p definition.Pipeline, o Options) []byte {
	w := &mermaid{}
	w.flowchart(model(p, o))
	return w.Bytes()
}

type mermaid struct {
	bytes.Buffer
	depth int
	flows flows
}

// line writes one statement. Arguments are identifiers and what quoted answers: nothing of the definition stands there as it is.
func (w *mermaid) line(format string, args ...any) {
	w.WriteString(strings.Repeat("    ", w.depth))
	fmt.Fprintf(w, format+"\n", args...)
}

func (w *mermaid) flowchart(d drawing) {
	title, err := json.Marshal(d.name)
	if err != nil {
		panic("graph: " + err.Error()) // text can always be written
	}
	w.line("---\ntitle: %s\n---\nflowchart LR", title)
	w.depth = 1
	for i, s := range d.stages {
		w.stage(i+1, s)
	}
	for i, s := range d.stages {
		w.transition(i+1, s, d.stages)
		w.back(i+1, s)
	}
	for _, f := range w.flows.links {
		w.line("%s -.->|%s| %s", f.from, mermaidQuoted(f.artifact), f.to)
	}
	w.line("classDef approval stroke:#b45309,stroke-width:2px,stroke-dasharray:6 3")
	w.line("classDef gate stroke:#2563eb,stroke-width:2px")
	w.line("classDef condition stroke:#b45309,stroke-width:2px")
	w.line("classDef back stroke:#c0362c,stroke-dasharray:5 4")
}

func (w *mermaid) stage(number int, s stage) {
	id := fmt.Sprintf("s%d", number)
	w.line("subgraph %s[%s]", id, mermaidQuoted(s.name))
	w.depth++
	w.line("direction LR")
	if s.root == nil {
		w.line("%snone[%s]", id, mermaidQuoted("no actions"))
	} else {
		w.node(&namer{stage: id}, s.root)
	}
	w.depth--
	w.line("end")
}

// node answers what leads to it and from it.
func (w *mermaid) node(ids *namer, n *node) (first, last string) {
	switch {
	case n.action != nil:
		id := ids.action()
		w.action(id, n.action)
		return id, id
	case n.parallel:
		id := ids.group()
		w.parallel(ids, id, n)
		return id, id
	}
	for i, m := range n.members {
		from, to := w.node(ids, m)
		if i == 0 {
			first = from
		} else {
			w.line("%s --> %s", last, from)
		}
		last = to
	}
	return first, last
}

func (w *mermaid) parallel(ids *namer, id string, n *node) {
	label := " "
	if n.limit > 0 {
		label = limitWords(n.limit)
	}
	w.line("subgraph %s[%s]", id, mermaidQuoted(label))
	w.depth++
	w.line("direction LR")
	for _, m := range n.members {
		w.node(ids, m)
	}
	w.depth--
	w.line("end")
}

func (w *mermaid) action(id string, a *action) {
	label := strings.TrimSuffix(mermaidQuoted(a.name), `"`) + "<br>" + strings.TrimPrefix(mermaidQuoted(a.typeWords()), `"`)
	shape := "[" + label + "]"
	if a.approval {
		shape = "([" + label + "]):::approval"
	}
	w.line("%s%s", id, shape)
	if a.status != "" {
		w.line("class %s is-%s", id, className(a.status))
	}
	w.flows.add(id, a)
}

// transition leads from the stage before, through its condition, the gate and the stage's own condition, into the stage.
func (w *mermaid) transition(number int, s stage, all []stage) {
	var way []string
	if number > 1 {
		way = append(way, fmt.Sprintf("s%d", number-1))
		if before := all[number-2].success; before != "" {
			way = append(way, fmt.Sprintf("s%dsuccess[/%s/]:::condition", number-1, mermaidQuoted(before)))
		}
		way = append(way, fmt.Sprintf("t%d{{%s}}:::gate", number, mermaidQuoted("gate")))
	}
	if s.entry != "" {
		way = append(way, fmt.Sprintf("s%dentry[/%s/]:::condition", number, mermaidQuoted(s.entry)))
	}
	way = append(way, fmt.Sprintf("s%d", number))
	if len(way) > 1 {
		w.line("%s", strings.Join(way, " --> "))
	}
	if number == len(all) && s.success != "" {
		w.line("s%d --> s%dsuccess[/%s/]:::condition", number, number, mermaidQuoted(s.success))
	}
}

func (w *mermaid) back(number int, s stage) {
	for i, words := range s.back {
		w.line("s%d -.-> s%dback%d([%s]):::back", number, number, i+1, mermaidQuoted(words))
	}
}

// mermaidQuoted is a text in quotes. Whatever means something to Mermaid, Markdown or HTML is written by its number.
func mermaidQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if r > '~' || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ,-._", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
