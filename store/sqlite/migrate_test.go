package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

// What an older Penstock has written is brought up to date when it is opened, once, and reads as before.
func TestAnOlderSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	const commits = 600 // more than the marks of either schema are apart
	dir := t.TempDir()
	file := filepath.Join(dir, "penstock.db")
	s := open(t, dir, nil)
	batches := make([]store.Batch, commits)
	for i := range batches {
		batches[i] = batch("a", i+1)
	}
	apply(t, s, batches...)
	require.NoError(t, s.Close())
	script(t, file, `DROP INDEX segments_mark;
CREATE INDEX segments_mark ON segments (stream, first) WHERE (first + 62) / 64 <> (first + n + 62) / 64;
ALTER TABLE streams ADD COLUMN token BLOB NOT NULL DEFAULT x'';
ALTER TABLE streams ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
UPDATE streams SET (token, version, last) = (SELECT token, version, last FROM heads WHERE stream = id);
DROP TABLE heads;
DELETE FROM schema_migrations WHERE version > 1;`)

	for range 2 {
		s = open(t, dir, nil)
		require.Equal(t, commits, requireSteps(t, s, "a", commits))
		for after := uint64(0); after < commits; after += 50 {
			feed, err := s.Events(t.Context(), store.FeedQuery{Stream: "a", After: after, Limit: 50})
			require.NoError(t, err)
			require.Len(t, feed.Events, 50)
			require.Equal(t, after+1, feed.Events[0].Version)
		}
		require.NoError(t, s.Close())
		var marks, migrations int
		err := shell(t, dir).QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM segments INDEXED BY segments_mark
WHERE (first + 254) / 256 <> (first + n + 254) / 256), (SELECT count(*) FROM schema_migrations)`).Scan(&marks, &migrations)
		require.NoError(t, err)
		require.Equal(t, 3, marks, "those of versions 1, 257 and 513")
		require.Equal(t, 3, migrations)
	}
}
