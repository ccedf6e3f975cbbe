package dir_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
)

func appendTo(t testing.TB, l *dir.Logs, ref store.LogRef, text string) {
	t.Helper()
	require.NoError(t, l.Append(t.Context(), ref, []byte(text)))
}

func TestFenceSurvivesARestart(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	ref := store.LogRef{ID: "x", Run: 2, Fence: 1<<64 - 1}
	l := openLogs(t, path, nil)
	appendTo(t, l, ref, "one")
	require.NoError(t, l.Close())
	l = openLogs(t, path, nil)
	low := ref
	low.Fence--
	require.ErrorIs(t, l.Append(t.Context(), low, []byte("late")), store.ErrFenced)
	appendTo(t, l, ref, "two")
	got, size, err := l.Read(t.Context(), "x", 2, 0, 0)
	require.NoError(t, err)
	require.Equal(t, "onetwo", string(got))
	require.EqualValues(t, 6, size)
	file, err := os.ReadFile(filepath.Join(path, dir.LogName("x", 2)))
	require.NoError(t, err)
	require.Equal(t, "penstock log 1, fence 18446744073709551615, run 2 of \"x\"\nonetwo", string(file))
}

func TestLogLimit(t *testing.T) {
	t.Parallel()
	l := openLogs(t, t.TempDir(), &dir.LogOptions{Limit: 10})
	ref := store.LogRef{ID: "x", Fence: 1}
	appendTo(t, l, ref, "0123456")
	err := l.Append(t.Context(), ref, []byte("789abc"))
	require.ErrorIs(t, err, store.ErrFull)
	require.EqualError(t, err, `store: full: the log is at its limit of 10 bytes: "x" run 0`)
	require.ErrorIs(t, l.Append(t.Context(), ref, []byte("d")), store.ErrFull)
	appendTo(t, l, ref, "") // shows a fence
	ref.Fence = 0
	require.ErrorIs(t, l.Append(t.Context(), ref, []byte("d")), store.ErrFenced, "a stale writer is told that first")
	got, size, err := l.Read(t.Context(), "x", 0, 0, 0)
	require.NoError(t, err)
	require.Equal(t, "0123456789", string(got))
	require.EqualValues(t, 10, size)
}

// However many logs are written, few files are open; and a log that was closed meanwhile goes on.
func TestFewOpenFiles(t *testing.T) {
	t.Parallel()
	l := openLogs(t, t.TempDir(), &dir.LogOptions{Files: 3})
	for round := range 3 {
		var all sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			all.Go(func() {
				for range 5 {
					errs[i] = errors.Join(errs[i], l.Append(context.Background(), store.LogRef{ID: fmt.Sprint(i), Run: i % 2}, []byte("ab")))
				}
			})
		}
		all.Wait()
		require.NoError(t, errors.Join(errs...))
		require.LessOrEqual(t, l.OpenFiles(), 3)
		for i := range errs {
			got, _, err := l.Read(t.Context(), fmt.Sprint(i), i%2, 0, 0)
			require.NoError(t, err)
			require.Equal(t, strings.Repeat("ab", 5*(round+1)), string(got))
		}
	}
}

// Logs are synced by themselves, once an interval and not more often; with a negative interval never.
func TestSync(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := openLogs(t, path, &dir.LogOptions{Sync: time.Minute})
		for i := range 3 {
			appendTo(t, l, store.LogRef{ID: fmt.Sprint(i)}, "text")
			time.Sleep(20*time.Second - 1)
		}
		require.Equal(t, 3, l.Unsynced())
		time.Sleep(3)
		synctest.Wait()
		require.Zero(t, l.Unsynced())
		appendTo(t, l, store.LogRef{ID: "0"}, "more")
		_, err := l.Prune(t.Context(), time.Now().AddDate(100, 0, 0), 0)
		require.NoError(t, err)
		require.Equal(t, 1, l.Unsynced())
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Zero(t, l.Unsynced(), "what was pruned needs no sync")
		appendTo(t, l, store.LogRef{ID: "last"}, "text")
		require.NoError(t, l.Close())
		time.Sleep(time.Hour)
		never := openLogs(t, path, &dir.LogOptions{Sync: -1})
		appendTo(t, never, store.LogRef{ID: "0"}, "text")
		require.Zero(t, never.Unsynced())
	})
}

// What the system could not sync is told by Close.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	l, err := dir.OpenLogs(path, nil)
	require.NoError(t, err)
	appendTo(t, l, store.LogRef{ID: "x"}, "text")
	shard := filepath.Dir(filepath.Join(path, dir.LogName("x", 0)))
	require.NoError(t, os.RemoveAll(shard))
	require.ErrorContains(t, l.Close(), "store: sync logs in "+path)
	require.NoError(t, l.Close())
}

