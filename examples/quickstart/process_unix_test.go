//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRunLoggedKillsWhatACommandHasStarted: the child of a child holds a pipe, whose other end tells when nobody holds it any more.
func TestRunLoggedKillsWhatACommandHasStarted(t *testing.T) {
	watched, held, err := os.Pipe()
	require.NoError(t, err)
	defer watched.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "sh", "-c", "sleep 60 >/dev/null 2>&1 & echo started; wait")
	cmd.ExtraFiles = []*os.File{held}
	log := &cancelling{at: "started\n", cancel: cancel}
	require.ErrorContains(t, runLogged(cmd, log), "killed")
	require.NoError(t, held.Close())
	require.NoError(t, watched.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = watched.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}
