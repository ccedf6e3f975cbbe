package graph

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// SVG is a standalone picture, without script or anything from elsewhere: light or dark as the reader prefers, with a description for
// those who do not see it.
func SVG(p definition.Pipeline, o Options) []byte {
	d := model(p, o)
	w := &svg{}
	w.picture(d, lay(d))
	return w.Bytes()
}

type svg struct{ bytes.Buffer }

func (w *svg) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

// escaped is text inside XML.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes all
	return b.String()
}

func (w *svg) picture(d drawing, pic picture) {
	words := d.describe()
	h := fnv.New32a()
	_, _ = h.Write([]byte(words)) // a hash takes all
	id := fmt.Sprintf("penstock-%08x", h.Sum32())
	w.printf(`<svg xmlns="http://www.w3.org/2000/svg" class="ps-graph" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="%s-title %s-desc">`+"\n",
		pic.width, pic.height, pic.width, pic.height, id, id)
	w.printf("<title id=\"%s-title\">Pipeline %s</title>\n<desc id=\"%s-desc\">%s</desc>\n<style>\n%s</style>\n", id, escaped(d.name), id, escaped(words), style)
	w.rect("ground", rect{0, 0, pic.width, pic.height}, 0)
	for _, l := range pic.labels {
		w.label(l)
	}
	for _, s := range pic.stages {
		w.rect("card", s.card, 14)
		for _, frame := range s.frames {
			w.rect("frame", frame, 10)
		}
	}
	for _, l := range pic.links {
		w.link(l)
	}
	for _, s := range pic.stages {
		w.stage(s)
	}
	w.WriteString("</svg>\n")
}

func (w *svg) stage(s placedStage) {
	w.printf("<g class=\"ps-stage\"><title>Stage %s</title>\n", escaped(s.stage.name))
	if s.gate.w > 0 {
		w.gate(s)
	}
	if s.empty.w > 0 {
		w.rect("frame", s.empty, 8)
	}
	for _, l := range s.labels {
		w.label(l)
	}
	for _, at := range s.marks {
		w.printf("<path class=\"ps-mark\" d=\"M%d %dl7 7l-7 7l-7-7z\"/>\n", at.x, at.y-7)
	}
	for _, a := range s.actions {
		w.action(a)
	}
	for _, l := range s.loops {
		w.printf("<g><title>%s</title>\n", escaped(l.full))
		w.link(l.link)
		w.label(l.label)
		w.WriteString("</g>\n")
	}
	w.WriteString("</g>\n")
}

// gate is two posts and what slides between them.
func (w *svg) gate(s placedStage) {
	w.printf("<g><title>Transition into %s</title>\n", escaped(s.stage.name))
	w.rect("gate", s.gate, 4)
	w.printf("<path class=\"ps-posts\" d=\"M%d %dv%dM%d %dv%d\"/></g>\n",
		s.gate.x+5, s.gate.y+8, s.gate.h-16, s.gate.right()-5, s.gate.y+8, s.gate.h-16)
}

func (w *svg) action(p placedAction) {
	a := p.action
	kind := kindOf(a.of.Category)
	class := "ps-action ps-" + kind
	if a.status != "" {
		class += " ps-is-" + className(a.status)
	}
	w.printf("<g class=\"%s\"><title>%s: %s</title>\n", class, escaped(a.name), escaped(clean(a.of.String())))
	w.rect("box", p.box, 9)
	w.rect("tile", p.icon, 7)
	w.printf("<path class=\"ps-icon\" transform=\"translate(%d %d)\" d=\"%s\"/>\n", p.icon.x+6, p.icon.y+6, icons[kind])
	for _, l := range p.labels {
		w.label(l)
	}
	w.WriteString("</g>\n")
}

// className is a text that can be a class.
func className(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text))
}

func (w *svg) rect(class string, r rect, round int) {
	w.printf(`<rect class="ps-%s" x="%d" y="%d" width="%d" height="%d"`, class, r.x, r.y, r.w, r.h)
	if round > 0 {
		w.printf(` rx="%d"`, round)
	}
	w.WriteString("/>\n")
}

// label clips a text whose width is a guess.
func (w *svg) label(l label) {
	at, b := l.at, l.bounds()
	if guessed(l.text) {
		w.printf(`<svg x="%d" y="%d" width="%d" height="%d">`, b.x, b.y, b.w, b.h)
		at = point{0, l.at.y - b.y}
	}
	w.printf(`<text class="ps-%s" x="%d" y="%d" font-size="%d"`, l.class, at.x, at.y, l.font.size)
	if l.font.bold {
		w.WriteString(` font-weight="600"`)
	}
	w.printf(">%s</text>", escaped(l.text))
	if guessed(l.text) {
		w.WriteString("</svg>")
	}
	w.WriteString("\n")
}

// Sizes of lines.
const (
	turnRadius = 9
	headLong   = 8 // of an arrow
	headWide   = 4 // half of it
	headGap    = 2 // before what it points at
)

func (w *svg) link(l link) {
	points := distinct(l.points)
	if len(points) < 2 {
		return
	}
	last := &points[len(points)-1]
	tip := *last
	dx, dy := sign(last.x-points[len(points)-2].x), sign(last.y-points[len(points)-2].y)
	if l.arrow {
		tip = point{last.x - headGap*dx, last.y - headGap*dy}
		*last = point{tip.x - (headLong-1)*dx, tip.y - (headLong-1)*dy}
	}
	w.printf("<path class=\"ps-%s\" d=\"%s\"/>\n", l.class, rounded(points))
	if l.arrow {
		x, y := tip.x-headLong*dx, tip.y-headLong*dy
		w.printf("<path class=\"ps-%s-head\" d=\"M%d %dL%d %dL%d %dz\"/>\n", l.class,
			tip.x, tip.y, x+headWide*dy, y+headWide*dx, x-headWide*dy, y-headWide*dx)
	}
}

// distinct leaves out points that are where the one before is.
func distinct(points []point) []point {
	var out []point
	for i, p := range points {
		if i == 0 || p != points[i-1] {
			out = append(out, p)
		}
	}
	return out
}

// rounded is a path whose turns are round.
func rounded(points []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", points[0].x, points[0].y)
	for i := 1; i < len(points)-1; i++ {
		at := points[i]
		from, to := towards(at, points[i-1]), towards(at, points[i+1])
		fmt.Fprintf(&b, "L%d %dQ%d %d %d %d", from.x, from.y, at.x, at.y, to.x, to.y)
	}
	last := points[len(points)-1]
	fmt.Fprintf(&b, "L%d %d", last.x, last.y)
	return b.String()
}

// towards is where a turn at one point begins, on the way to another.
func towards(at, other point) point {
	dx, dy := other.x-at.x, other.y-at.y
	d := min(turnRadius, max(abs(dx), abs(dy))/2)
	return point{at.x + d*sign(dx), at.y + d*sign(dy)}
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

func abs(n int) int { return n * sign(n) }
