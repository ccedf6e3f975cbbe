package graph

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

var update = flag.Bool("update", false, "write testdata anew")

// act is an action of a category and provider.
func act(name, category, provider string, wires ...func(*definition.Action)) definition.Action {
	a := definition.Action{Name: name, ActionTypeID: definition.TypeID{Category: category, Owner: "Custom", Provider: provider, Version: "1"}}
	for _, wire := range wires {
		wire(&a)
	}
	return a
}

func in(name string) func(*definition.Action) {
	return func(a *definition.Action) {
		a.InputArtifacts = append(a.InputArtifacts, definition.Artifact{Name: name})
	}
}

func out(name string) func(*definition.Action) {
	return func(a *definition.Action) {
		a.OutputArtifacts = append(a.OutputArtifacts, definition.Artifact{Name: name})
	}
}

func approval(name string) definition.Action {
	return definition.Action{Name: name, ActionTypeID: definition.ManualApproval}
}

// Trees.
func leaf(name string) definition.Node               { return definition.Node{Action: name} }
func seq(members ...definition.Node) definition.Node { return definition.Node{Sequence: members} }
func par(limit int, members ...definition.Node) definition.Node {
	return definition.Node{Parallel: members, Limit: limit}
}

// pipeline gives stages the trees that are named after them.
func pipeline(name string, trees map[string]definition.Node, stages ...definition.Stage) definition.Pipeline {
	p := definition.Pipeline{Name: name, ExecutionMode: "QUEUED", Stages: stages, Penstock: &definition.Block{Stages: map[string]definition.StageBlock{}}}
	for stage, tree := range trees {
		p.Penstock.Stages[stage] = definition.StageBlock{Tree: &tree}
	}
	return p
}

func stageOf(name string, actions ...definition.Action) definition.Stage {
	return definition.Stage{Name: name, Actions: actions}
}

func conditions(result string, rules ...string) *definition.Conditions {
	c := definition.Condition{Result: result}
	for _, r := range rules {
		c.Rules = append(c.Rules, definition.Rule{Name: r})
	}
	return &definition.Conditions{Conditions: []definition.Condition{c}}
}

// storefront is what a release looks like.
func storefront() definition.Pipeline {
	build := stageOf("Build",
		act("Image", "Build", "AcmeBuild", in("code"), out("image")),
		act("Unit", "Test", "GoTest", in("code")),
		act("EndToEnd", "Test", "GoTest", in("code"), in("image")),
		act("Scan", "Invoke", "Scanner", in("image")),
	)
	build.BeforeEntry = conditions("SKIP", "MainOnly")
	build.OnFailure = &definition.OnFailure{Result: "RETRY"}
	production := stageOf("Production",
		act("eu-canary", "Deploy", "AcmeDeploy", in("image")), act("eu", "Deploy", "AcmeDeploy", in("image")),
		act("us-canary", "Deploy", "AcmeDeploy", in("image")), act("us", "Deploy", "AcmeDeploy", in("image")),
		act("ap-canary", "Deploy", "AcmeDeploy", in("image")), act("ap", "Deploy", "AcmeDeploy", in("image")),
		act("Announce", "Compute", "Commands"),
	)
	production.OnSuccess = conditions("FAIL", "Alarms")
	production.OnFailure = &definition.OnFailure{Result: "ROLLBACK"}
	return pipeline("storefront", map[string]definition.Node{
		"Build": seq(leaf("Image"), par(0, leaf("Unit"), leaf("EndToEnd"), leaf("Scan"))),
		"Production": seq(
			par(2, seq(leaf("eu-canary"), leaf("eu")), seq(leaf("us-canary"), leaf("us")), seq(leaf("ap-canary"), leaf("ap"))), leaf("Announce"),
		),
	},
		stageOf("Source", act("Checkout", "Source", "AcmeGit", out("code"))),
		build,
		stageOf("SignOff", approval("Release")),
		production,
	)
}

// nested has groups in groups, and everything that a stage may have twice.
func nested() definition.Pipeline {
	deep := stageOf("Deep")
	for i := range 9 {
		deep.Actions = append(deep.Actions, act(fmt.Sprintf("a%d", i+1), "Test", "T"))
	}
	deep.BeforeEntry, deep.OnSuccess = conditions("FAIL", "Window"), conditions("ROLLBACK", "Alarms")
	deep.OnFailure = &definition.OnFailure{Conditions: conditions("ROLLBACK", "Severe", "Confirmed").Conditions}
	return pipeline("nested", map[string]definition.Node{
		"Deep": par(0,
			seq(leaf("a1"), par(1, leaf("a2"), par(2, leaf("a3"), leaf("a4"), seq(leaf("a5"), leaf("a6"))))),
			seq(par(0, leaf("a7"), leaf("a8")), leaf("a9")),
		),
	}, stageOf("Source", act("Checkout", "Source", "Git")), deep, stageOf("Empty"), stageOf("Last", act("One", "Deploy", "D")))
}

