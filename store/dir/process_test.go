//go:build unix

package dir_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
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
	"github.com/penstock-dev/penstock/store/dir"
)

// What a child process of these tests is told by its environment.
const (
	childRole = "PENSTOCK_DIR_TEST_ROLE" // a key of child
	childPath = "PENSTOCK_DIR_TEST_PATH" // the store's directory
	childSeed = "PENSTOCK_DIR_TEST_SEED" // what it is to write, or its fence
)

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		os.Exit(child(role))
	}
	os.Exit(m.Run())
}

// child is what a process does that a test has started.
func child(role string) int {
	seed, err := strconv.Atoi(os.Getenv(childSeed))
	must(err)
	path := os.Getenv(childPath)
	map[string]func(string, int){"put": putForEver, "append": appendForEver, "full": putOnFullDisk}[role](path, seed)
	return 0
}

func start(t *testing.T, role, path string, seed int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childPath+"="+path, childSeed+"="+strconv.Itoa(seed))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// killAfter kills a process that says what it has done, in the middle of whatever it does after its nth line. It answers all lines.
func killAfter(t *testing.T, cmd *exec.Cmd, said *bufio.Scanner, n int) []string {
	t.Helper()
	var lines []string
	for said.Scan() {
		if lines = append(lines, said.Text()); len(lines) == n {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), "it was to be killed: %v", err)
	return lines
}

var childSizes = []int{0, 100, 5_000, 300_000, 1_000_000}

// putForEver says each digest once its Put has returned.
func putForEver(path string, seed int) {
	a, err := dir.OpenArtifacts(path, nil)
	must(err)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				blob, err := a.Put(context.Background(), bytes.NewReader(pattern(childSizes[(i+w)%len(childSizes)], seed<<20+w<<16+i)))
				must(err)
				fmt.Println(blob.Digest)
			}
		})
	}
	writers.Wait()
}

func TestKilledInTheMiddleOfPuts(t *testing.T) {
	t.Parallel()
	const kills = 25
	path := t.TempDir()
	read, leftBehind := map[string]bool{}, 0
	for kill := range kills {
		cmd, said := start(t, "put", path, kill)
		acknowledged := killAfter(t, cmd, said, 1+rand.IntN(12))
		leftBehind += len(names(t, filepath.Join(path, "tmp")))
		a := openArtifacts(t, path, nil)
		require.Empty(t, names(t, filepath.Join(path, "tmp")), "what was left behind is swept")
		requireWhole(t, a, read, acknowledged)
	}
	require.Positive(t, leftBehind, "no kill hit a Put")
}

// requireWhole reads all that is visible and was not read before, and finds all that must be there.
func requireWhole(t *testing.T, a *dir.Artifacts, before map[string]bool, digests []string) {
	t.Helper()
	seen := map[string]bool{}
	for after := ""; ; {
		page, err := a.List(t.Context(), after, 50)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, blob := range page {
			if seen[blob.Digest] = true; !before[blob.Digest] {
				content, err := read(a, blob.Digest)
				require.NoError(t, err)
				require.Len(t, content, int(blob.Size))
			}
		}
		after = page[len(page)-1].Digest
	}
	for _, digest := range digests {
		require.True(t, seen[digest], "%s was acknowledged and is gone", digest)
	}
	for digest := range before {
		require.True(t, seen[digest], "%s was there and is gone", digest)
	}
	maps.Copy(before, seen)
}

// appendForEver says the number of each line once it was appended.
func appendForEver(path string, fence int) {
	l, err := dir.OpenLogs(path, nil)
	must(err)
	for i := 0; ; i++ {
		must(l.Append(context.Background(), store.LogRef{ID: "x", Fence: uint64(fence)}, logLine(fence, i)))
		fmt.Println(i)
	}
}

func logLine(fence, i int) []byte {
	return fmt.Appendf(nil, "%d/%d %s\n", fence, i, pattern(i%7*1000, 1))
}

func TestKilledInTheMiddleOfAppends(t *testing.T) {
	t.Parallel()
	path, read := t.TempDir(), 0
	for fence := 1; fence <= 20; fence++ {
		cmd, said := start(t, "append", path, fence)
		lines := killAfter(t, cmd, said, 1+rand.IntN(100))
		l := openLogs(t, path, nil)
		text := readLog(t, l, int64(read))
		read += len(text)
		for i := range lines {
			line := logLine(fence, i)
			require.True(t, bytes.HasPrefix(text, line), "line %d of fence %d was acknowledged", i, fence)
			text = text[len(line):]
		}
		require.True(t, bytes.HasPrefix(logLine(fence, len(lines)), text), "behind what was acknowledged is at most the next line")
		err := l.Append(t.Context(), store.LogRef{ID: "x", Fence: uint64(fence - 1)}, []byte("late"))
		require.ErrorIs(t, err, store.ErrFenced, "the fence survives the process")
	}
}

// readLog answers all of a log from offset.
func readLog(t *testing.T, l *dir.Logs, offset int64) (text []byte) {
	t.Helper()
	for {
		p, _, err := l.Read(t.Context(), "x", 0, offset+int64(len(text)), store.MaxRead)
		require.NoError(t, err)
		if len(p) == 0 {
			return text
		}
		text = append(text, p...)
	}
}

// putOnFullDisk has a disk that takes files of 1 MiB at most, and then one that is as large as ever.
func putOnFullDisk(path string, _ int) {
	signal.Ignore(syscall.SIGXFSZ)
	var room syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room))
	full := room
	full.Cur = 1 << 20
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full))
	a, err := dir.OpenArtifacts(path, nil)
	must(err)
	l, err := dir.OpenLogs(path, nil)
	must(err)
	ctx, large, ref := context.Background(), pattern(3<<20, 1), store.LogRef{ID: "x"}
	say := func(what string, err error) { fmt.Println(what, errors.Is(err, store.ErrFull), err == nil) }
	half := func() {
		_, err = a.Put(ctx, bytes.NewReader(large))
		say("put", err)
		say("append", l.Append(ctx, ref, large[:900<<10]))
		say("append", l.Append(ctx, ref, large[900<<10:]))
		_, err = a.Put(ctx, strings.NewReader("small"))
		say("put small", err)
	}
	half()
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room))
	half()
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	cmd, said := start(t, "full", path, 0)
	var lines []string
	for said.Scan() {
		lines = append(lines, said.Text())
	}
	require.NoError(t, cmd.Wait())
	require.Equal(t, []string{
		"put true false", "append false true", "append true false", "put small false true",
		"put false true", "append false true", "append false true", "put small false true",
	}, lines)
	require.Empty(t, names(t, filepath.Join(path, "tmp")))
	requireWhole(t, openArtifacts(t, path, nil), map[string]bool{}, nil)
	large := pattern(3<<20, 1)
	text := readLog(t, openLogs(t, path, nil), 0)
	kept := 1<<20 - 100 // the file's first line aside
	require.True(t, bytes.Equal(large[:kept], text[:kept]), "what fitted is kept")
	require.True(t, bytes.HasSuffix(text, large), "it heals once there is room")
}
