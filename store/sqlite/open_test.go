package sqlite_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

func TestHeldByThisProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "by open")
	s := open(t, dir, nil)
	_, err := sqlite.Open(t.Context(), dir, nil)
	var held *sqlite.LockedError
	require.ErrorAs(t, err, &held)
	require.Equal(t, os.Getpid(), held.PID)
	require.ErrorContains(t, err, "in use by this very process")
	apply(t, s, batch("a", 1))
	require.NoError(t, s.Close())
	requireSteps(t, open(t, dir, nil), "a", 1)
}

func TestLockedError(t *testing.T) {
	t.Parallel()
	e := sqlite.LockedError{Dir: "/data"}
	require.Equal(t, "/data is in use by another process; stop it, or choose another directory", e.Error())
	e.PID, e.Host, e.Since = 1<<30, "build-7", time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	require.Equal(t, "/data is in use by pid 1073741824 on build-7, since 2031-02-03T04:05:06Z; stop that process, or choose another directory", e.Error())
}

func TestFilesAreForTheirOwner(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	apply(t, open(t, dir, nil), batch("a", 1))
	for name, want := range map[string]os.FileMode{"": 0o700, "penstock.db": 0o600, "penstock.db-wal": 0o600, "penstock.db-shm": 0o600, "lock": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), name)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		remote, unknown bool
		allow           bool
		warned, refused bool
	}{
		{name: "local"},
		{name: "NFS", remote: true, refused: true},
		{name: "NFS allowed", remote: true, allow: true, warned: true},
		{name: "FUSE", unknown: true, warned: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			o := &sqlite.Options{AllowNetworkFS: tt.allow, Logger: slog.New(slog.NewTextHandler(&log, nil))}
			o.On(tt.name, tt.remote, tt.unknown)
			dir := t.TempDir()
			s, err := sqlite.Open(t.Context(), dir, o)
			require.Equal(t, tt.warned, log.Len() > 0)
			if !tt.refused {
				require.NoError(t, err)
				require.NoError(t, s.Close())
				return
			}
			require.ErrorContains(t, err, "the directory is on NFS, a network file system, where a SQLite database in WAL mode becomes corrupt; "+
				"choose a local directory, or set Options.AllowNetworkFS")
			files, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, files)
		})
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"3.51.3": "", "3.51.4": "", "3.54.1": "", "3.100.0": "", "4.0": "", "3.53.3": "warning",
		"3.51.2": "refused", "3.50.9": "refused", "3.7.0": "refused", "2.99.99": "refused", "": "refused", "nonsense": "refused",
	} {
		warning, err := sqlite.CheckVersion(version)
		require.Equal(t, want == "refused", err != nil, version)
		require.Equal(t, want == "warning", warning != "", version)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]sqlite.Options{
		"lower Options.Limits":       {Limits: store.Limits{Snapshot: 1 << 30}},
		"neither Full nor NormalNot": {Synchronous: 7},
	} {
		_, err := sqlite.Open(t.Context(), t.TempDir(), &o)
		require.ErrorContains(t, err, want)
	}
}

// What is not a store is refused, and left as it was.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		make       func(t *testing.T, dir, file string)
	}{
		{"some other database", "it is a database of some other program", func(t *testing.T, _, file string) {
			script(t, file, "CREATE TABLE theirs (x)")
		}},
		{"another application's id", "it is a database of some other program", func(t *testing.T, _, file string) {
			script(t, file, "PRAGMA application_id = 7")
		}},
		{"a newer schema", "its schema is version 99, made by a newer Penstock; this one knows up to 3", func(t *testing.T, dir, file string) {
			s := open(t, dir, nil)
			require.NoError(t, s.Close())
			script(t, file, "INSERT INTO schema_migrations (version, name, at) VALUES (99, 'future', 0)")
		}},
		{"garbage", "the file is not a SQLite database; restore a backup, or choose another directory", func(t *testing.T, _, file string) {
			require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("garbage ", 1000)), 0o600))
		}},
		{"a directory", "see whether this user may write to the directory and its files", func(t *testing.T, _, file string) {
			require.NoError(t, os.Mkdir(file, 0o700))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "penstock.db")
			tt.make(t, dir, file)
			before, _ := os.ReadFile(file)
			for range 2 { // the first refusal lets go of the directory
				_, err := sqlite.Open(t.Context(), dir, nil)
				require.ErrorContains(t, err, "sqlite: open "+dir)
				require.ErrorContains(t, err, tt.want)
			}
			after, _ := os.ReadFile(file)
			require.Equal(t, before, after)
		})
	}
}

// script runs SQL on a file that is no open store.
func script(t *testing.T, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), text)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// A name that means something in a URI, or to SQLite, is a name like others.
func TestStrangeNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "ä", ":memory:", "'\"", "file:x"} {
		dir := filepath.Join(t.TempDir(), name)
		s := open(t, dir, nil)
		apply(t, s, batch("a", 1))
		require.NoError(t, s.Close())
		require.FileExists(t, filepath.Join(dir, "penstock.db"))
		requireSteps(t, open(t, dir, nil), "a", 1)
	}
}

// Wherever the first opening fails, the next one makes a whole store of what it left.
func TestFirstOpenFails(t *testing.T) {
	t.Parallel()
	for at := 0; ; at++ {
		dir := t.TempDir()
		d := &faultyDriver{}
		n, hit := -1, ""
		d.arm(func(text string) fault {
			if n++; n == at {
				hit = text
				return failed
			}
			return pass
		})
		s, err := sqlite.Open(t.Context(), dir, &sqlite.Options{Driver: d})
		if hit == "" {
			require.NoError(t, err)
			require.NoError(t, s.Close())
			require.Greater(t, at, 20)
			return
		}
		require.ErrorIs(t, err, errInjected, hit)
		s = open(t, dir, nil)
		apply(t, s, batch("a", 1))
		requireSteps(t, s, "a", 1)
		require.NoError(t, s.Close())
	}
}

// The readable schema makes the same tables as Open, and every table is one whose growth is bounded.
func TestSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, nil)
	made := filepath.Join(t.TempDir(), "made.db")
	script(t, made, sqlite.Schema())
	readable, err := sql.Open("sqlite", "file:"+made)
	require.NoError(t, err)
	defer func() { require.NoError(t, readable.Close()) }()
	objects := func(db *sql.DB) (all []string) {
		rows, err := db.QueryContext(t.Context(), "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
		require.NoError(t, err)
		defer func() { require.NoError(t, rows.Close()) }()
		for rows.Next() {
			var one string
			require.NoError(t, rows.Scan(&one))
			all = append(all, one)
		}
		require.NoError(t, rows.Err())
		return all
	}
	want := objects(shell(t, dir))
	require.Equal(t, want, objects(readable))

	kept := map[string]string{
		"streams": "one row a stream", "heads": "one row a stream", "snapshots": "one row a stream", "segments": "until Prune", "records": "until they are deleted, or expire and Prune",
		"keys": "as records", "leases": "until a lease that ended gives its lane away", "feed": "one row", "schema_migrations": "one row a migration",
	}
	tables := 0
	for _, one := range want {
		if name, ok := strings.CutPrefix(one, "table "); ok {
			tables++
			name, _, _ = strings.Cut(name, " ")
			require.Contains(t, kept, name, "how long does a row of this table live?")
		}
	}
	require.Len(t, kept, tables)
}
