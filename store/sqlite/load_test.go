package sqlite_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// Calls that come while another transaction is under way are done together in one, whatever each of them says.
func TestCallsAreCombined(t *testing.T) {
	t.Parallel()
	const callers = 20
	d := &faultyDriver{}
	s := open(t, t.TempDir(), &sqlite.Options{Driver: d})
	release := s.HoldTurn()
	d.arm(nil)
	var done sync.WaitGroup
	errs := make([]error, callers)
	for i := range callers {
		done.Go(func() {
			n := 1 + i%2 // the second commit of a stream that has none
			errs[i] = s.Commit(t.Context(), []store.Batch{batch(fmt.Sprint("stream ", i), n)})[0]
		})
	}
	require.Eventually(t, func() bool { return s.Waiting() == callers }, 10*time.Second, time.Millisecond)
	release()
	done.Wait()
	commits := 0
	for _, text := range d.asked {
		if text == "COMMIT" {
			commits++
		}
	}
	require.Equal(t, 1, commits)
	for i, err := range errs {
		require.Equal(t, i%2 == 1, err != nil, "%v", err)
		require.Equal(t, i%2 == 1, store.Refused(err))
	}
}

// Who gives up waiting is answered at once, and what was offered is not done later.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	release := s.HoldTurn()
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan error, 2)
	go func() { answers <- s.Commit(ctx, []store.Batch{batch("a", 1)})[0] }()
	go func() {
		_, err := s.Lease(ctx, store.Lease{Name: "replica"}, time.Hour)
		answers <- err
	}()
	require.Eventually(t, func() bool { return s.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	for range 2 {
		require.ErrorIs(t, <-answers, context.Canceled)
	}
	release()
	apply(t, s, batch("b", 1))
	require.Zero(t, requireSteps(t, s, "a", 0))
	due, err := s.Lease(t.Context(), store.Lease{Name: "replica"}, time.Hour)
	require.NoError(t, err)
	require.EqualValues(t, 1, due.Fence)
}

var writeFor = flag.Duration("write-for", 2*time.Second, "how long TestFiftyWriters writes")

// Fifty writers and a few readers for a while, and not one error.
func TestFiftyWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	s.CheckpointAfter(200)
	end := time.Now().Add(*writeFor)
	var all sync.WaitGroup
	errs := make(chan error, 100)
	committed := make([]int, 50)
	for i := range committed {
		all.Go(func() {
			stream := fmt.Sprint("stream ", i)
			for n := 1; time.Now().Before(end); n++ {
				b := batch(stream, n)
				b.Reads = []store.Read{{Stream: "line"}}
				if err := s.Commit(t.Context(), []store.Batch{b})[0]; err != nil {
					errs <- err
					return
				}
				committed[i] = n
			}
		})
	}
	for i := range 4 {
		all.Go(func() {
			for k := i; time.Now().Before(end); k++ {
				stream := fmt.Sprint("stream ", k%len(committed))
				_, first := s.Load(t.Context(), stream)
				_, second := s.List(t.Context(), store.Query{Kind: "step", Group: stream})
				_, third := s.Due(t.Context(), 10)
				_, fourth := s.Prune(t.Context(), time.Now(), 10)
				if err := errors.Join(first, second, third, fourth); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	for i, n := range committed {
		require.Equal(t, n, requireSteps(t, s, fmt.Sprint("stream ", i), n))
	}
	requireIntact(t, dir)
}

// Whatever a call reads is of one moment: streams and records that are always committed together are always read together.
func TestReadsAreOfOneMoment(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	apply(t, s, batch("a", 1), batch("b", 1))
	const commits = 1000 // bounded: a load takes the longer the more there is
	written := make(chan struct{})
	go func() {
		defer close(written)
		for n := 2; n <= commits; n++ {
			a, b := batch("a", n), batch("b", n)
			a.Put[0].ID, b.Put[0].ID, a.Put[0].New, b.Put[0].New = "same", "same", false, false
			a.Put[0].Data, b.Put[0].Data = a.ID[:], b.ID[:]
			if err := errors.Join(s.Commit(t.Context(), []store.Batch{a, b})...); err != nil {
				t.Errorf("commit %d: %v", n, err)
				return
			}
		}
	}()
	defer func() { <-written }()
	for !isClosed(written) {
		got, err := s.Load(t.Context(), "a", "b")
		require.NoError(t, err)
		require.Equal(t, got[0].Token, got[1].Token)
		records, err := s.Get(t.Context(), store.Ref{Kind: "step", Group: "a", ID: "same"}, store.Ref{Kind: "step", Group: "b", ID: "same"})
		require.NoError(t, err)
		if records[0] != nil || records[1] != nil {
			require.Equal(t, records[0].Data, records[1].Data)
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Contexts that end at any moment of any call spoil nothing: not the connection for who comes next, not what others read, not a commit.
func TestCancelStorm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(i)))
			stream := fmt.Sprint("stream ", i)
			for n := 1; n <= 50; {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(800))*time.Microsecond)
				err := s.Commit(ctx, []store.Batch{batch(stream, n)})[0]
				if err == nil {
					n++
				} else if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("commit: %v", err)
				}
				got, err := s.Load(ctx, stream)
				if err == nil && len(got) == 1 {
					for k, e := range got[0].Events {
						if e.Kind != fmt.Sprint("step ", k+1) || string(e.Data) != stream {
							t.Errorf("event %d of %s is %v", k+1, stream, e)
						}
					}
				} else if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("load: %v", err)
				}
				page, err := s.List(ctx, store.Query{Kind: "step", Group: stream, Ascending: true})
				for k, r := range page.Records {
					if r.ID != fmt.Sprintf("%06d", k+1) || string(r.Data) != stream {
						t.Errorf("record %d of %s is %v", k+1, stream, r)
					}
				}
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("list: %v", err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	for i := range 8 {
		requireSteps(t, s, fmt.Sprint("stream ", i), 50)
	}
	requireIntact(t, dir)
}

// Checkpoints all the time, beside writers and readers that never rest: nothing is damaged, and the WAL does not grow without end.
func TestCheckpointStorm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	s.CheckpointAfter(100)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				_, err := s.Load(ctx, "a", "b")
				if err != nil && ctx.Err() == nil {
					t.Errorf("load: %v", err)
				}
			}
		})
	}
	const commits = 500
	largest := int64(0)
	for n := 1; n <= commits; n++ {
		b := batch("a", n)
		b.Snapshot = []byte(strings.Repeat("s", 8000))
		apply(t, s, b)
		wal, err := os.Stat(filepath.Join(dir, "penstock.db-wal"))
		require.NoError(t, err)
		largest = max(largest, wal.Size())
	}
	stop()
	readers.Wait()
	require.Less(t, largest, int64(10<<20), "the WAL, of some 14 MB that were written, however busy the machine is")
	got, err := s.Load(t.Context(), "a")
	require.NoError(t, err)
	require.EqualValues(t, commits, got[0].Version)
	requireIntact(t, dir)
}

