package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// native.yaml fetches a text, prints it, and asks.
func released(t *testing.T) (dir, data string) {
	dir = inputs(t)
	data = filepath.Join(dir, "data")
	require.NoError(t, os.MkdirAll(filepath.Join(data, "s3", "in-bucket"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(data, "s3", "in-bucket", "app.txt"), []byte("hello\n"), 0o644))
	return dir, data
}

// told is progress without what differs from run to run.
func told(out string) string {
	out = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  `).ReplaceAllString(out, "")
	return regexp.MustCompile(`execution [0-9a-f-]{36}`).ReplaceAllString(out, "execution ID")
}

func TestRunToTheEnd(t *testing.T) {
	const begun = "shop: execution ID\n" +
		"entered     Source\n" +
		"Succeeded   Source/Fetch              Amazon S3 version id: 5891b5b522d5df086d0ff0b110fbd9d2\n" +
		"entered     Build\n"
	for _, test := range []struct {
		name     string
		args     []string
		out      string
		messages string
		status   int
	}{
		{
			name: "approved", args: []string{"--approve", "native.yaml"},
			out: begun + "Succeeded   Build/Make\nentered     Ask\nSucceeded   Ask/Sure                  approved by --approve\nSucceeded   shop\n",
		},
		{
			name: "nobody to ask", args: []string{"native.yaml"}, status: found,
			out: begun + "Succeeded   Build/Make\nentered     Ask\n" +
				"Failed      Ask/Sure                  rejected by ana: there is no terminal to ask at\n" +
				"Failed      shop                      Ask/Sure: rejected by ana: there is no terminal to ask at\n",
			messages: "penstock: Ask/Sure asks for approval, and there is no terminal to ask at: it is rejected; see --approve\n",
		},
		{
			name: "a command that fails", args: []string{"--approve", "-variable", "Target=nowhere", "native.yaml"}, status: found,
			out: begun + "Failed      Build/Make                command 2 of 2, test nowhere != nowhere: exit status 1; the output ends with:\n  | $ cat app.txt\n  | hello\n  | $ test nowhere != nowhere\n" +
				"Failed      shop                      Build/Make: command 2 of 2, test nowhere != nowhere: exit status 1; the output ends with:\n",
		},
		{name: "an unknown variable", args: []string{"-variable", "Nope=1", "native.yaml"}, status: found, messages: "Nope"},
		{name: "a definition that is wrong", args: []string{"wrong.json"}, status: broken, messages: "nothing was started"},
		{name: "types that nobody runs", args: []string{"release.json"}, status: broken, messages: "release.json: Build/Unit is a Test/Custom/GoTest/1, which penstock run does not run: it would wait for good\n"},
		{name: "two files", args: []string{"native.yaml", "native.yaml"}, status: broken, messages: "it takes one FILE at a time"},
		{name: "no file", args: []string{"none.json"}, status: broken, messages: "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, data := released(t)
			var out, messages bytes.Buffer
			cmd := exec.CommandContext(t.Context(), program, append([]string{"run", "--data", data}, test.args...)...)
			cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &out, &messages, append(os.Environ(), "USER=ana")
			if err := cmd.Run(); test.status == 0 {
				require.NoError(t, err, "%s", messages.String())
			}
			require.Equal(t, test.status, cmd.ProcessState.ExitCode(), "%s%s", out.String(), messages.String())
			require.Equal(t, test.out, told(out.String()))
			require.Contains(t, messages.String(), test.messages)
		})
	}
}

func TestRunLeavesNothingWithoutData(t *testing.T) {
	dir, _ := released(t)
	cmd := exec.CommandContext(t.Context(), program, "run", "native.yaml")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err := cmd.Output()
	require.Error(t, err)
	require.Contains(t, string(out), "Failed      Source/Fetch              there is no object in-bucket/app.txt")
	left, err := os.ReadDir(strings.TrimPrefix(cmd.Env[len(cmd.Env)-1], "TMPDIR="))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestRunEndsWhatRunsWhenItIsInterrupted(t *testing.T) {
	dir, data := released(t)
	slow := strings.Replace(read(t, "testdata/native.yaml"), "cat app.txt", "sleep 600", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "slow.yaml"), []byte(slow), 0o644))
	out := &said{}
	cmd := exec.Command(program, "run", "--data", data, "slow.yaml")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	require.NoError(t, cmd.Start())
	(&served{t: t, said: out}).says("entered     Build")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Error(t, cmd.Wait())
	require.Equal(t, found, cmd.ProcessState.ExitCode(), "%s", out)
	require.Contains(t, out.String(), "Stopped     shop                      interrupted")
}

func TestApprovers(t *testing.T) {
	for _, test := range []struct {
		name, in string
		yes      bool
	}{
		{"yes", "yes\n", true}, {"y", "Y\r\n", true}, {"no", "n\n", false}, {"nothing", "\n", false}, {"the end", "", false}, {"anything else", "sure\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked bytes.Buffer
			yes, _, ok := approver{in: strings.NewReader(test.in), asks: true, messages: &asked}.decide(t.Context(), "Ask/Sure", "look\nat it")
			require.True(t, ok)
			require.Equal(t, test.yes, yes)
			require.Equal(t, "Approve Ask/Sure: look at it [y/N] ", asked.String())
		})
	}
}
