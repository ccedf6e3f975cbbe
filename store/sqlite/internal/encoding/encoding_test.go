package encoding_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite/internal/encoding"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]store.Key{nil, {{Name: "a"}}, {{Name: "a", Value: "b"}, {Name: "c"}, {Name: "d", Value: "e"}}} {
		require.Equal(t, keys, encoding.SplitKeys(encoding.JoinKeys(keys)))
	}
}

// Whatever a damaged row holds is read or refused.
func FuzzReadEvents(f *testing.F) {
	for _, events := range [][]store.Event{{{Kind: "one"}}, {{Kind: "two", Data: []byte("data")}, {Kind: "three", Data: make([]byte, 300)}}} {
		f.Add(encoding.AppendEvents(nil, events), len(events))
	}
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 1)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		events, err := encoding.ReadEvents(body, n)
		if err != nil {
			return
		}
		require.Len(t, events, n)
		again, err := encoding.ReadEvents(encoding.AppendEvents(nil, events), n)
		require.NoError(t, err)
		require.Equal(t, events, again)
	})
}