// What another program writes is noticed before the next commit.
func TestForeignWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	lease, err := s.Lease(t.Context(), store.Lease{Name: "replica"}, time.Hour)
	require.NoError(t, err)
	apply(t, s, batch("a", 1))
	other := shell(t, dir)
	for _, text := range []string{"DELETE FROM streams", "DELETE FROM segments", "DELETE FROM snapshots", "DELETE FROM records", "DELETE FROM keys", "DELETE FROM leases"} {
		_, err := other.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	again := batch("a", 1)
	again.Live = []store.Lease{lease}
	var conflict *store.Conflict
	require.ErrorAs(t, s.Commit(t.Context(), []store.Batch{again})[0], &conflict)
	require.Equal(t, store.ConditionLive, conflict.Condition)
	apply(t, s, batch("a", 1), batch("a", 2))
	requireSteps(t, s, "a", 2)
}

// A lock that another program holds is waited for, and then said.
func TestLockedByAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, &sqlite.Options{BusyTimeout: 10 * time.Millisecond})
	conn, err := shell(t, dir).Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	err = s.Commit(t.Context(), []store.Batch{batch("a", 1)})[0]
	require.ErrorContains(t, err, "another program has the database locked; end it, or set Options.BusyTimeout")
	require.False(t, store.Refused(err))
	_, err = conn.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	apply(t, s, batch("a", 1))
}
