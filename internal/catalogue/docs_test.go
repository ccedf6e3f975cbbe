package catalogue

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

var update = flag.Bool("update", false, "write docs/action-types.md anew")

func TestTheDocumentShowsTheTables(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "action-types.md")
	want := document()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run go test ./internal/catalogue -update")
}

func document() string {
	var b strings.Builder
	b.WriteString(`# Action types

<!-- Written by go test ./internal/catalogue -update; do not edit. -->

The action types and rule types of AWS CodePipeline as Penstock knows them. A definition may use any of them; whether something runs its actions is another question. Types that
are registered in Go or created at run time come on top. All values are texts. **Bold** keys are required; a text that holds a #{namespace.key} is judged when that is known.

`)
	b.WriteString("| type | inputs | outputs | V2 only | may take |\n|---|---|---|---|---|\n")
	actions, _, _ := Catalogue{}.List("", "", 0)
	all := slices.Concat(actions, Catalogue{}.Rules())
	for _, t := range all {
		outputs := span(t.Outputs)
		if t.ID.Category == "Rule" {
			outputs = ""
		}
		v2 := ""
		if t.V2 {
			v2 = "yes"
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s |\n", t.ID, anchor(t), span(t.Inputs), outputs, v2, limit(t.Timeout))
	}
	for _, t := range all {
		section(&b, t)
	}
	return b.String()
}

func anchor(t Type) string {
	return strings.ToLower(strings.ReplaceAll(t.ID.String(), "/", ""))
}

func span(b definition.Bounds) string {
	if b.Min == b.Max {
		return fmt.Sprint(b.Min)
	}
	return fmt.Sprintf("%d to %d", b.Min, b.Max)
}

func limit(t Timeout) string {
	out := inUnits(t.Default)
	if t.Silence != 0 {
		out += ", " + inUnits(t.Silence) + " without a report"
	}
	if t.Settable && t.Max > t.Default {
		out += "; timeoutInMinutes up to " + inUnits(t.Max)
	}
	return out
}

func inUnits(d time.Duration) string {
	switch {
	case d%day == 0:
		return plural(int(d/day), "day")
	case d%time.Hour == 0:
		return plural(int(d/time.Hour), "hour")
	default:
		return plural(int(d/time.Minute), "minute")
	}
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func section(b *strings.Builder, t Type) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n", t.ID, t.About)
	if len(t.Keys) > 0 {
		b.WriteString("\n| key | values | |\n|---|---|---|\n")
	}
	for _, k := range t.Keys {
		name := k.Name
		if k.Required {
			name = "**" + name + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, values(k), strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(describe(k)))
	}
	var notes []string
	for _, n := range t.Needs {
		what := strings.Join(n.Keys, " and ") + " is required"
		if n.Is != "" {
			what = strings.Join(n.Keys, " and ") + " must be " + n.Is
		}
		notes = append(notes, what+" when "+n.When.String()+".")
	}
	if len(t.Either) > 0 {
		notes = append(notes, "Give either "+inWords(t.Either)+".")
	}
	if t.Commands {
		notes = append(notes, "Its work is in commands.")
	}
	if t.Environment {
		notes = append(notes, "It takes environmentVariables.")
	}
	if v := variables(t); v != "" {
		notes = append(notes, "Variables: "+v+".")
	}
	if len(notes) > 0 {
		b.WriteString("\n- " + strings.Join(notes, "\n- ") + "\n")
	}
}

func values(k definition.Key) string {
	switch {
	case k.Values != nil:
		return strings.Join(k.Values, ", ")
	case k.Kind == definition.Boolean:
		return "true, false"
	case k.Kind == definition.Number:
		return "number"
	default:
		return ""
	}
}

func variables(t Type) string {
	out := slices.Clone(t.Variables)
	if t.OpenVariables {
		out = append(out, "what its run reports")
	}
	return strings.Join(out, ", ")
}