func TestPrune(t *testing.T) {
	t.Parallel()
	path, ctx := t.TempDir(), t.Context()
	l, other := openLogs(t, path, nil), openLogs(t, path, nil)
	now := time.Now()
	for i := range 20 {
		appendTo(t, l, store.LogRef{ID: fmt.Sprint(i), Fence: 9}, "old")
		if i < 10 {
			old := now.Add(-48 * time.Hour)
			require.NoError(t, os.Chtimes(filepath.Join(path, dir.LogName(fmt.Sprint(i), 0)), old, old))
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(path, "log", "README"), nil, 0o600))
	for _, want := range []int{4, 4, 2, 0} {
		n, err := other.Prune(ctx, now.Add(-24*time.Hour), 4)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	for i := range 20 {
		got, _, err := l.Read(ctx, fmt.Sprint(i), 0, 0, 0)
		require.NoError(t, err)
		require.Equal(t, map[bool]string{true: "", false: "old"}[i < 10], string(got))
	}
	appendTo(t, l, store.LogRef{ID: "0", Fence: 1}, "anew") // its file is open here still
	got, _, err := other.Read(ctx, "0", 0, 0, 0)
	require.NoError(t, err)
	require.Equal(t, "anew", string(got))
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = l.Prune(cancelled, now, 0)
	require.ErrorIs(t, err, context.Canceled)
}

// Prune waits for whoever is appending, and then looks again: what was appended to, or begun anew, meanwhile stays.
func TestPruneWaitsForAppend(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(t *testing.T, file *os.File, l *dir.Logs){
		"appended to": func(t *testing.T, file *os.File, _ *dir.Logs) {
			_, err := file.WriteString("new")
			require.NoError(t, err)
		},
		"begun anew": func(t *testing.T, file *os.File, l *dir.Logs) {
			require.NoError(t, os.Remove(file.Name()))
			appendTo(t, l, store.LogRef{ID: "x"}, "new")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			l, other := openLogs(t, path, nil), openLogs(t, path, nil)
			appendTo(t, openLogs(t, path, nil), store.LogRef{ID: "x"}, "old")
			old := time.Now().Add(-48 * time.Hour)
			file, err := os.OpenFile(filepath.Join(path, dir.LogName("x", 0)), os.O_RDWR|os.O_APPEND, 0)
			require.NoError(t, err)
			defer file.Close()
			require.NoError(t, dir.LockFile(file))
			require.NoError(t, os.Chtimes(file.Name(), old, old))
			done := make(chan error, 1)
			go func() {
				_, err := other.Prune(context.Background(), time.Now().Add(-24*time.Hour), 0)
				done <- err
			}()
			linger(t)
			meanwhile(t, file, l)
			require.NoError(t, file.Close())
			require.NoError(t, <-done)
			got, _, err := l.Read(t.Context(), "x", 0, 0, 0)
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(string(got), "new"), "%q is left", got)
		})
	}
}

// An Append waits for one that another process is at, and writes behind it.
func TestAppendWaitsForAppend(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	l := openLogs(t, path, nil)
	appendTo(t, l, store.LogRef{ID: "x"}, "first ")
	file, err := os.OpenFile(filepath.Join(path, dir.LogName("x", 0)), os.O_RDWR|os.O_APPEND, 0)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, dir.LockFile(file))
	done := make(chan error, 1)
	go func() { done <- l.Append(context.Background(), store.LogRef{ID: "x"}, []byte("third")) }()
	linger(t)
	_, err = file.WriteString("second ")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.NoError(t, <-done)
	got, _, err := l.Read(t.Context(), "x", 0, 0, 0)
	require.NoError(t, err)
	require.Equal(t, "first second third", string(got))
}

// Appends that run against Prune, and go with what it removes or come behind it, leave a log that goes on.
func TestAppendAgainstPrune(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	l, other := openLogs(t, path, nil), openLogs(t, path, nil)
	future := time.Now().AddDate(1, 0, 0)
	for i := range 100 {
		line := fmt.Sprintf("line %d\n", i)
		appendTo(t, l, store.LogRef{ID: "x"}, "before\n")
		var race sync.WaitGroup
		errs := make([]error, 2)
		race.Go(func() { errs[0] = l.Append(context.Background(), store.LogRef{ID: "x"}, []byte(line)) })
		race.Go(func() { _, errs[1] = other.Prune(context.Background(), future, 0) })
		race.Wait()
		require.NoError(t, errors.Join(errs...))
		appendTo(t, l, store.LogRef{ID: "x"}, "after\n")
		got, _, err := l.Read(t.Context(), "x", 0, 0, store.MaxRead)
		require.NoError(t, err)
		require.Contains(t, []string{line + "after\n", "after\n"}, string(got))
	}
}

