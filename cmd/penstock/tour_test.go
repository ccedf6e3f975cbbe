package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The tour of docs/cli.md goes as it says. It is walked only where the AWS CLI is installed.
func TestTheTour(t *testing.T) {
	if err := exec.Command("aws", "--version").Run(); err != nil {
		t.Log("the AWS CLI is not on this machine:", err)
		return
	}
	_, tour, ok := strings.Cut(read(t, "../../docs/cli.md"), "\n## A quick tour\n")
	require.True(t, ok)
	tour, _, _ = strings.Cut(tour, "\n## ")
	var blocks []string
	for _, part := range strings.Split(tour, "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	require.Len(t, blocks, 9)

	dir := t.TempDir()
	s := startServe(t, filepath.Join(dir, "data"), nil)
	lines := strings.Split(blocks[0], "\n")
	require.Equal(t, "penstock serve --data data &", lines[0])
	exports := strings.Replace(lines[1], "http://127.0.0.1:8080", s.url, 1)
	require.NotEqual(t, lines[1], exports)
	env := append(os.Environ(), "AWS_CONFIG_FILE="+filepath.Join(dir, "none"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "none"), "AWS_EC2_METADATA_DISABLED=true")
	ends := time.Now().Add(2 * time.Minute)
	for _, block := range blocks[1:] {
		for { // a reader waits a moment where this asks again
			cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", exports+"\n"+block)
			cmd.Dir, cmd.Env = dir, env
			out, err := cmd.CombinedOutput()
			if err == nil {
				break
			}
			require.True(t, time.Now().Before(ends), "%s\n%s\n%s", block, out, s.said)
		}
	}
	s.drain()
}
