package sqlite_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// small is what may be gone through from end to end: what a query has found so far, the rows that a statement brings, and tables that stay small.
var small = regexp.MustCompile(`^SCAN (chain|owners|o|c|feed|leases|sqlite_master|schema_migrations|l|\d+ CONSTANT ROWS?|CONSTANT ROW|\d+-ROW VALUES CLAUSE|\(subquery-\d+\))`)

// Every statement that the store ever runs finds its rows by an index, and none sorts more than a page.
func TestPlans(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := &faultyDriver{}
	s := open(t, dir, &sqlite.Options{Driver: d})
	exerciseAll(t, s)
	asked := slices.Clone(d.asked)
	slices.Sort(asked)
	conn, err := d.Driver.Open("file:" + filepath.Join(dir, "penstock.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	explained := 0
	for _, text := range slices.Compact(asked) {
		verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		if !slices.Contains([]string{"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}, verb) {
			continue
		}
		steps, err := sqlite.Explain(t.Context(), conn, text)
		require.NoError(t, err, text)
		explained++
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN") {
				require.Regexp(t, small, step, "%s\n%s", text, strings.Join(steps, "\n"))
			}
			if strings.HasPrefix(step, "USE TEMP B-TREE") {
				require.Contains(t, text, "chain", "%s\n%s", text, strings.Join(steps, "\n"))
			}
		}
	}
	require.Greater(t, explained, 50)
}

// exerciseAll makes the store run everything that it can run.
func exerciseAll(t *testing.T, s *sqlite.Store) {
	t.Helper()
	before, batches := eventful()
	apply(t, s, before...)
	s.Commit(t.Context(), batches)
	for n := 3; n < 40; n++ {
		apply(t, s, batch("a", n))
	}
	s.Commit(t.Context(), []store.Batch{batch("a", 1), batch("a", 2), batch("a", 99)})
	held := batch("d", 1)
	held.Put[0].ID = "000001"
	held.Put[0].Group = "a"
	require.Error(t, s.Commit(t.Context(), []store.Batch{held})[0])
	lease, err := s.Lease(t.Context(), store.Lease{Name: "one"}, time.Hour)
	require.NoError(t, err)
	_, err = s.Lease(t.Context(), lease, 0)
	require.NoError(t, err)
	_, err = s.Lease(t.Context(), store.Lease{Name: "two"}, time.Hour)
	require.NoError(t, err)
	owned := batch("e", 1)
	owned.Owner, owned.Wake = "two", time.Unix(1, 0)
	owned.Put[0].Expires = time.Unix(1, 0)
	orphan := batch("f", 1)
	orphan.Owner = "nobody knows"
	apply(t, s, owned, orphan)
	_, err = s.Load(t.Context(), "a", "b")
	require.NoError(t, err)
	_, err = s.Get(t.Context(), store.Ref{Kind: "k", ID: "1"}, store.Ref{Kind: "k", ID: "2"})
	require.NoError(t, err)
	for _, ascending := range []bool{false, true} {
		for _, q := range []store.Query{{}, {Key: &store.Key{Name: "n"}}, {Key: &store.Key{Name: "n"}, Group: "g"}} {
			q.Kind, q.Ascending = "k", ascending
			_, err = s.List(t.Context(), q)
			require.NoError(t, err)
		}
	}
	for _, q := range []store.FeedQuery{{}, {Stream: "a"}, {Cursor: store.CursorEnd}} {
		_, err = s.Events(t.Context(), q)
		require.NoError(t, err)
	}
	_, err = s.Due(t.Context(), 10)
	require.NoError(t, err)
	n, err := s.Prune(t.Context(), time.Now().Add(time.Hour), 10)
	require.NoError(t, err)
	require.Greater(t, n, 1)
}
