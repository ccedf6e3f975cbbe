package sqlite_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// A damaged file is answered with errors, or with what is still good: nothing panics, hangs, or answers events that nobody committed.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	for n := 1; n < 200; n++ {
		apply(t, s, batch("a", n), batch("b", n))
	}
	_, err := s.Lease(t.Context(), store.Lease{Name: "replica", Data: []byte("data")}, time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(filepath.Join(dir, "penstock.db"))
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(5, 5))
	failures := 0
	for range 60 {
		damaged := append([]byte{}, whole...)
		for range 1 + random.IntN(40) {
			damaged[100+random.IntN(len(damaged)-100)] ^= byte(1 + random.IntN(255))
		}
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "penstock.db"), damaged, 0o600))
		s, err := sqlite.Open(t.Context(), dir, nil)
		if err != nil {
			failures++
			continue
		}
		failures += useDamaged(t, s)
		_ = s.Close()
	}
	require.Greater(t, failures, 20)
}

// A stream that lacks a commit is not answered without it.
func TestMissingSegments(t *testing.T) {
	t.Parallel()
	for damage, want := range map[string]string{
		"DELETE FROM segments WHERE first = 1":                       `stream "a": event 1 is missing: the database is damaged`,
		"DELETE FROM segments WHERE first = 5":                       `stream "a": event 1 is missing: the database is damaged`,
		"UPDATE segments SET prev = 2 WHERE first = 4":               `stream "a": event 3 is missing: the database is damaged`,
		"UPDATE heads SET version = 6":                               `stream "a": event 6 is missing: the database is damaged`,
		"UPDATE segments SET n = 2 WHERE first = 5":                  "a segment's events cannot be read: the database is damaged",
		"UPDATE segments SET events = x'0201610161' WHERE first = 2": "a segment's events cannot be read: the database is damaged",
	} {
		dir := t.TempDir()
		s := open(t, dir, nil)
		for n := 1; n <= 5; n++ {
			apply(t, s, batch("a", n))
		}
		_, err := shell(t, dir).ExecContext(t.Context(), damage)
		require.NoError(t, err)
		_, err = s.Load(t.Context(), "a")
		require.ErrorContains(t, err, want, damage)
	}
}

// useDamaged answers how many calls failed.
func useDamaged(t *testing.T, s *sqlite.Store) (failed int) {
	t.Helper()
	count := func(err error) {
		if err != nil {
			failed++
		}
	}
	for _, stream := range []string{"a", "b"} {
		got, err := s.Load(t.Context(), stream)
		count(err)
		for _, st := range got {
			require.Len(t, st.Events, int(st.Version-st.SnapshotVersion))
		}
		_, err = s.Events(t.Context(), store.FeedQuery{Stream: stream, After: 10})
		count(err)
		_, err = s.List(t.Context(), store.Query{Kind: "step", Group: stream})
		count(err)
	}
	_, err := s.Events(t.Context(), store.FeedQuery{Limit: 1000})
	count(err)
	_, err = s.Due(t.Context(), 10)
	count(err)
	_, err = s.Lease(t.Context(), store.Lease{Name: "other"}, time.Hour)
	count(err)
	_, err = s.Prune(t.Context(), time.Now(), 10)
	count(err)
	for _, err := range s.Commit(t.Context(), []store.Batch{batch("a", 200), batch("b", 150), batch("c", 1)}) {
		count(err)
	}
	count(s.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")))
	return failed
}
