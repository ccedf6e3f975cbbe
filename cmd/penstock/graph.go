package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock"
)

func graphCommand() command {
	return command{
		name: "graph", args: "[-format mermaid|dot|svg] [-artifacts] [-o FILE] FILE", about: "Draws a pipeline definition.",
		more: aboutFiles + " A definition that does not validate is drawn as far as it\ngoes.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			g := grapher{reading: newReading(flags)}
			flags.StringVar(&g.format, "format", "", "the `format`: mermaid, dot or svg (default: what the extension of -o says, else mermaid)")
			flags.StringVar(&g.output, "o", "", "write to `FILE` instead of standard output")
			flags.BoolVar(&g.options.Artifacts, "artifacts", false, "draw the artifacts that flow from action to action")
			return g.run
		},
	}
}

// grapher is graph with its flags.
type grapher struct {
	*reading
	format, output string
	options        penstock.GraphOptions
}

func (g *grapher) run(s *session, args []string) {
	if !s.files("graph", args) {
		return
	}
	if len(args) > 1 {
		s.usage("graph", "one FILE is drawn at a time")
		return
	}
	p, _, ok := g.load(s, args[0])
	if !ok {
		return
	}
	var drawn bytes.Buffer
	if err := p.Graph(&drawn, g.chosen(), &g.options); err != nil {
		s.usage("graph", cause(err))
		return
	}
	if problems, ok := errors.AsType[penstock.Problems](p.Validate(nil)); ok {
		fmt.Fprintf(s.messages, "%s: drawn, but it does not validate (%d): see penstock validate\n", shown(args[0]), len(problems))
	}
	if g.output == "" {
		s.write(drawn.Bytes())
	} else if err := replace(g.output, drawn.Bytes()); err != nil {
		s.fail(err)
	}
}

// chosen is the format that was asked for.
func (g *grapher) chosen() penstock.GraphFormat {
	extensions := map[string]penstock.GraphFormat{
		".svg": penstock.GraphSVG, ".dot": penstock.GraphDOT, ".gv": penstock.GraphDOT,
	}
	return cmp.Or(penstock.GraphFormat(g.format), extensions[strings.ToLower(filepath.Ext(g.output))], penstock.GraphMermaid)
}
