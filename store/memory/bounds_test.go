package memory

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

// Records that have expired leave memory with the commits that follow, without anyone pruning.
func TestExpiredRecordsGoByThemselves(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	s := New(&Options{Now: func() time.Time { return now }})
	token := store.ID{}
	commit := func(n byte, put ...store.Record) {
		b := store.Batch{Stream: "a", Expect: token, ID: store.ID{n}, Events: []store.Event{{Kind: "one"}}, Put: put}
		require.NoError(t, s.Commit(t.Context(), []store.Batch{b})[0])
		token = b.ID
	}
	for i := range 10 {
		r := store.Record{Ref: store.Ref{Kind: "request", ID: fmt.Sprint(i)}, Expires: now.Add(time.Hour), Keys: []store.Key{{Name: "n"}}}
		commit(byte(i+1), r)
	}
	now = now.Add(time.Hour)
	for i := range 5 {
		commit(byte(i + 100))
	}
	require.Empty(t, s.groups)
	require.Empty(t, s.keys)
	require.Empty(t, s.expiries)
}

// Names that come and go, one for each start of a process, leave neither leases nor lanes behind.
func TestLeasesDoNotGrow(t *testing.T) {
	t.Parallel()
	s := New(nil)
	for i := range 100 {
		l, err := s.Lease(t.Context(), store.Lease{Name: fmt.Sprint(i)}, time.Hour)
		require.NoError(t, err)
		_, err = s.Lease(t.Context(), l, 0)
		require.NoError(t, err)
	}
	require.Len(t, s.leases, 1)
	require.Equal(t, 1, s.lanes)
}

// An owner that drives nothing any more leaves nothing behind.
func TestOwnersDoNotGrow(t *testing.T) {
	t.Parallel()
	s := New(nil)
	token := store.ID{}
	for i := range 100 {
		b := store.Batch{Stream: "a", Expect: token, ID: store.ID{byte(i + 1)}, Events: []store.Event{{Kind: "one"}}, Owner: fmt.Sprint(i)}
		b.Wake = time.Unix(int64(i+1), 0)
		require.NoError(t, s.Commit(t.Context(), []store.Batch{b})[0])
		token = b.ID
	}
	require.Len(t, s.owners, 1)
	require.Len(t, s.wakes, 1)
}
