package sqlite

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// heldByTheDead is a lock whose holder has ended, as children of a killed process leave it until their exec.
func heldByTheDead(t *testing.T) (dir string, l *lock) {
	t.Helper()
	dir = t.TempDir()
	l, err := acquire(t.Context(), dir)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	gone := osexec.CommandContext(t.Context(), self, "-test.run=^$")
	require.NoError(t, gone.Run())
	host, err := os.Hostname()
	require.NoError(t, err)
	signature := fmt.Sprintf("%d\n%s\n%s\n", gone.Process.Pid, time.Now().UTC().Format(time.RFC3339), host)
	require.NoError(t, os.WriteFile(filepath.Join(dir, lockName), []byte(signature), 0o600))
	return dir, l
}

func TestALockThatOutlastsItsHolderIsWaitedFor(t *testing.T) {
	dir, left := heldByTheDead(t)
	synctest.Test(t, func(t *testing.T) {
		go func() {
			time.Sleep(time.Second)
			_ = left.release()
		}()
		l, err := acquire(t.Context(), dir)
		require.NoError(t, err)
		require.NoError(t, l.release())
	})
}

func TestOnlyAWholeSignatureNamesTheHolder(t *testing.T) {
	whole := fmt.Sprintf("%d\n%s\n%s\n", os.Getpid(), "2026-11-24T05:56:19Z", "build-7")
	for n := range len(whole) {
		held := holder("data", []byte(whole[:n]))
		require.Equal(t, &LockedError{Dir: "data"}, held, "%q", whole[:n])
		require.True(t, held.passing())
	}
	since := time.Date(2026, 11, 24, 5, 56, 19, 0, time.UTC)
	require.Equal(t, &LockedError{Dir: "data", PID: os.Getpid(), Host: "build-7", Since: since}, holder("data", []byte(whole)))
}

func TestALockIsNotWaitedForForEver(t *testing.T) {
	dir, left := heldByTheDead(t)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := acquire(context.Background(), dir)
		var held *LockedError
		require.ErrorAs(t, err, &held)
		require.Equal(t, lingering, time.Since(began))
	})
	require.NoError(t, left.release())
}
