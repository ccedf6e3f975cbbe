package codec

import (
	"bytes"
	"strings"
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

// FuzzString: any string comes back as it was, and its bytes say nothing else.
func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "\x00", "\x01", "\x02", "sha256:" + strings.Repeat("0a", 32), "01234567-89ab-8cde-8f01-23456789abcd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got wide
		require.NoError(t, Unmarshal(Marshal(&wide{String: s}), &got))
		require.Equal(t, s, got.String)
	})
}
