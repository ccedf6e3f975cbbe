package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// A backup that is made while others commit is the store as it was at one moment.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	apply(t, s, batch("a", 1), batch("b", 1))
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		for n := 2; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			second := batch("b", n)
			second.Reads = []store.Read{{Stream: "a", Token: numbered(n)}}
			if err := errors.Join(s.Commit(t.Context(), []store.Batch{batch("a", n), second})...); err != nil {
				t.Errorf("commit %d: %v", n, err)
				return
			}
		}
	})
	restored := t.TempDir()
	require.NoError(t, s.Backup(t.Context(), filepath.Join(restored, "penstock.db")))
	close(stop)
	writers.Wait()
	copied := open(t, restored, nil)
	n := requireSteps(t, copied, "a", 1)
	require.Equal(t, n, requireSteps(t, copied, "b", 1))
	apply(t, copied, batch("a", n+1))
	requireIntact(t, restored)
	files, err := os.ReadDir(restored)
	require.NoError(t, err)
	for _, f := range files {
		require.NotEqual(t, ".part", filepath.Ext(f.Name()))
	}
}

// A backup that fails leaves nothing behind, and what an earlier one left when it was killed is no obstacle.
func TestBackupFails(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	apply(t, s, batch("a", 1))
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.db")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	require.ErrorContains(t, s.Backup(t.Context(), file), "there is something already; choose another name")
	left, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "precious", string(left))

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Backup(ended, filepath.Join(dir, "other.db")), context.Canceled)
	require.Error(t, s.Backup(t.Context(), filepath.Join(dir, "no such folder", "copy.db")))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)

	require.NoError(t, os.Remove(file))
	require.NoError(t, os.WriteFile(file+".part", []byte("half a copy"), 0o600))
	require.NoError(t, s.Backup(t.Context(), file))
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Backup(t.Context(), filepath.Join(dir, "late.db")), store.ErrClosed)
}

// A copy that cannot be read whole is no backup.
func TestBackupIsVerified(t *testing.T) {
	t.Parallel()
	d := &faultyDriver{}
	s := open(t, t.TempDir(), &sqlite.Options{Driver: d})
	apply(t, s, batch("a", 1))
	d.arm(func(text string) fault {
		if text == "PRAGMA integrity_check(1)" {
			return failed
		}
		return pass
	})
	dir := t.TempDir()
	require.ErrorIs(t, s.Backup(t.Context(), filepath.Join(dir, "copy.db")), errInjected)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, files)
}
