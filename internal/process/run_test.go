//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sh(script string) Command {
	return Command{Argv: []string{"sh", "-c", script}, Env: []string{"PATH=" + os.Getenv("PATH")}}
}

func TestRunAnswersHowTheProgramEnded(t *testing.T) {
	for _, test := range []struct {
		name, script string
		code         int
		signal       os.Signal
		err          string
	}{
		{"well", "exit 0", 0, nil, ""},
		{"badly", "exit 3", 3, nil, "exit status 3"},
		{"by a signal", "kill -KILL $$", -1, syscall.SIGKILL, "ended by a signal: killed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := Run(t.Context(), sh(test.script))
			require.Equal(t, test.code, result.ExitCode)
			require.Equal(t, test.signal, result.Signal)
			require.Positive(t, result.Duration)
			require.Zero(t, result.Left)
			if test.err == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, test.err)
			var exit *ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, result, exit.Result)
		})
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	require.NoError(t, os.WriteFile(plain, []byte("text"), 0o644))
	broken := filepath.Join(dir, "broken")
	require.NoError(t, os.WriteFile(broken, []byte("#!/nowhere/sh\n"), 0o755))
	env := []string{"PATH=" + os.Getenv("PATH")}
	t.Chdir(dir)
	for _, test := range []struct {
		name    string
		command Command
		is      error
		says    string
	}{
		{"nothing", Command{}, nil, "Argv names no program"},
		{"an empty program", Command{Argv: []string{""}}, nil, "Argv names no program"},
		{"an unknown program", Command{Argv: []string{"no-such-program"}, Env: env}, ErrNoProgram, "no-such-program: there is no such program"},
		{"a program outside of its PATH", Command{Argv: []string{"sh"}, Env: []string{"PATH=" + dir}}, ErrNoProgram, "not in the PATH"},
		{"a relative PATH", Command{Argv: []string{"broken"}, Dir: dir, Env: []string{"PATH=.:"}}, ErrNoProgram, "not in the PATH"},
		{"an unknown file", Command{Argv: []string{dir + "/none"}}, ErrNoProgram, "no such file"},
		{"no program", Command{Argv: []string{plain}}, ErrNoProgram, "permission denied"},
		{"a script without its interpreter", Command{Argv: []string{broken}}, ErrNoProgram, "no such file"},
		{"a directory that is not there", Command{Argv: []string{"sh"}, Env: env, Dir: dir + "/none"}, fs.ErrNotExist, "working directory"},
		{"a file as a directory", Command{Argv: []string{"sh"}, Env: env, Dir: plain}, nil, "is no directory"},
		{"a zero byte", Command{Argv: []string{"sh", "a\x00b"}, Env: env}, nil, "zero byte"},
		{"no variable", Command{Argv: []string{"sh"}, Env: []string{"secret"}}, nil, "not NAME=VALUE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.command.Stdout = io.Discard
			result, err := Run(t.Context(), test.command)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, -1, result.ExitCode)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
		})
	}
}

func TestRunStartsNothingUnderAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("stopped")
	cancel(why)
	file := filepath.Join(t.TempDir(), "file")
	_, err := Run(ctx, sh(": >"+file))
	require.ErrorIs(t, err, why)
	require.NoFileExists(t, file)
}

func TestTheEnvironmentIsWhatWasGiven(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_STRAY", "1")
	var out bytes.Buffer
	c := sh("env")
	c.Env = append(c.Env, "A=1", "A=2", CookieVariable+"=forged")
	c.Stdout = &out
	var record Record
	c.Record = func(r Record) error { record = r; return nil }
	_, err := Run(t.Context(), c)
	require.NoError(t, err)
	require.Contains(t, out.String(), "A=2\n")
	require.Contains(t, out.String(), CookieVariable+"="+record.Cookie+"\n")
	require.NotContains(t, out.String(), "STRAY")
}

func TestCookiesOfNestedRunsAreAChain(t *testing.T) {
	t.Setenv(CookieVariable, "outer")
	var out bytes.Buffer
	c := sh("echo $" + CookieVariable)
	c.Stdout = &out
	var record Record
	c.Record = func(r Record) error { record = r; return nil }
	_, err := Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "outer."+record.Cookie+"\n", out.String())
	require.True(t, record.holds("outer."+record.Cookie+".inner"))
	require.False(t, record.holds("outer"))

	_, err = EndLeftovers(t.Context(), Record{Cookie: "outer", Boot: record.Boot}, -1)
	require.ErrorContains(t, err, "belongs to the tree")
}

