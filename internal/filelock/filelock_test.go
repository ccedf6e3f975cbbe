//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filelock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/filelock"
)

// What a child process of these tests is told by its environment.
const (
	childRole = "PENSTOCK_FILELOCK_TEST_ROLE" // hold or count
	childFile = "PENSTOCK_FILELOCK_TEST_FILE"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		if err := child(role, os.Getenv(childFile)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// rounds is how often a child counts.
const rounds = 100

// child holds a lock until its input ends, or counts in a file under the lock.
func child(role, file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	switch role {
	case "hold":
		if err := errors.Join(filelock.Lock(ctx, f, filelock.Exclusive), filelock.Sign(f, "the child")); err != nil {
			return err
		}
		fmt.Println("held")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "wait for ever": // without a context that could end, it waits in the kernel
		ctx = context.Background()
	}
	for range rounds {
		if err := count(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// count adds one to the number that a file holds: two at once would lose one.
func count(ctx context.Context, f *os.File) error {
	if err := filelock.Lock(ctx, f, filelock.Exclusive); err != nil {
		return err
	}
	text := make([]byte, 20)
	n, err := f.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "%10d", number+1), 0)
	return errors.Join(err, filelock.Unlock(f))
}

func command(role, file string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childFile+"="+file)
	cmd.Stderr = os.Stderr
	return cmd
}

// newFile is a file to be locked.
func newFile(t *testing.T, content string) string {
	file := filepath.Join(t.TempDir(), "lock")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func open(t *testing.T, file string) *os.File {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// hold starts a process that has the lock when hold returns, until the function that it answers ends it.
func hold(t *testing.T, file string) (end func(kill bool)) {
	cmd := command("hold", file)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held\n", line)
	return func(kill bool) {
		if kill {
			require.NoError(t, cmd.Process.Kill())
			require.Error(t, cmd.Wait())
			return
		}
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	}
}

func TestProcessesExcludeEachOther(t *testing.T) {
	file := newFile(t, "0")
	var all []*exec.Cmd
	for _, role := range []string{"count", "count", "wait for ever", "wait for ever"} {
		cmd := command(role, file)
		require.NoError(t, cmd.Start())
		all = append(all, cmd)
	}
	for _, cmd := range all {
		require.NoError(t, cmd.Wait())
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(len(all)*rounds), strings.TrimSpace(string(text)))
}

func TestALockEndsWithItsProcess(t *testing.T) {
	for name, kill := range map[string]bool{"killed": true, "by itself": false} {
		t.Run(name, func(t *testing.T) {
			file := newFile(t, "")
			end := hold(t, file)
			f := open(t, file)
			got, err := filelock.TryLock(f, filelock.Exclusive)
			require.NoError(t, err)
			require.False(t, got)
			host, err := os.Hostname()
			require.NoError(t, err)
			require.Regexp(t, `^the child \(process \d+ on `+host+`\)$`, filelock.HolderOf(f).String())

			locked := make(chan error, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { locked <- filelock.Lock(ctx, f, filelock.Exclusive) }()
			require.Empty(t, locked)
			end(kill)
			require.NoError(t, <-locked)
			require.NoError(t, filelock.Sign(f, "me"))
			require.Equal(t, os.Getpid(), filelock.HolderOf(f).PID, "a shorter name leaves nothing of a longer one")
		})
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	file := newFile(t, "")
	end := hold(t, file)
	defer end(false)
	f := open(t, file)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	waited := make(chan error, 1)
	go func() { waited <- filelock.Lock(ctx, f, filelock.Shared) }()
	cancel(cause)
	require.ErrorIs(t, <-waited, cause)

	free := open(t, newFile(t, ""))
	require.ErrorIs(t, filelock.Lock(ctx, free, filelock.Exclusive), cause, "an ended context gets no lock, also where it is free")
	got, err := filelock.TryLock(open(t, free.Name()), filelock.Exclusive)
	require.NoError(t, err)
	require.True(t, got)
}

func TestModes(t *testing.T) {
	file := newFile(t, "")
	try := func(f *os.File, m filelock.Mode) bool {
		got, err := filelock.TryLock(f, m)
		require.NoError(t, err)
		return got
	}
	a, b := open(t, file), open(t, file)
	require.True(t, try(a, filelock.Shared))
	require.True(t, try(b, filelock.Shared))
	require.False(t, try(a, filelock.Exclusive), "b reads")
	require.NoError(t, filelock.Unlock(a))
	require.True(t, try(b, filelock.Exclusive), "a reader alone may become a writer")
	require.False(t, try(a, filelock.Shared))
	require.NoError(t, filelock.Lock(t.Context(), b, filelock.Shared))
	require.True(t, try(a, filelock.Shared), "a writer may become a reader")
	require.NoError(t, b.Close())
	require.True(t, try(a, filelock.Exclusive))
}

func TestAClosedFileIsAnError(t *testing.T) {
	f := open(t, newFile(t, ""))
	require.NoError(t, f.Close())
	require.ErrorIs(t, filelock.Lock(context.Background(), f, filelock.Exclusive), os.ErrClosed)
	_, err := filelock.TryLock(f, filelock.Exclusive)
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, filelock.Unlock(f), os.ErrClosed)
}

func TestWhoHasNotSignedIsNobodyInParticular(t *testing.T) {
	for _, content := range []string{"", "{", `{"who":"half`, `[1]`, "\x00", strings.Repeat(" ", 1<<20) + "{}"} {
		require.Equal(t, filelock.Holder{}, filelock.HolderOf(open(t, newFile(t, content))), "%.20q", content)
	}
	require.Equal(t, "somebody else", filelock.Holder{}.String())
}
