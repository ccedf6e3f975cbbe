//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pipe of its own stands for every device: a test must not be able to replace one that the machine needs.
func TestReplaceWritesToWhatIsNoRegularFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	open, err := os.OpenFile(pipe, os.O_RDWR, 0) // both ends, or opening one would wait for the other
	require.NoError(t, err)
	defer open.Close()

	require.NoError(t, replace(pipe, []byte("x")))
	require.Equal(t, fs.ModeNamedPipe, mode(t, pipe).Type(), "it is still the pipe")
	require.Equal(t, []string{"pipe"}, names(t, dir))
	got := make([]byte, 1)
	_, err = open.Read(got)
	require.NoError(t, err)
	require.Equal(t, "x", string(got))
}
