package penstock

import (
	"fmt"
	"io"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/graph"
)

// GraphFormat is a language that a pipeline can be drawn in.
type GraphFormat string

// The formats.
const (
	GraphMermaid GraphFormat = "mermaid" // a flowchart for Mermaid, as Markdown shows it; Mermaid's own limit is 500 links
	GraphDOT     GraphFormat = "dot"     // a directed graph for Graphviz
	GraphSVG     GraphFormat = "svg"     // a standalone picture, light or dark as its reader prefers, without script
)

// GraphOptions say what Pipeline.Graph draws beside stages, actions, gates, conditions and what follows a failure.
type GraphOptions struct {
	// Artifacts draws what flows from action to action.
	Artifacts bool
	// Status is where an action stands, empty for nowhere. Mermaid and DOT give the action the class is-failed (is-inprogress …)
	// for it, SVG ps-is-failed, and draws some. Default: none.
	Status func(stage, action string) Status
}

// Graph draws the pipeline. Nil options draw no more than the definition's stages and actions. A pipeline that does not validate is
// drawn as far as it goes: a tree of groups that does not fit its stage is left out. The same pipeline gives the same bytes. It fails
// with ErrInvalid for an unknown format, and with the error of w.
func (p Pipeline) Graph(w io.Writer, format GraphFormat, options *GraphOptions) error {
	draw, ok := map[GraphFormat]func(definition.Pipeline, graph.Options) []byte{
		GraphMermaid: graph.Mermaid, GraphDOT: graph.DOT, GraphSVG: graph.SVG,
	}[format]
	if !ok {
		return &Error{
			Code: ErrInvalid, Op: "graph", Path: p.stored.Name, Err: fmt.Errorf("there is no format %q", format), Hint: "use mermaid, dot or svg",
		}
	}
	var o graph.Options
	if options != nil {
		o.Artifacts = options.Artifacts
		if options.Status != nil {
			o.Status = func(stage, action string) string { return string(options.Status(stage, action)) }
		}
	}
	_, err := w.Write(draw(p.stored, o))
	return err
}
