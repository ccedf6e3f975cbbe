package graph

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock/internal/definition"
)

// What stands in quotes, and every statement once that is gone: whatever a name holds, it stays inside its quotes.
var (
	mermaidText = regexp.MustCompile(`"[^"\\]*(?:\\.[^"\\]*)*"`) // the title is JSON, and may escape
	mermaidLine = regexp.MustCompile(`^(?:---|title: ""|flowchart LR|\s+(?:` + strings.Join([]string{
		`subgraph s\d+(?:g\d+)?\[""\]`, `end`, `direction LR`, `s\d+none\[""\]`,
		`s\d+a\d+(?:\[""\]|\(\[""\]\):::approval)`, `class s\d+a\d+ is-[a-z0-9-]+`, `s\d+[ag]\d+ --> s\d+[ag]\d+`,
		`(?:s\d+ --> )?(?:s\d+success\[/""/\]:::condition --> )?(?:t\d+\{\{""\}\}:::gate --> )?(?:s\d+entry\[/""/\]:::condition --> )?s\d+`,
		`s\d+ --> s\d+success\[/""/\]:::condition`, `s\d+ -\.-> s\d+back\d\(\[""\]\):::back`, `s\d+a\d+ -\.->\|""\| s\d+a\d+`,
		`classDef [a-z]+ [a-z0-9#:,\- ]+`,
	}, "|") + `))$`)
	dotText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	dotLine = regexp.MustCompile(`^\s*(?:` + strings.Join([]string{
		`digraph "" \{`, `\}`, `subgraph cluster_s\d+(?:g\d+)? \{`, `(?:[a-z]+=(?:""|\w+); ?)+`, `(?:node|edge|\w+) \[[a-z]+=(?:""|\w+)(?:, [a-z]+=(?:""|\w+))*\];`,
		`\w+ \[shape=point\]; \w+ \[shape=point\];`, `\w+ -> \w+(?: \[[a-z]+=(?:""|\w+)(?:, [a-z]+=(?:""|\w+))*\])?;`,
	}, "|") + `)$`)
)

func requireLines(t require.TestingT, text string, quoted, line *regexp.Regexp) {
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		bare := quoted.ReplaceAllString(l, `""`)
		if !line.MatchString(bare) {
			require.Fail(t, "not a statement", "%s\n%s", l, bare)
		}
	}
}

func TestNamesStayInTheirQuotes(t *testing.T) {
	check := func(t require.TestingT, p definition.Pipeline, o Options) {
		requireLines(t, string(Mermaid(p, o)), mermaidText, mermaidLine)
		requireLines(t, string(DOT(p, o)), dotText, dotLine)
	}
	for name, d := range drawings(t) {
		t.Run(name, func(t *testing.T) { check(t, d.p, d.o) })
	}
	t.Run("any", rapid.MakeCheck(func(t *rapid.T) { check(t, anyPipeline(t), Options{Artifacts: true}) }))
}

func TestMermaidQuoted(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"a name", "eu-west_1.canary", `"eu-west_1.canary"`},
		{"a quote", `say "hi"`, `"say #34;hi#34;"`},
		{"an entity", "#quot;&lt;", `"#35;quot#59;#38;lt#59;"`},
		{"HTML", "<b>", `"#60;b#62;"`},
		{"Markdown", "`*x*`", `"#96;#42;x#42;#96;"`},
		{"a directive", "%%{init}%%", `"#37;#37;#123;init#125;#37;#37;"`},
		{"other alphabets", "مرحلة デプロイ 🚀", `"مرحلة デプロイ 🚀"`},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, mermaidQuoted(test.in)) })
	}
}

func TestDOTQuoted(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"a name", "eu-west_1.canary", `"eu-west_1.canary"`},
		{"a quote", `say "hi"`, `"say \"hi\""`},
		{"an escape", `\N\"`, `"\\N\\\""`},
		{"an entity", "&lt;", `"&amp;lt;"`},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, dotQuoted(test.in)) })
	}
}
