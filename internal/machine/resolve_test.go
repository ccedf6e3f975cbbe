package machine

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAValueNeverChangesTheShape: what an action put out cannot become another argument of a later one.
func TestAValueNeverChangesTheShape(t *testing.T) {
	for _, hostile := range []string{`x","--evil`, `"],"a":["`, "\\", "a\nb", `}`, "<&>", "plain"} {
		lookup := func(string, string) (string, bool) { return hostile, true }
		for template, want := range map[string]any{
			`["printf","#{B.A}"]`: []any{"printf", hostile},
			`{"K":"v #{B.A}"}`:    map[string]any{"K": "v " + hostile},
		} {
			text, unknown := expand(template, inShape(template, lookup))
			require.Empty(t, unknown)
			var got any
			require.NoError(t, json.Unmarshal([]byte(text), &got), text)
			require.Equal(t, want, got)
		}
		text, _ := expand("say #{B.A}", inShape("say #{B.A}", lookup))
		require.Equal(t, "say "+hostile, text)
	}
}
