package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// children are the parts that child processes play, by name.
func children() map[string]func(ctx context.Context, args []string) error {
	return map[string]func(context.Context, []string) error{"write": childWrite, "hold": childHold, "fill": childFill}
}

// child starts this binary in a part and answers what it prints, line by line.
func child(t *testing.T, part string, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+part)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

const childStreams = 4

// childWrite commits to four streams at once until it is killed, and prints what was acknowledged: stream, number, and how large the WAL was.
func childWrite(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0], nil)
	if err != nil {
		return err
	}
	var writers sync.WaitGroup
	for i := range childStreams {
		stream := fmt.Sprint("stream-", i)
		head, err := s.Load(ctx, stream)
		if err != nil {
			return err
		}
		n := 1
		for _, st := range head {
			n = int(st.Version) + 1
		}
		writers.Go(func() {
			for ; ; n++ {
				if err := s.Commit(ctx, []store.Batch{batch(stream, n)})[0]; err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				wal, err := os.Stat(filepath.Join(args[0], "penstock.db-wal"))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(stream, n, wal.Size())
			}
		})
	}
	writers.Wait()
	return nil
}

// ack is a line of childWrite.
type ack struct {
	stream string
	n      int
	wal    int64
}

// killed runs childWrite until it has acknowledged some commits, kills it, and answers all that it has acknowledged.
func killed(t *testing.T, dir string, after int) (acks []ack) {
	t.Helper()
	cmd, lines := child(t, "write", dir)
	for lines.Scan() {
		var a ack
		_, err := fmt.Sscan(lines.Text(), &a.stream, &a.n, &a.wal)
		if err != nil {
			break // cut off by the kill
		}
		acks = append(acks, a)
		if len(acks) == after {
			require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
		}
	}
	require.Error(t, cmd.Wait())
	require.GreaterOrEqual(t, len(acks), after)
	return acks
}

// Whatever was acknowledged is there after kill -9 at any moment, and nothing is there by half.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(7, 7))
	acked := map[string]int{}
	for range 22 {
		for _, a := range killed(t, dir, 1+random.IntN(60)) {
			acked[a.stream] = max(acked[a.stream], a.n)
		}
		s, err := sqlite.Open(t.Context(), dir, nil)
		require.NoError(t, err)
		events := 0
		for stream, n := range acked {
			events += requireSteps(t, s, stream, n)
		}
		requireFeed(t, s, events)
		requireIntact(t, dir)
		require.NoError(t, s.Close())
	}
}

// requireFeed checks that the feed of all streams has so many events at least, and each stream's in order.
func requireFeed(t *testing.T, s store.StateStore, events int) {
	t.Helper()
	versions := map[string]uint64{}
	count := 0
	for q := (store.FeedQuery{Limit: store.MaxPage}); ; {
		feed, err := s.Events(t.Context(), q)
		require.NoError(t, err)
		for _, e := range feed.Events {
			versions[e.Stream]++
			require.Equal(t, versions[e.Stream], e.Version)
		}
		if len(feed.Events) == 0 {
			require.GreaterOrEqual(t, count, events)
			return
		}
		count += len(feed.Events)
		q.Cursor = feed.Next
	}
}

// Power loss takes what was not synced, which is at the end of the WAL: cut it off anywhere behind an acknowledgement, or leave garbage there, and
// all that was acknowledged until then is there.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	acks := killed(t, from, 60)
	database, err := os.ReadFile(filepath.Join(from, "penstock.db"))
	require.NoError(t, err)
	wal, err := os.ReadFile(filepath.Join(from, "penstock.db-wal"))
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		cut := acks[0].wal + random.Int64N(int64(len(wal))-acks[0].wal+1)
		tail := make([]byte, random.IntN(9000))
		for i := range tail {
			tail[i] = byte(random.Uint32())
		}
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "penstock.db"), database, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "penstock.db-wal"), append(wal[:cut:cut], tail...), 0o600))
		acked := map[string]int{}
		for _, a := range acks {
			if a.wal <= cut {
				acked[a.stream] = max(acked[a.stream], a.n)
			}
		}
		s, err := sqlite.Open(t.Context(), dir, nil)
		require.NoError(t, err)
		for stream, n := range acked {
			requireSteps(t, s, stream, n)
		}
		requireIntact(t, dir)
		require.NoError(t, s.Close())
	}
}

// childHold opens a directory, says so, and holds it until its input ends.
func childHold(ctx context.Context, args []string) error {
	s, err := sqlite.Open(ctx, args[0], nil)
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	if err != nil {
		return err
	}
	return s.Close()
}

func TestHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, dir)
	cmd.Env = append(os.Environ(), childEnv+"=hold")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.True(t, bufio.NewScanner(out).Scan())

	_, err = sqlite.Open(t.Context(), dir, nil)
	var held *sqlite.LockedError
	require.ErrorAs(t, err, &held)
	host, _ := os.Hostname()
	require.Equal(t, cmd.Process.Pid, held.PID)
	require.Equal(t, host, held.Host)
	require.False(t, held.Since.IsZero())
	require.ErrorContains(t, err, fmt.Sprintf("in use by pid %d on %s, since ", cmd.Process.Pid, host))
	require.ErrorContains(t, err, "stop that process, or choose another directory")

	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
	open(t, dir, nil)
}

// childFill commits until a file may not grow any more, then lets it grow, and offers what failed again, many times over.
func childFill(ctx context.Context, args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := sqlite.Open(ctx, args[0], nil)
	if err != nil {
		return err
	}
	for n, faults := 1, 0; faults < 30; n++ {
		wal, err := os.Stat(filepath.Join(args[0], "penstock.db-wal"))
		if err != nil {
			return err
		}
		if err := limitFiles(wal.Size() + int64(n*977)%20000); err != nil {
			return err
		}
		b := batch("stream", n)
		err = s.Commit(ctx, []store.Batch{b})[0]
		if store.Refused(err) {
			return fmt.Errorf("commit %d with a file that may not grow: %w", n, err)
		}
		if err := limitFiles(1 << 40); err != nil {
			return err
		}
		if err != nil {
			faults++
			if err := s.Commit(ctx, []store.Batch{b})[0]; err != nil {
				return fmt.Errorf("commit %d once the file may grow again: %w", n, err)
			}
		}
		fmt.Println(n)
	}
	return s.Close()
}

func limitFiles(size int64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(size), Max: uint64(1 << 40)})
}

// Writes of the WAL that fail at any byte leave nothing behind, and the store goes on once they succeed.
func TestWritesThatFail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, lines := child(t, "fill", dir)
	last := 0
	for lines.Scan() {
		n, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		require.NoError(t, err)
		last = n
	}
	require.NoError(t, cmd.Wait())
	require.Greater(t, last, 29)
	require.Equal(t, last, requireSteps(t, open(t, dir, nil), "stream", last))
	requireIntact(t, dir)
}
