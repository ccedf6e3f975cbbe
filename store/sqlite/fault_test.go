package sqlite_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	modernc "modernc.org/sqlite"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

var errInjected = errors.New("injected fault")

// faultyDriver fails statements on plan, and keeps account of all.
type faultyDriver struct {
	modernc.Driver
	onOpen func(driver.Conn) error // nil: nothing

	mu    sync.Mutex
	plan  func(text string) fault // nil: nothing fails
	asked []string                // the texts of all statements that were run
}

type fault int

const (
	pass     fault = iota
	failed         // it is not run
	unheard        // it is run, but that is not told
	tooOften = 200 // statements of a call that do not come to an end
)

func (d *faultyDriver) Open(name string) (driver.Conn, error) {
	conn, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	if d.onOpen != nil {
		if err := d.onOpen(conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return &faultyConn{conn, d}, nil
}

// arm puts a plan in force and forgets what was asked.
func (d *faultyDriver) arm(plan func(text string) fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plan, d.asked = plan, nil
}

func (d *faultyDriver) next(text string) fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, text)
	if d.plan == nil {
		return pass
	}
	return d.plan(text)
}

type faultyConn struct {
	driver.Conn
	driver *faultyDriver
}

func (c *faultyConn) Prepare(text string) (driver.Stmt, error) {
	s, err := c.Conn.Prepare(text)
	if err != nil {
		return nil, err
	}
	return &faultyStmt{s, text, c.driver}, nil
}

type faultyStmt struct {
	driver.Stmt
	text   string
	driver *faultyDriver
}

func (s *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	f := s.driver.next(s.text)
	if f == failed {
		return nil, errInjected
	}
	result, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if f == unheard {
		return nil, errInjected
	}
	return result, err
}

