package graph

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock/internal/definition"
)

// anyName is a name that somebody might try.
func anyName() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9.@_-]{1,24}`),
		rapid.SampledFrom([]string{"Build", "eu-west-1-canary", long("name-"), long("W"), `"quoted" <b>&amp; 'x'`, "line\nbreak", "", "مرحلة", "デプロイ", "👩‍👩‍👧‍👦", "e\u0301"}),
		rapid.String(),
	)
}

// anyTree is a tree of n actions named by their number.
func anyTree(t *rapid.T, from, n, depth int) definition.Node {
	if n == 1 {
		return leaf(fmt.Sprint(from))
	}
	var members []definition.Node
	for left := n; left > 0; {
		take := 1
		if depth > 0 {
			take = rapid.IntRange(1, left).Draw(t, "take")
		}
		members = append(members, anyTree(t, from+n-left, take, depth-1))
		left -= take
	}
	if rapid.Bool().Draw(t, "parallel") {
		return par(rapid.IntRange(0, 3).Draw(t, "limit"), members...)
	}
	return seq(members...)
}

func anyConditions(t *rapid.T) []definition.Condition {
	var all []definition.Condition
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		all = append(all, conditions(
			rapid.SampledFrom([]string{"FAIL", "SKIP", "ROLLBACK", "RETRY", "x"}).Draw(t, "result"),
			rapid.SliceOfN(anyName(), 0, 3).Draw(t, "rules")...,
		).Conditions...)
	}
	return all
}

func anyPipeline(t *rapid.T) definition.Pipeline {
	p := pipeline(anyName().Draw(t, "pipeline"), nil)
	for i := range rapid.IntRange(0, 6).Draw(t, "stages") {
		s := stageOf(anyName().Draw(t, "stage"))
		n := rapid.IntRange(0, 9).Draw(t, "actions")
		plain := rapid.Bool().Draw(t, "run orders")
		for j := range n {
			a := act(fmt.Sprint(j), rapid.SampledFrom([]string{"Source", "Build", "Approval", "?"}).Draw(t, "category"), anyName().Draw(t, "provider"))
			if plain {
				a.Name, a.RunOrder = anyName().Draw(t, "action"), rapid.IntRange(-1, 3).Draw(t, "run order")
			}
			for _, name := range rapid.SliceOfN(anyName(), 0, 2).Draw(t, "artifacts") {
				in(name)(&a)
				out(name)(&a)
			}
			s.Actions = append(s.Actions, a)
		}
		if !plain && n > 0 {
			s.Name += fmt.Sprint(i) // or two stages had one tree
			tree := anyTree(t, 0, n, 3)
			p.Penstock.Stages[s.Name] = definition.StageBlock{Tree: &tree}
		}
		s.BeforeEntry = &definition.Conditions{Conditions: anyConditions(t)}
		s.OnSuccess = &definition.Conditions{Conditions: anyConditions(t)}
		s.OnFailure = &definition.OnFailure{Conditions: anyConditions(t), Result: rapid.SampledFrom([]string{"", "RETRY", "ROLLBACK"}).Draw(t, "result")}
		p.Stages = append(p.Stages, s)
	}
	return p
}

// thing is something with a place, for the checks below.
type thing struct {
	name string
	at   rect
}

func (r rect) contains(o rect) bool {
	return o.x >= r.x && o.y >= r.y && o.right() <= r.right() && o.bottom() <= r.bottom()
}

func (r rect) overlaps(o rect) bool {
	return r.x < o.right() && o.x < r.right() && r.y < o.bottom() && o.y < r.bottom()
}

// requireApart fails when two of these share a place.
func requireApart(t require.TestingT, things []thing) {
	for i, a := range things {
		for _, b := range things[:i] {
			if a.at.overlaps(b.at) {
				require.Fail(t, "overlap", "%s at %v and %s at %v", a.name, a.at, b.name, b.at)
			}
		}
	}
}

func requireInside(t require.TestingT, outer rect, things ...thing) {
	for _, in := range things {
		if !outer.contains(in.at) {
			require.Fail(t, "outside", "%s at %v is not inside %v", in.name, in.at, outer)
		}
	}
}

func labelled(labels []label) []thing {
	var out []thing
	for _, l := range labels {
		out = append(out, thing{fmt.Sprintf("text %q", l.text), l.bounds()})
	}
	return out
}

// requirePlaced fails when something of a picture stands where it must not.
func requirePlaced(t require.TestingT, d drawing) {
	pic := lay(d)
	whole := rect{0, 0, pic.width, pic.height}
	outermost := labelled(pic.labels) // cards, gates and what hangs below
	free := labelled(pic.labels)      // of lines
	for _, s := range pic.stages {
		outermost = append(outermost, thing{"card " + s.stage.name, s.card})
		if s.gate.w > 0 {
			gate := thing{"gate of " + s.stage.name, s.gate}
			outermost, free = append(outermost, gate), append(free, gate)
		}
		inCard := labelled(s.labels)
		free = append(free, inCard...)
		if s.empty.w > 0 {
			inCard = inCard[:len(inCard)-1] // its text stands in it
			inCard = append(inCard, thing{"nothing", s.empty})
		}
		for _, a := range s.actions {
			box := thing{"action " + a.action.name, a.box}
			inCard, free = append(inCard, thing{box.name, a.box.shrink(-3)}), append(free, box)
			inBox := append(labelled(a.labels), thing{"icon of " + a.action.name, a.icon})
			requireInside(t, a.box.shrink(4), inBox...)
			requireApart(t, inBox)
		}
		requireInside(t, s.card.shrink(4), inCard...)
		requireApart(t, inCard)
		for _, frame := range s.frames {
			requireInside(t, s.card.shrink(4), thing{"frame", frame})
		}
		for _, l := range s.loops {
			words := labelled([]label{l.label})
			outermost, free = append(outermost, words...), append(free, words...)
		}
	}
	requireInside(t, whole.shrink(4), outermost...)
	requireApart(t, outermost)
	links := pic.links
	for _, s := range pic.stages {
		for _, l := range s.loops {
			links = append(links, l.link)
		}
	}
	requireLinks(t, whole, links, free)
}

// requireLinks fails when a line leaves the picture, is oblique, or crosses what it must not.
func requireLinks(t require.TestingT, whole rect, links []link, free []thing) {
	for _, l := range links {
		for i := 1; i < len(l.points); i++ {
			a, b := l.points[i-1], l.points[i]
			require.True(t, a.x == b.x || a.y == b.y, "oblique: %v", l)
			way := rect{min(a.x, b.x), min(a.y, b.y), abs(a.x - b.x), abs(a.y - b.y)}
			requireInside(t, whole, thing{"line", way})
			for _, box := range free {
				inner := box.at.shrink(1)
				crosses := way.x <= inner.right() && inner.x <= way.right() && way.y <= inner.bottom() && inner.y <= way.bottom()
				if crosses {
					require.Fail(t, "crossed", "line %v through %s at %v", l.points, box.name, box.at)
				}
			}
		}
	}
}

// requireXML fails when it is not well-formed, or holds what a picture must not.
func requireXML(t require.TestingT, data []byte) {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			require.Contains(t, []string{"svg", "title", "desc", "style", "rect", "text", "path", "g"}, start.Name.Local)
			for _, a := range start.Attr {
				require.NotContains(t, []string{"href", "onload", "onclick"}, a.Name.Local)
			}
		}
	}
}

func TestEverythingHasItsPlace(t *testing.T) {
	for name, d := range drawings(t) {
		t.Run(name, func(t *testing.T) { requirePlaced(t, model(d.p, d.o)) })
	}
	t.Run("any", rapid.MakeCheck(func(t *rapid.T) {
		requirePlaced(t, model(anyPipeline(t), Options{Artifacts: rapid.Bool().Draw(t, "artifacts")}))
	}))
}

func TestEveryPictureIsXML(t *testing.T) {
	for name, d := range drawings(t) {
		t.Run(name, func(t *testing.T) { requireXML(t, SVG(d.p, d.o)) })
	}
	t.Run("any", rapid.MakeCheck(func(t *rapid.T) {
		p := anyPipeline(t)
		status := rapid.String().Draw(t, "status")
		o := Options{Artifacts: true, Status: func(string, string) string { return status }}
		got := SVG(p, o)
		requireXML(t, got)
		require.Equal(t, got, SVG(p, o))
		drawn := 0
		for _, s := range lay(model(p, o)).stages {
			drawn += len(s.actions)
		}
		want := 0
		for _, s := range p.Stages {
			want += len(s.Actions)
		}
		require.Equal(t, want, drawn, "every action is drawn once")
	}))
}

func TestTheLargestPipeline(t *testing.T) {
	p := wide(50, 100)
	requireXML(t, SVG(p, Options{}))
	require.Equal(t, 5000, bytes.Count(Mermaid(p, Options{}), []byte("<br>")))
	require.Equal(t, 5000, bytes.Count(DOT(p, Options{}), []byte("fillcolor=white")))
	pic := lay(model(p, Options{}))
	require.Greater(t, pic.width, pic.height/8, "%d by %d", pic.width, pic.height)
}
