package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
	"github.com/penstock-dev/penstock/store/storetest"
)

// childEnv makes this test binary a child process that plays the part named there (see children).
const childEnv = "PENSTOCK_SQLITE_TEST_CHILD"

func TestMain(m *testing.M) {
	if part := os.Getenv(childEnv); part != "" {
		if err := children()[part](context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// open opens a directory whose store is closed with the test.
func open(t testing.TB, dir string, o *sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// shell opens the database of a directory as another program would.
func shell(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "penstock.db")+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func requireIntact(t testing.TB, dir string) {
	t.Helper()
	var verdict string
	require.NoError(t, shell(t, dir).QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
	require.Equal(t, "ok", verdict)
}

// numbered is an ID that is easy to read in a failure.
func numbered(n int) (id store.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// batch is commit n, from 1, of a stream: one event and a record of it.
func batch(stream string, n int) store.Batch {
	b := store.Batch{Stream: stream, ID: numbered(n), Events: []store.Event{{Kind: fmt.Sprint("step ", n), Data: []byte(stream)}}}
	if n > 1 {
		b.Expect = numbered(n - 1)
	}
	b.Put = []store.Record{{
		Ref: store.Ref{Kind: "step", Group: stream, ID: fmt.Sprintf("%06d", n)}, New: true,
		Keys: []store.Key{{Name: "stream", Value: stream}}, Data: []byte(stream),
	}}
	return b
}

func apply(t testing.TB, s store.StateStore, batches ...store.Batch) {
	t.Helper()
	for i, err := range s.Commit(t.Context(), batches) {
		require.NoError(t, err, "batch %d", i)
	}
}

// requireSteps checks that a stream has its first n commits, at least, and everything of them and of those behind; it answers how many.
func requireSteps(t testing.TB, s store.StateStore, stream string, n int) int {
	t.Helper()
	got, err := s.Load(t.Context(), stream)
	require.NoError(t, err)
	if len(got) == 0 {
		require.Zero(t, n, "stream %s is gone", stream)
		return 0
	}
	version := int(got[0].Version)
	require.GreaterOrEqual(t, version, n, "stream %s", stream)
	require.Equal(t, numbered(version), got[0].Token)
	require.Len(t, got[0].Events, version)
	for i, e := range got[0].Events {
		require.Equal(t, store.Event{Kind: fmt.Sprint("step ", i+1), Data: []byte(stream)}, e)
	}
	for _, q := range []store.Query{
		{Kind: "step", Group: stream, Limit: store.MaxPage}, {Kind: "step", Key: &store.Key{Name: "stream", Value: stream}, Limit: store.MaxPage},
	} {
		records := 0
		for more := true; more; more = q.Cursor != "" {
			page, err := s.List(t.Context(), q)
			require.NoError(t, err)
			records += len(page.Records)
			q.Cursor = page.Next
		}
		require.Equal(t, version, records, "records of %s", stream)
	}
	return version
}

func TestState(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(t testing.TB, clock *storetest.Clock) store.StateStore {
		return open(t, t.TempDir(), &sqlite.Options{Now: clock.Now})
	})
}

// Through the wrapper that fails on plan, with the only fault that is none to the caller.
func TestStateOfferedTwice(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(t testing.TB, clock *storetest.Clock) store.StateStore {
		return &storetest.Faulty{
			Store: open(t, t.TempDir(), &sqlite.Options{Now: clock.Now}),
			Plan:  func(string, int) storetest.Fault { return storetest.Duplicate },
		}
	})
}

// Two handles on one directory cannot be: it is kept for one store. What is shared is the store itself, by all that run in the process.
func TestStateShared(t *testing.T) {
	t.Parallel()
	storetest.TestShared(t, func(t testing.TB, clock *storetest.Clock) (a, b store.StateStore) {
		s := open(t, t.TempDir(), &sqlite.Options{Now: clock.Now})
		return s, s
	})
}