// A file that does not begin like the log that it should be is left alone.
func TestCorruptLog(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(file string){
		"a byte of the beginning": func(file string) { flip(file, 3) },
		"a digit of the fence":    func(file string) { flipTo(file, 30, 'x') },
		"the log of another": func(file string) {
			must(os.Rename(filepath.Join(filepath.Dir(file), "..", "..", dir.LogName("y", 0)), file))
		},
		"zeros": func(file string) {
			change(file, func(f *os.File) error { _, err := f.WriteAt(make([]byte, 64), 0); return err })
		},
		"a directory":           func(file string) { must(os.Remove(file)); must(os.Mkdir(file, 0o700)) },
		"a link that leads out": func(file string) { must(os.Remove(file)); must(os.Symlink("/dev/null", file)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			l := openLogs(t, path, &dir.LogOptions{Sync: -1})
			appendTo(t, l, store.LogRef{ID: "x"}, "text")
			appendTo(t, l, store.LogRef{ID: "y"}, "text")
			spoil(filepath.Join(path, dir.LogName("x", 0)))
			l = openLogs(t, path, &dir.LogOptions{Sync: -1})
			require.ErrorContains(t, l.Append(t.Context(), store.LogRef{ID: "x"}, []byte("more")), `append to log of "x" run 0 in `+path)
			_, _, err := l.Read(t.Context(), "x", 0, 0, 0)
			require.ErrorIs(t, err, store.ErrCorrupt)
			require.ErrorContains(t, err, `store: content is corrupt: read log of "x" run 0 in `+path)
			_, err = l.Prune(t.Context(), time.Now().AddDate(1, 0, 0), 0)
			require.NoError(t, err)
		})
	}
}

func flipTo(name string, offset int64, b byte) {
	change(name, func(f *os.File) error { _, err := f.WriteAt([]byte{b}, offset); return err })
}

// Whoever begins a log may be killed before its first line is whole: the log is empty, and the next one begins it again.
func TestHalfBegun(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	l := openLogs(t, path, nil)
	appendTo(t, l, store.LogRef{ID: "x", Fence: 3}, "text")
	for cut := range int64(40) {
		change(filepath.Join(path, dir.LogName("x", 0)), func(f *os.File) error { return f.Truncate(cut) })
		got, size, err := l.Read(t.Context(), "x", 0, 0, 0)
		require.NoError(t, err)
		require.Empty(t, got)
		require.Zero(t, size)
		appendTo(t, l, store.LogRef{ID: "x", Fence: 1}, "anew")
		got, _, err = l.Read(t.Context(), "x", 0, 0, 0)
		require.NoError(t, err)
		require.Equal(t, "anew", string(got))
	}
}

// IDs that would be paths stay names, and symbolic links in the way lead nowhere.
func TestHostileIDs(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	path := filepath.Join(above, "store")
	l := openLogs(t, path, &dir.LogOptions{Sync: -1})
	ids := []string{
		"..", ".", "/", "../../etc/passwd", "/etc/passwd", "a/../../b", "con", "nul.0", "x.0", "x", "X", "a\nb", "a\\..\\b", "%2e%2e", "~", "-rf", "*",
		strings.Repeat("n", store.MaxName), strings.Repeat("../", store.MaxName/3), "é", "e\u0301", "\u202e", `"`, "penstock log 1",
	}
	for _, id := range ids {
		appendTo(t, l, store.LogRef{ID: id}, id)
	}
	for _, id := range ids {
		got, _, err := l.Read(t.Context(), id, 0, 0, 0)
		require.NoError(t, err)
		require.Equal(t, id, string(got))
	}
	require.Equal(t, []string{"store"}, names(t, above))
	require.Equal(t, []string{"log"}, names(t, path))
	for _, id := range []string{"a\x00b", "\xff", strings.Repeat("n", store.MaxName+1), ""} {
		err := l.Append(t.Context(), store.LogRef{ID: id}, nil)
		var invalid *store.Invalid
		var large *store.TooLarge
		require.True(t, errors.As(err, &invalid) || errors.As(err, &large), "ID %.20q: %v", id, err)
	}

	outside := t.TempDir()
	shard := filepath.Dir(filepath.Join(path, dir.LogName("x", 0)))
	require.NoError(t, os.RemoveAll(shard))
	require.NoError(t, os.Symlink(outside, shard))
	l = openLogs(t, path, &dir.LogOptions{Sync: -1})
	require.Error(t, l.Append(t.Context(), store.LogRef{ID: "x"}, []byte("text")))
	_, _, err := l.Read(t.Context(), "x", 0, 0, 0)
	require.Error(t, err)
	require.Empty(t, names(t, outside))
}
