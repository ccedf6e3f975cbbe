package deploy_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/actions/deploy"
)

func TestGoesOnFromADeploymentThatWasKilledInItsCheck(t *testing.T) {
	b := newBench(t, &deploy.Deployer{})
	base := filepath.Dir(b.to)
	dir, pidFile := filepath.Join(base, "versions", "0"), filepath.Join(base, "pid")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := "#!/bin/sh\nsetsid sh -c 'echo $$ >" + pidFile + ".new; mv " + pidFile + ".new " + pidFile + "; exec sleep 300' &\nwait\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "check.sh"), []byte(script), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "version"), []byte("unknown"), 0o644))
	require.Equal(t, "Succeeded", string(b.deploy("shop", version(t, "one", 0), deploy.Directory{}).Status))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+b.to)
	require.NoError(t, cmd.Start())
	var pid string
	require.Eventually(t, func() bool {
		data, err := os.ReadFile(pidFile)
		pid = strings.TrimSpace(string(data))
		return err == nil && pid != ""
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	alive := func() bool {
		stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
		if errors.Is(err, fs.ErrNotExist) {
			return false
		}
		return !bytes.Contains(stat, []byte(") Z "))
	}
	require.True(t, alive(), "it left its session and its parent")
	require.Equal(t, "unknown", b.current())
	failed := b.deploy("shop", version(t, "bad", 1), deploy.Directory{Check: []string{"./check.sh"}})
	require.Equal(t, "Failed", string(failed.Status))
	require.False(t, alive())
	require.Equal(t, "one", b.current(), "what was not found to be well is not gone back to")
}
