package sqlite_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// The store's time goes on from where it was: when the system's clock is set back, and when the store is opened again after that.
func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	dir := t.TempDir()
	o := &sqlite.Options{Now: func() time.Time { return now }}
	s := open(t, dir, o)
	shown := func() time.Time {
		due, err := s.Due(t.Context(), 1)
		require.NoError(t, err)
		return due.Now
	}
	lease, err := s.Lease(t.Context(), store.Lease{Name: "replica"}, time.Hour)
	require.NoError(t, err)
	require.Equal(t, start, lease.Now)
	now = start.Add(-24 * time.Hour)
	require.Equal(t, start, shown(), "set back")
	now = now.Add(time.Minute)
	require.Equal(t, start.Add(time.Minute), shown(), "goes on")
	now = now.Add(time.Hour)
	_, err = s.Lease(t.Context(), lease, time.Hour)
	require.ErrorAs(t, err, new(*store.Conflict), "an hour has passed")
	late := shown()
	apply(t, s, batch("a", 1))
	require.NoError(t, s.Close())

	now = start.Add(-48 * time.Hour)
	s = open(t, dir, o)
	require.False(t, shown().Before(late), "opened again")
	now = now.Add(time.Minute)
	require.False(t, shown().Before(late.Add(time.Minute)), "goes on")
	now = start.Add(999 * time.Nanosecond)
	s = open(t, t.TempDir(), o)
	require.Equal(t, start, shown(), "rounded down")
}
