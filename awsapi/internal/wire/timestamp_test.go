package wire

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimestamps(t *testing.T) {
	for text, want := range map[string]time.Time{
		"1700000000.125": time.Date(2023, 11, 14, 22, 13, 20, 125e6, time.UTC), "0": time.Unix(0, 0).UTC(), "-0.5": time.Unix(0, -5e8).UTC(),
		"-62135596800": time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "253402300799": time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		var got Timestamp
		require.NoError(t, json.Unmarshal([]byte(text), &got), text)
		require.True(t, want.Equal(got.Time), "%s: %s", text, got)
		data, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, text, string(data))
	}
	for _, text := range []string{`"2026-01-01T00:00:00Z"`, "1e400", "253402300800", "true"} {
		require.Error(t, json.Unmarshal([]byte(text), &Timestamp{}), text)
	}
	data, err := json.Marshal(PipelineMetadata{PipelineArn: "a"})
	require.NoError(t, err)
	require.Equal(t, `{"pipelineArn":"a"}`, string(data), "a moment that is not known is not told")
}
