package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// limit lets n executions start.
func limit(n int) func() bool {
	return func() bool { n--; return n >= 0 }
}

func BenchmarkBulkGroupCommit(b *testing.B) { benchmark(b, bulkSide()) }
func BenchmarkRawGroupCommit(b *testing.B)  { benchmark(b, rawSide()) }
func BenchmarkEngine(b *testing.B)          { benchmark(b, engineSide()) }
func BenchmarkWritePlan(b *testing.B)       { benchmark(b, planSide("plan", options{streams: 100})) }

// benchmark's operation is one execution, with 100 in flight.
func benchmark(b *testing.B, s side) {
	f, err := measure(s, b.TempDir(), 100, limit(b.N))
	require.NoError(b, err)
	b.ReportMetric(f.actions, "actions/s")
	b.ReportMetric(f.written, "written-KiB/op")
	b.ReportMetric(f.commits, "commits/op")
}

func TestBulkStoresEveryOutputOnce(t *testing.T) {
	w, err := newBulk(t.Context(), filepath.Join(t.TempDir(), "bulk.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, w.close()) }()
	require.NoError(t, (&load{sink: w, inFlight: 7, more: limit(40)}).run(t.Context()))

	require.Equal(t, 40*actions, count(t, w.writer, "SELECT count(*) FROM results"))
	// Which of the two parallel outputs goes on is a matter of timing, so follow either.
	before, last := row(t, w, 17, 3*perStage-1), row(t, w, 17, 3*perStage)
	require.Equal(t, next(before, 0), last, "the fourth stage's first action takes in what the third stage's last put out")
	require.Contains(t, []string{next(last, 2), next(row(t, w, 17, 3*perStage+1), 2)}, row(t, w, 17, 3*perStage+2))
}

func TestRawStoresEveryOutputOnce(t *testing.T) {
	h, err := newRaw(t.Context(), filepath.Join(t.TempDir(), "raw.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, h.close()) }()
	executions, err := h.run(t.Context(), 7, limit(40))
	require.NoError(t, err)

	require.Equal(t, 40, executions)
	require.Equal(t, 40*actions, count(t, h.writer, "SELECT count(*) FROM results"))
	require.Equal(t, 40, count(t, h.writer, "SELECT count(DISTINCT execution) FROM results"))
	require.Equal(t, 40*actions, count(t, h.writer, "SELECT count(*) FROM results WHERE json_extract(output, '$.s') IS NOT NULL AND length(output) = 64"))
}

func row(t *testing.T, w *bulk, execution, action int) (output string) {
	t.Helper()
	require.NoError(t, w.conn.QueryRowContext(t.Context(), "SELECT CAST(output AS TEXT) FROM results WHERE execution = ? AND action = ?", execution, action).Scan(&output))
	return output
}

func next(output string, action byte) string {
	sum := sha256.Sum256(append([]byte(output), action))
	return hex.EncodeToString(sum[:])
}

func count(t *testing.T, w *writer, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, w.conn.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

func TestPlanStoresWhatTheDesignSays(t *testing.T) {
	for _, test := range []struct {
		name    string
		options options
		records int // an execution
	}{
		{"one record an execution", options{streams: 3}, 1},
		{"keys", options{streams: 3, keys: 4}, 1},
		{"a record an action", options{streams: 3, keys: 1, early: true}, 1 + actions},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := newPlan(t.Context(), filepath.Join(t.TempDir(), "plan.db"), test.options)
			require.NoError(t, err)
			defer func() { require.NoError(t, p.close()) }()
			require.NoError(t, (&load{sink: p, inFlight: 7, more: limit(60)}).run(t.Context()))

			require.Equal(t, 60*test.records, count(t, p.writer, "SELECT count(*) FROM records"))
			require.Equal(t, 60*test.options.keys, count(t, p.writer, "SELECT count(*) FROM keys"))
			// per execution: started, 4 × (entered, left), 12 × (claimed, ended), finished
			require.Equal(t, 60*(1+2*stages+2*actions+1), count(t, p.writer, "SELECT sum(n) FROM segments"))
			require.Positive(t, count(t, p.writer, "SELECT count(*) FROM snapshots"))
		})
	}
}

// walk reads a stream's segments from one position back to a version.
const walk = `WITH RECURSIVE chain(pos, first, n, prev) AS (
  SELECT pos, first, n, prev FROM segments WHERE pos = ?1
  UNION ALL
  SELECT s.pos, s.first, s.n, s.prev FROM chain JOIN segments s ON s.pos = chain.prev WHERE chain.first > ?2 + 1)`

// after finds where a page of a stream's feed starts to walk: its first marked segment after a version, or else its newest.
const after = `SELECT coalesce(
  (SELECT pos FROM segments WHERE stream = ?1 AND first > ?2 AND first/64 <> (first+n)/64 ORDER BY first LIMIT 1),
  (SELECT last FROM streams WHERE id = ?1))`

func TestAStreamReadsBackWithoutGaps(t *testing.T) {
	p, err := newPlan(t.Context(), filepath.Join(t.TempDir(), "plan.db"), options{streams: 3})
	require.NoError(t, err)
	defer func() { require.NoError(t, p.close()) }()
	require.NoError(t, (&load{sink: p, inFlight: 7, more: limit(60)}).run(t.Context()))

	for _, s := range p.streams {
		version := count(t, p.writer, "SELECT first + n - 1 FROM segments WHERE pos = (SELECT last FROM streams WHERE id = ?)", s.id)
		require.EqualValues(t, s.version, version)
		require.Equal(t, version, count(t, p.writer, walk+"SELECT sum(n) FROM chain", s.last, 0), "the whole chain")

		var at, pages int
		for at < version {
			from := count(t, p.writer, after, s.id, at)
			read := count(t, p.writer, walk+"SELECT sum(n) FROM chain WHERE first > ?2", from, at)
			require.Positive(t, read)
			require.Equal(t, at+1, count(t, p.writer, walk+"SELECT min(first) FROM chain WHERE first > ?2", from, at))
			at += read
			pages++
		}
		require.Equal(t, version, at)
		require.Greater(t, pages, version/128)
	}
}

func TestAPageOfAFeedIsSearchedByTheSparseIndex(t *testing.T) {
	p, err := newPlan(t.Context(), filepath.Join(t.TempDir(), "plan.db"), options{streams: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, p.close()) }()
	rows, err := p.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+after, 1, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var steps strings.Builder
	for rows.Next() {
		var a, b, c int
		var step string
		require.NoError(t, rows.Scan(&a, &b, &c, &step))
		steps.WriteString(step + "\n")
	}
	require.NoError(t, rows.Err())
	require.Contains(t, steps.String(), "SEARCH segments USING INDEX segments_mark (stream=? AND first>?)")
}

func TestPlanNoticesAnotherWriter(t *testing.T) {
	for _, test := range []struct{ name, change, want string }{
		{"head", "UPDATE streams SET last = last + 1", "conflict: 0 of 1 heads were as expected"},
		{"feed", "INSERT INTO segments VALUES (99, 1, 1, 1, 0, x'')", "another writer: the feed ends at 99, not 0"},
		{"lease", "UPDATE leases SET fence = fence + 1", "the lease is lost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := newPlan(t.Context(), filepath.Join(t.TempDir(), "plan.db"), options{streams: 1})
			require.NoError(t, err)
			defer func() { require.NoError(t, p.close()) }()
			_, err = p.conn.ExecContext(context.Background(), test.change)
			require.NoError(t, err)
			err = (&load{sink: p, inFlight: 1, more: limit(1)}).run(t.Context())
			require.ErrorContains(t, err, test.want)
		})
	}
}
