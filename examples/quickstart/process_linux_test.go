package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireNothingRuns looks for processes of a release: each has a directory below data in its environment.
func requireNothingRuns(t *testing.T, data string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	for _, file := range files {
		if env, err := os.ReadFile(file); err == nil && bytes.Contains(env, []byte(data)) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			require.Fail(t, "a process is left", "%s: %q", file, command)
		}
	}
}
