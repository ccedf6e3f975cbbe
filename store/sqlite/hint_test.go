package sqlite_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

func TestExclusive(t *testing.T) {
	t.Parallel()
	require.True(t, open(t, t.TempDir(), nil).Exclusive())
}

func TestHints(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir(), &sqlite.Options{Now: func() time.Time { return now }})
	owner, err := s.Lease(t.Context(), store.Lease{Name: "owner"}, time.Hour)
	require.NoError(t, err)
	hints := s.Hints()
	for _, tt := range []struct {
		name  string
		batch store.Batch
		hint  bool
	}{
		{"no wake", store.Batch{}, false},
		{"wake to come", store.Batch{Wake: now.Add(time.Second)}, false},
		{"due, nobody drives it", store.Batch{Wake: now}, true},
		{"due, by its owner", store.Batch{Wake: now, Owner: "owner", Lane: owner.Lane}, false},
		{"due, by a tool", store.Batch{Wake: now, Owner: "owner"}, true},
		{"due, owner unknown", store.Batch{Wake: now, Owner: "unknown"}, true},
		{"refused", store.Batch{Wake: now, Expect: store.ID{9}}, false},
	} {
		tt.batch.Stream, tt.batch.ID, tt.batch.Events = tt.name, store.ID{1}, []store.Event{{Kind: "one"}}
		require.Equal(t, tt.name == "refused", s.Commit(t.Context(), []store.Batch{tt.batch})[0] != nil)
		select {
		case name := <-hints:
			require.True(t, tt.hint, tt.name)
			require.Equal(t, tt.name, name)
		default:
			require.False(t, tt.hint, tt.name)
		}
	}
}