func (s *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if f := s.driver.next(s.text); f != pass {
		return nil, errInjected
	}
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

// eventful are batches that write every table, on what before made.
func eventful() (before, batches []store.Batch) {
	first := batch("a", 1)
	first.Snapshot, first.Owner = []byte("old"), "replica"
	first.Put = append(first.Put, store.Record{Ref: store.Ref{Kind: "k", ID: "replaced"}, Keys: []store.Key{{Name: "n", Value: "old"}}})
	first.Put = append(first.Put, store.Record{Ref: store.Ref{Kind: "k", ID: "deleted"}, Keys: []store.Key{{Name: "n", Value: "old"}}})
	second := batch("a", 2)
	second.Snapshot, second.Wake = []byte("new"), time.Unix(1<<33, 0)
	second.Put = append(second.Put, store.Record{Ref: store.Ref{Kind: "k", ID: "replaced"}, Keys: []store.Key{{Name: "n", Value: "new"}}})
	second.Delete = []store.Ref{{Kind: "k", ID: "deleted"}}
	refused := batch("b", 5)
	return []store.Batch{first}, []store.Batch{second, refused, batch("c", 1), batch("c", 2)}
}

// everything is what a store answers about what eventful made.
func everything(t *testing.T, s store.StateStore) string {
	t.Helper()
	streams, err := s.Load(t.Context(), "a", "b", "c")
	require.NoError(t, err)
	var out strings.Builder
	fmt.Fprintln(&out, streams)
	for _, q := range []store.Query{
		{Kind: "step", Group: "a"}, {Kind: "step", Group: "c"}, {Kind: "k"}, {Kind: "k", Key: &store.Key{Name: "n", Value: "old"}},
		{Kind: "k", Key: &store.Key{Name: "n", Value: "new"}},
	} {
		page, err := s.List(t.Context(), q)
		require.NoError(t, err)
		fmt.Fprintln(&out, page)
	}
	feed, err := s.Events(t.Context(), store.FeedQuery{})
	require.NoError(t, err)
	for _, e := range feed.Events {
		fmt.Fprintln(&out, e.Stream, e.Version, e.Event)
	}
	due, err := s.Due(t.Context(), 10)
	require.NoError(t, err)
	fmt.Fprintln(&out, due.Streams, len(due.Ended), due.Next)
	return out.String()
}

// Whichever statement of a commit fails, or is done but not answered, COMMIT among them: the answer is "unknown", all is there or nothing, and the same
// batches offered again have the answers that they would have had.
func TestEveryStatementFails(t *testing.T) {
	t.Parallel()
	before, batches := eventful()
	reference := open(t, t.TempDir(), nil)
	apply(t, reference, before...)
	old := everything(t, reference)
	want := reference.Commit(t.Context(), batches)
	done := everything(t, reference)
	require.NotEqual(t, old, done)

	for _, f := range []fault{failed, unheard} {
		for at := 0; ; at++ {
			d := &faultyDriver{}
			s := open(t, t.TempDir(), &sqlite.Options{Driver: d})
			apply(t, s, before...)
			n := -1
			var hit string
			d.arm(func(text string) fault {
				if n++; n == at {
					hit = text
					return f
				}
				return pass
			})
			errs := s.Commit(t.Context(), batches)
			d.arm(nil)
			if hit == "" {
				require.Greater(t, at, 12, "statements of a commit")
				require.Equal(t, want, errs)
				break
			}
			for _, err := range errs {
				require.ErrorIs(t, err, errInjected, hit)
				require.False(t, store.Refused(err), hit)
			}
			got := everything(t, s)
			if f == unheard && hit == "COMMIT" {
				require.Equal(t, done, got, hit)
			} else {
				require.Equal(t, old, got, hit)
			}
			require.Equal(t, want, s.Commit(t.Context(), batches), hit)
			require.Equal(t, done, everything(t, s), hit)
			require.Less(t, at, tooOften)
			require.NoError(t, s.Close())
		}
	}
}

// A lease that was given, but not answered, is held: who takes again under the same name is told so. Nothing else comes of failures.
func TestLeaseStatementsFail(t *testing.T) {
	t.Parallel()
	for at := 0; ; at++ {
		d := &faultyDriver{}
		s := open(t, t.TempDir(), &sqlite.Options{Driver: d})
		held, err := s.Lease(t.Context(), store.Lease{Name: "replica"}, time.Hour)
		require.NoError(t, err)
		n, hit := -1, false
		d.arm(func(string) fault {
			n++
			hit = hit || n == at
			if n == at {
				return failed
			}
			return pass
		})
		_, err = s.Lease(t.Context(), store.Lease{Name: "other"}, time.Hour)
		d.arm(nil)
		if !hit {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, errInjected)
		other, err := s.Lease(t.Context(), store.Lease{Name: "other"}, time.Hour)
		require.NoError(t, err)
		require.Greater(t, other.Fence, held.Fence)
		require.NotEqual(t, held.Lane, other.Lane)
		_, err = s.Lease(t.Context(), held, time.Hour)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	}
}

// A database that may not grow is a full disk: errors say so, nothing is half done, and once there is room all goes on by itself.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full := true
	d := &faultyDriver{}
	d.onOpen = func(conn driver.Conn) error {
		if !full {
			return nil
		}
		s, err := conn.Prepare("PRAGMA max_page_count = 40")
		if err != nil {
			return err
		}
		_, err = s.(driver.StmtExecContext).ExecContext(t.Context(), nil)
		return errors.Join(err, s.Close())
	}
	dir := t.TempDir()
	s := open(t, dir, &sqlite.Options{Driver: d})
	n := 0
	var err error
	for err == nil {
		n++
		b := batch("a", n)
		b.Put[0].Keys = append(b.Put[0].Keys, store.Key{Name: "long", Value: strings.Repeat("x", 500)})
		err = s.Commit(t.Context(), []store.Batch{b})[0]
		require.Less(t, n, 1000)
	}
	require.ErrorIs(t, err, store.ErrFull)
	require.ErrorContains(t, err, "free some room, and it goes on by itself")
	require.False(t, store.Refused(err))
	require.Equal(t, n-1, requireSteps(t, s, "a", n-1))
	_, err = s.Lease(t.Context(), store.Lease{Name: strings.Repeat("n", 500), Data: make([]byte, 100_000)}, time.Hour)
	require.ErrorIs(t, err, store.ErrFull)
	requireIntact(t, dir)

	full = false
	apply(t, s, batch("a", n), batch("a", n+1))
	require.Equal(t, n+1, requireSteps(t, s, "a", n+1))
	requireIntact(t, dir)
}

// The default syncs at every commit, and says so to the database.
func TestSynchronous(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]sqlite.Options{
		"PRAGMA synchronous = FULL":   {},
		"PRAGMA synchronous = NORMAL": {Synchronous: sqlite.NormalNotDurable},
	} {
		d := &faultyDriver{}
		o.Driver = d
		s := open(t, t.TempDir(), &o)
		apply(t, s, batch("a", 1))
		require.Contains(t, d.asked, want)
		for _, text := range d.asked {
			require.True(t, !strings.Contains(text, "synchronous") || text == want, text)
			require.Equal(t, strings.HasPrefix(text, "BEGIN"), strings.HasPrefix(text, "BEGIN IMMEDIATE"), text)
		}
	}
}