func TestARelativeProgramIsBelowDir(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Symlink("/bin/sh", filepath.Join(dir, "shell")))
	var out bytes.Buffer
	_, err := Run(t.Context(), Command{Argv: []string{"./shell", "-c", "pwd"}, Dir: dir, Stdout: &out})
	require.NoError(t, err)
	require.Equal(t, dir+"\n", out.String())
}

func TestOutput(t *testing.T) {
	var out, errs bytes.Buffer
	c := sh("echo one; echo two >&2; echo three")
	c.Stdout, c.Stderr = &out, &errs
	result, err := Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "one\nthree\n", out.String())
	require.Equal(t, "two\n", errs.String())
	require.EqualValues(t, 14, result.Output)

	out.Reset()
	c.Stdout, c.Stderr = &out, &out
	_, err = Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "one\ntwo\nthree\n", out.String())
}

func TestStandardInputIsEmpty(t *testing.T) {
	result, err := Run(t.Context(), sh("read line"))
	require.EqualError(t, err, "exit status 1")
	require.Equal(t, 1, result.ExitCode)
}

func TestOutputBeyondTheLimitIsDropped(t *testing.T) {
	for _, test := range []struct {
		limit, output, dropped int64
	}{
		{0, 10, 0}, {4, 4, 6}, {10, 10, 0}, {-1, 10, 0},
	} {
		var out bytes.Buffer
		c := sh("printf 12345; printf 67890 >&2")
		c.Stdout, c.Stderr, c.OutputLimit = &out, &out, test.limit
		result, err := Run(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, "1234567890"[:test.output], out.String())
		require.Equal(t, test.output, result.Output)
		require.Equal(t, test.dropped, result.Dropped)
	}
}

func TestAGigabyteTakesNoMemory(t *testing.T) {
	const size = 1 << 30
	c := sh("head -c 1073741824 /dev/zero")
	c.Stdout = io.Discard
	c.OutputLimit = 1 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	result, err := Run(t.Context(), c)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.EqualValues(t, size, result.Output+result.Dropped)
	require.EqualValues(t, 1<<20, result.Output)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("the log is closed") }

func TestAWriterThatFailsDoesNotStopTheProgram(t *testing.T) {
	c := sh("head -c 1000000 /dev/zero; exit 3")
	c.Stdout = failingWriter{}
	result, err := Run(t.Context(), c)
	require.ErrorContains(t, err, "the log is closed")
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 3, result.ExitCode)
}

// hangingWriter writes when it is let go.
type hangingWriter struct {
	entered chan struct{}
	once    sync.Once
	letGo   chan struct{}
	writes  int
}

func (w *hangingWriter) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.entered) })
	<-w.letGo
	w.writes++
	return len(p), nil
}

func TestAWriterThatHangsDelaysNobody(t *testing.T) {
	w := &hangingWriter{entered: make(chan struct{}), letGo: make(chan struct{})}
	c := sh("while :; do echo x; done")
	c.Stdout, c.Grace, c.WaitDelay = w, -1, 100*time.Millisecond
	cancel, ended := inBackground(t, c)
	<-w.entered
	cancel(errors.New("stopped"))
	require.ErrorContains(t, <-ended, "stopped")
	close(w.letGo)
}

func TestRecordComesFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	c := sh(": >" + file)
	c.Record = func(Record) error { return errors.New("the disk is full") }
	_, err := Run(t.Context(), c)
	require.ErrorContains(t, err, "the record could not be kept: the disk is full")
	require.NoFileExists(t, file)
}

func TestAProgramThatCannotBeRecordedIsEnded(t *testing.T) {
	c := sh("sleep 600")
	c.Record = func(r Record) error {
		if r.PID != 0 {
			return errors.New("the disk is full")
		}
		return nil
	}
	begun := time.Now()
	_, err := Run(t.Context(), c)
	require.ErrorContains(t, err, "the disk is full")
	require.Less(t, time.Since(begun), time.Minute)
}

func TestErrorsNameThisPackageOnce(t *testing.T) {
	_, err := Run(t.Context(), Command{})
	require.Equal(t, 1, strings.Count(err.Error(), "process:"), err.Error())
}
