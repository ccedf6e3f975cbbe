package penstock

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzText: texts are written and read as encoding/json would.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"", "\\", "<&>", "\x00", "\x7f", "ä", "\xff", "\u2028", "\n", `a"`, `\u0041`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := json.Marshal(text)
		require.NoError(t, err)
		got, err := marshalValue(text)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
		for _, data := range []string{string(want), text, `"` + text + `"`, ` "` + text + `"`} {
			var want, got string
			wanted, err := json.Unmarshal([]byte(data), &want), unmarshalValue([]byte(data), &got)
			require.Equal(t, wanted, err)
			require.Equal(t, want, got)
		}
	})
}
