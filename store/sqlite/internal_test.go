package sqlite

import (
	"database/sql/driver"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

// The connection that has made the schema can write the WAL back at once.
func TestTheFirstCheckpoint(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), t.TempDir(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.checkpoint())
}

// What is remembered of streams is bounded, and forgetting it changes nothing.
func TestHeadsAreForgotten(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), t.TempDir(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	commit := func(n byte) error {
		b := store.Batch{Stream: "a", ID: store.ID{n}, Events: []store.Event{{Kind: "one"}}}
		if n > 1 {
			b.Expect = store.ID{n - 1}
		}
		return s.Commit(t.Context(), []store.Batch{b})[0]
	}
	require.NoError(t, commit(1))
	for i := range maxHeads {
		s.w.heads[fmt.Sprint(i)] = &head{}
	}
	require.NoError(t, commit(2))
	require.Len(t, s.w.heads, 1)
	require.NoError(t, commit(3))
}

// That a record is new is known from the greatest ID of its group, which is bounded too; one that is there is found all the same.
func TestNewRecordsAreNotLookedUp(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), t.TempDir(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	n := byte(0)
	put := func(id string) error {
		n++
		b := store.Batch{Stream: string('a' + rune(n)), ID: store.ID{n}, Events: []store.Event{{Kind: "one"}}}
		b.Put = []store.Record{{Ref: store.Ref{Kind: "k", Group: "g", ID: id}, New: true, Data: []byte(id)}}
		return s.Commit(t.Context(), []store.Batch{b})[0]
	}
	conflict := &store.Conflict{}
	for range 2 {
		for _, id := range []string{"1", "3", "4", "2"} {
			err := put(id)
			if n <= 4 {
				require.NoError(t, err)
				continue
			}
			require.ErrorAs(t, err, &conflict)
			require.Equal(t, id, conflict.Holder.ID)
		}
		require.Equal(t, map[group]string{{"k", "g"}: "4"}, s.w.newest)
		for i := range maxHeads {
			s.w.newest[group{"other", fmt.Sprint(i)}] = ""
		}
	}
	require.NoError(t, put("5"))
	require.Equal(t, map[group]string{{"k", "g"}: "5"}, s.w.newest)
}

func TestScan(t *testing.T) {
	t.Parallel()
	var n int64
	var u uint64
	var text string
	var p []byte
	into := []any{&n, &u, &text, &p}
	require.NoError(t, scan([]driver.Value{int64(1), int64(2), "x", []byte("y")}, into...))
	require.Equal(t, "1 2 x y", fmt.Sprintf("%d %d %s %s", n, u, text, p))
	require.NoError(t, scan([]driver.Value{nil, int64(2), nil, nil}, into...))
	require.Equal(t, int64(never), n)
	require.Empty(t, text)
	for i := range into {
		row := []driver.Value{int64(1), int64(2), "x", []byte("y")}
		row[i] = 1.5
		require.ErrorContains(t, scan(row, into...), "the database is damaged")
	}
}
