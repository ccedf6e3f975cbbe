package codec

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzUnmarshal: whatever the bytes are, decoding does not panic, and what it accepts reads back equal in canonical form.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{Version})
	f.Add(Marshal(&wide{Int: -1, Strings: []string{"", "a"}, Pointers: []*inner{nil, {}}, ByName: map[string]string{"a": "b"}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first wide
		if Unmarshal(data, &first) != nil {
			require.Equal(t, wide{}, first)
			return
		}
		canonical := Marshal(&first)
		var second wide
		require.NoError(t, Unmarshal(canonical, &second))
		require.True(t, bytes.Equal(canonical, Marshal(&second)))
	})
}