// hostile does not validate, and tries to break out of every format.
func hostile() definition.Pipeline {
	p := pipeline(`"><script>alert(1)</script>`, map[string]definition.Node{"Broken": seq(leaf("gone"), leaf("there"))},
		stageOf("end", act("a\"b'c<d>&e;f#quot;g`h\\i\\", "Sou\"rce", "%%{init}%%")),
		stageOf("line\nbreak\ttab\x00nul", act("]]> --> x\n\nend", "Build", ""), act("", "", "")),
		stageOf("مرحلة \u202eevil\u202c", act("デプロイ本番環境のリリース作業を行う工程である", "Deploy", "👩‍👩‍👧‍👦🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀"), act("é́́́́́́́ñ", "Test", "x")),
		stageOf("Broken", act("there", "Test", "T"), act("there", "Test", "T2"), act("unheard", "Test", "T3")),
		stageOf("end", act("style:x#y;", "Invoke", "classDef"), act("subgraph", "Invoke", "graph TD;")),
		stageOf(long("Stage-"), act(long("action-name-"), "Approval", long("P")), act(long("W"), "Deploy", "W")),
		stageOf("", act("\xff\xfe", "Test", "\xc3(")),
	)
	p.Stages[1].BeforeEntry = &definition.Conditions{}
	p.Stages[2].OnSuccess = conditions("<b>", "r\"1", long("rule-"))
	p.Stages[3].OnFailure = &definition.OnFailure{Result: "EXPLODE", Conditions: append(conditions("ROLLBACK").Conditions, conditions("", "x").Conditions...)}
	p.Stages[4].OnFailure = &definition.OnFailure{Conditions: make([]definition.Condition, 20)}
	return p
}

// long is 100 characters.
func long(part string) string {
	text := ""
	for len(text) < 100 {
		text += part
	}
	return text[:100]
}

// wide has so many stages that they stand in rows.
func wide(stages, actions int) definition.Pipeline {
	p := definition.Pipeline{Name: "wide", ExecutionMode: "SUPERSEDED"}
	for i := range stages {
		s := stageOf(fmt.Sprintf("Stage%d", i+1))
		for j := range actions {
			a := act(fmt.Sprintf("Action%d", j+1), "Deploy", "AcmeDeploy")
			a.RunOrder = 1 + j*i%(i+1)
			s.Actions = append(s.Actions, a)
		}
		p.Stages = append(p.Stages, s)
	}
	return p
}

func parsed(t *testing.T, file string) definition.Pipeline {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", file))
	require.NoError(t, err)
	p, err := definition.Parse(data)
	require.NoError(t, err)
	return p
}

// drawings are what the golden files show.
func drawings(t *testing.T) map[string]struct {
	p definition.Pipeline
	o Options
} {
	t.Helper()
	type drawn = struct {
		p definition.Pipeline
		o Options
	}
	statuses := map[string]string{"Source/Checkout": "Succeeded", "Build/Image": "InProgress", "Build/Unit": "Failed"}
	return map[string]drawn{
		"storefront": {p: storefront()},
		"artifacts":  {p: storefront(), o: Options{Artifacts: true}},
		"status":     {p: storefront(), o: Options{Status: func(stage, action string) string { return statuses[stage+"/"+action] }}},
		"everything": {p: parsed(t, "everything.json"), o: Options{Artifacts: true}},
		"nested":     {p: nested()},
		"hostile":    {p: hostile(), o: Options{Artifacts: true}},
		"rows":       {p: wide(14, 2)},
		"nothing":    {},
	}
}

func TestGolden(t *testing.T) {
	for name, d := range drawings(t) {
		for extension, draw := range map[string]func(definition.Pipeline, Options) []byte{".svg": SVG, ".mmd": Mermaid, ".dot": DOT} {
			t.Run(name+extension, func(t *testing.T) {
				got := draw(d.p, d.o)
				golden := filepath.Join("testdata", name+extension)
				if *update {
					require.NoError(t, os.WriteFile(golden, got, 0o644))
				}
				want, err := os.ReadFile(golden)
				require.NoError(t, err)
				require.Empty(t, firstDifference(string(want), string(got)), "go test ./internal/graph -update, and look at the pictures")
			})
		}
	}
}

// firstDifference is short where the whole texts are not.
func firstDifference(want, got string) string {
	wanted, have := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wanted), len(have)) {
		if wanted[i] != have[i] {
			return fmt.Sprintf("line %d\nwanted %s\ngot    %s", i+1, wanted[i], have[i])
		}
	}
	if len(wanted) != len(have) {
		return fmt.Sprintf("%d lines wanted, %d got", len(wanted), len(have))
	}
	return ""
}
