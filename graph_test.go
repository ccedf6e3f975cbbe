package penstock_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// A pipeline is drawn from its definition alone: no engine, no network.
func ExamplePipeline_Graph() {
	p := penstock.NewPipeline("storefront",
		source(),
		build().OnFailure(penstock.RollBack()),
	)
	if err := p.Graph(os.Stdout, penstock.GraphMermaid, nil); err != nil {
		panic(err)
	}
	// Output:
	// ---
	// title: "storefront"
	// ---
	// flowchart LR
	//     subgraph s1["Source"]
	//         direction LR
	//         s1a1["Checkout<br>Source · AcmeGit"]
	//     end
	//     subgraph s2["Build"]
	//         direction LR
	//         s2a1["Image<br>Build · AcmeBuild"]
	//     end
	//     s1 --> t2{{"gate"}}:::gate --> s2
	//     s2 -.-> s2back1(["roll back on failure"]):::back
	//     classDef approval stroke:#b45309,stroke-width:2px,stroke-dasharray:6 3
	//     classDef gate stroke:#2563eb,stroke-width:2px
	//     classDef condition stroke:#b45309,stroke-width:2px
	//     classDef back stroke:#c0362c,stroke-dasharray:5 4
}

func TestGraph(t *testing.T) {
	failed := func(stage, action string) penstock.Status {
		if stage == "Build" && action == "Image" {
			return penstock.StatusFailed
		}
		return ""
	}
	everything := &penstock.GraphOptions{Artifacts: true, Status: failed}
	for _, test := range []struct {
		name    string
		format  penstock.GraphFormat
		options *penstock.GraphOptions
		has     []string
		lacks   []string
	}{
		{"Mermaid", penstock.GraphMermaid, nil, []string{"flowchart LR", "gate"}, []string{"is-", "-.->|"}},
		{"Mermaid with everything", penstock.GraphMermaid, everything, []string{"class s2a1 is-failed", `s1a1 -.->|"code"| s2a1`}, nil},
		{"DOT", penstock.GraphDOT, nil, []string{`digraph "storefront"`}, []string{"is-", "dotted"}},
		{"DOT with everything", penstock.GraphDOT, everything, []string{`class="is-failed"`, `s1a1 -> s2a1 [style=dotted`}, nil},
		{"SVG", penstock.GraphSVG, nil, []string{"<svg ", "AcmeBuild"}, []string{`"ps-action ps-build ps-is-`, "in: code"}},
		{"SVG with everything", penstock.GraphSVG, everything, []string{`"ps-action ps-build ps-is-failed"`, "in: code", "out: image"}, nil},
		{"SVG without artifacts", penstock.GraphSVG, &penstock.GraphOptions{Status: failed}, []string{`ps-build ps-is-failed"`}, []string{"in: code"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, penstock.NewPipeline("storefront", source(), build()).Graph(&got, test.format, test.options))
			for _, text := range test.has {
				require.Contains(t, got.String(), text)
			}
			for _, text := range test.lacks {
				require.NotContains(t, got.String(), text)
			}
		})
	}
}

func TestGraphOfWhatDoesNotValidate(t *testing.T) {
	for name, p := range map[string]penstock.Pipeline{
		"the zero pipeline":   {},
		"no stages":           penstock.NewPipeline("p"),
		"no actions":          penstock.NewPipeline("p", penstock.NewStage("Source")),
		"nil nodes":           penstock.NewPipeline("p", penstock.NewStage("Source", nil, penstock.Sequence(), penstock.Parallel(nil))),
		"no configuration":    penstock.NewPipeline("p", penstock.NewStage("Source", penstock.NewAction("A", nil))),
		"one name twice":      penstock.NewPipeline("p", source(), source(), penstock.NewStage("Build", penstock.Parallel(penstock.NewApproval("A"), penstock.NewApproval("A")))),
		"a limit below zero":  penstock.NewPipeline("p", penstock.NewStage("S", penstock.Parallel(penstock.NewApproval("A"), penstock.NewApproval("B")).Limit(-1))),
		"an empty condition":  penstock.NewPipeline("p", source().BeforeEntry(penstock.Condition{}).OnSuccess(penstock.Condition{}).OnFailure(penstock.FailureResult{})),
		"names of other kind": penstock.NewPipeline("<p>\n", penstock.NewStage("\"", penstock.NewApproval("]]>"))),
	} {
		for _, format := range []penstock.GraphFormat{penstock.GraphMermaid, penstock.GraphDOT, penstock.GraphSVG} {
			t.Run(name+" as "+string(format), func(t *testing.T) {
				require.Error(t, p.Validate(nil))
				var got bytes.Buffer
				require.NoError(t, p.Graph(&got, format, nil))
				require.NotEmpty(t, got.String())
			})
		}
	}
}

func TestGraphFails(t *testing.T) {
	p := penstock.NewPipeline("storefront", source(), build())
	err := p.Graph(&bytes.Buffer{}, "png", nil)
	require.ErrorIs(t, err, penstock.ErrInvalid)
	require.EqualError(t, err, `penstock: graph storefront: there is no format "png"; use mermaid, dot or svg`)
	full := errors.New("the disk is full")
	require.ErrorIs(t, p.Graph(writerFunc(func([]byte) (int, error) { return 0, full }), penstock.GraphSVG, nil), full)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(data []byte) (int, error) { return f(data) }
