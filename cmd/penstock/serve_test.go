package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// served is a penstock serve that runs.
type served struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	out  *bufio.Reader
	said *said
	exit chan error
}

// said is standard error, while it grows.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// startServe runs the command until it is ready.
func startServe(t *testing.T, data string, env []string, args ...string) *served {
	t.Helper()
	s := &served{t: t, said: &said{}, exit: make(chan error, 1)}
	s.cmd = exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, args...)...)
	s.cmd.Env, s.cmd.Stderr = append(os.Environ(), env...), s.said
	pipe, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	s.out = bufio.NewReader(pipe)
	line, err := s.out.ReadString('\n')
	require.NoError(t, err, "%s", s.said)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "penstock serves ")
	require.True(t, ok, line)
	s.url = url
	return s
}

// end waits for the exit status, and answers what else was on standard output.
func (s *served) end() (rest string, status int) {
	s.t.Helper()
	data, err := io.ReadAll(s.out)
	require.NoError(s.t, err)
	_ = s.cmd.Wait() // the status says it
	return string(data), s.cmd.ProcessState.ExitCode()
}

// drain ends it well.
func (s *served) drain() {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	rest, status := s.end()
	require.Zero(s.t, status, "%s", s.said)
	require.Empty(s.t, rest, "one line is all that is on standard output")
}

// call is an operation, as any client sends it.
func (s *served) call(operation string, in any) map[string]any {
	s.t.Helper()
	status, out := s.try(operation, in)
	require.Equal(s.t, http.StatusOK, status, "%v", out)
	return out
}

func (s *served) try(operation string, in any) (int, map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(s.t, err)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url, bytes.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	var out map[string]any
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&out))
	return response.StatusCode, out
}

// at is a member of a decoded answer, by names and indexes.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// await asks for the state until a member of it is there, and equal to what is wanted if that is not nil.
func (s *served) await(pipeline string, want any, path ...any) any {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		state := s.call("GetPipelineState", map[string]any{"name": pipeline})
		if found := at(state, path...); found != nil && (want == nil || found == want) {
			return found
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.Fail(s.t, "it does not come", "%v of %v\n%s", path, state, s.said)
		}
	}
}

// says waits until something is on standard error, which may lag behind answers.
func (s *served) says(text string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(s.said.String(), text) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.Contains(s.t, s.said.String(), text)
		}
	}
}

// definition is a pipeline of a source in buckets, and stages.
func definition(name string, stages ...any) map[string]any {
	source := stage("Source", action("Fetch", "Source/AWS/S3", map[string]any{
		"configuration": map[string]string{"S3Bucket": "in-bucket", "S3ObjectKey": name + ".zip"}, "outputArtifacts": []any{map[string]string{"name": "code"}},
	}))
	return map[string]any{"pipeline": map[string]any{
		"name": name, "roleArn": "arn:aws:iam::123456789012:role/release", "pipelineType": "V2", "executionMode": "QUEUED",
		"artifactStore": map[string]string{"type": "S3", "location": "artifacts"}, "stages": append([]any{source}, stages...),
	}}
}

func stage(name string, actions ...any) map[string]any {
	return map[string]any{"name": name, "actions": actions}
}

func action(name, of string, more map[string]any) map[string]any {
	parts := strings.Split(of, "/")
	out := map[string]any{"name": name, "actionTypeId": map[string]string{"category": parts[0], "owner": parts[1], "provider": parts[2], "version": "1"}}
	maps.Copy(out, more)
	return out
}

func approval() map[string]any { return action("SignOff", "Approval/AWS/Manual", nil) }

func buildOf(lines ...string) map[string]any {
	return action("Build", "Compute/AWS/Commands", map[string]any{
		"commands": lines, "inputArtifacts": []any{map[string]string{"name": "code"}}, "outputArtifacts": []any{map[string]any{"name": "built", "files": []string{"out/*"}}},
	})
}

// putObject puts a ZIP with one file into a bucket.
func putObject(t *testing.T, data, key, text string) {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	to, err := w.Create("text")
	require.NoError(t, err)
	_, err = io.WriteString(to, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	dir := filepath.Join(data, "s3", "in-bucket")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	beside := filepath.Join(t.TempDir(), "object")
	require.NoError(t, os.WriteFile(beside, out.Bytes(), 0o644))
	require.NoError(t, os.Rename(beside, filepath.Join(dir, key)))
}

func TestServeRunsWhatIsTheServicesOwn(t *testing.T) {
	data := t.TempDir()
	putObject(t, data, "shop.zip", "hello")
	s := startServe(t, data, nil)
	s.says("there are no credentials")
	s.call("CreatePipeline", definition("next", stage("Ask", approval())))
	s.call("CreatePipeline", definition("shop",
		stage("Build", buildOf("mkdir out", "tr a-z A-Z <text >out/text")), stage("Ask", approval()),
		stage("Ship",
			action("Put", "Deploy/AWS/S3", map[string]any{
				"configuration": map[string]string{"BucketName": "out-bucket", "Extract": "true", "ObjectKey": "site"}, "inputArtifacts": []any{map[string]string{"name": "built"}},
			}),
			action("Next", "Invoke/AWS/CodePipeline", map[string]any{"configuration": map[string]string{"PipelineName": "next"}, "runOrder": 2}),
		),
		stage("Elsewhere", action("Service", "Deploy/AWS/ECS", map[string]any{
			"configuration": map[string]string{"ClusterName": "c", "ServiceName": "s"}, "inputArtifacts": []any{map[string]string{"name": "built"}},
		})),
	))
	s.says("an action will wait: nobody here runs its type")
	token := s.await("shop", nil, "stageStates", 2, "actionStates", 0, "latestExecution", "token")
	s.drain()

	s = startServe(t, data, nil)
	s.call("PutApprovalResult", map[string]any{
		"pipelineName": "shop", "stageName": "Ask", "actionName": "SignOff", "token": token, "result": map[string]string{"summary": "fine", "status": "Approved"},
	})
	s.await("shop", "Waits: nobody here runs Deploy/AWS/ECS/1", "stageStates", 4, "actionStates", 0, "latestExecution", "summary")
	require.Equal(t, "HELLO", read(t, filepath.Join(data, "s3", "out-bucket", "site", "out", "text")))
	list := s.call("ListPipelineExecutions", map[string]any{"pipelineName": "next"})
	require.Len(t, list["pipelineExecutionSummaries"], 2, "its first one, and the one that was invoked")
	require.Equal(t, "StartPipelineExecution", at(list, "pipelineExecutionSummaries", 0, "trigger", "triggerType"))

	putObject(t, data, "next.zip", "there it is") // it was missing so far
	s.await("next", nil, "stageStates", 1, "actionStates", 0, "latestExecution", "token")
	list = s.call("ListPipelineExecutions", map[string]any{"pipelineName": "next"})
	require.Equal(t, "PollForSourceChanges", at(list, "pipelineExecutionSummaries", 0, "trigger", "triggerType"))
	s.drain()
}

func TestServeIsHealthy(t *testing.T) {
	s := startServe(t, t.TempDir(), nil)
	response, err := http.Get(s.url + "/healthz")
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "ok\n", string(text))
	s.drain()
}

func TestServeStopsAtTheSecondSignal(t *testing.T) {
	data := t.TempDir()
	putObject(t, data, "shop.zip", "hello")
	s := startServe(t, data, nil)
	s.call("CreatePipeline", definition("shop", stage("Build", buildOf("echo begun >&2; sleep 600"))))
	s.await("shop", "InProgress", "stageStates", 1, "actionStates", 0, "latestExecution", "status")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	s.says("draining") // two signals that come together may be one
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	_, status := s.end()
	require.Equal(t, broken, status)
	require.Contains(t, s.said.String(), "ended at once")
}

func TestServeTakesItsFlagsFromTheEnvironment(t *testing.T) {
	data := t.TempDir()
	s := startServe(t, data, []string{"PENSTOCK_ACCOUNT=111122223333", "PENSTOCK_REGION=eu-west-1", "PENSTOCK_LISTEN=256.0.0.1:1"})
	putObject(t, data, "shop.zip", "hello")
	s.call("CreatePipeline", definition("shop", stage("Ask", approval())))
	got := s.call("GetPipeline", map[string]any{"name": "shop"})
	require.Equal(t, "arn:aws:codepipeline:eu-west-1:111122223333:shop", at(got, "metadata", "pipelineArn"))
	s.drain()
}

func TestServeThatIsRefused(t *testing.T) {
	dir := t.TempDir()
	key := "ANAKEY " + strings.Repeat("s", 20) + " arn:aws:iam::123456789012:user/ana\n"
	file := func(name, text string, mode os.FileMode) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		require.NoError(t, os.Chmod(name, mode))
		return name
	}
	busy := filepath.Join(dir, "busy")
	holder := startServe(t, busy, nil)
	for _, test := range []struct {
		name string
		args []string
		env  []string
		says string
	}{
		{name: "no data", says: "say with --data where everything is kept"},
		{name: "arguments", args: []string{"--data", dir, "x"}, says: `it takes no arguments, and "x" is one`},
		{name: "an account", args: []string{"--data", dir, "--account", "7"}, says: "12 digits"},
		{name: "a region", args: []string{"--data", dir, "--region", "Mars"}, says: "the region is a name"},
		{name: "no slots", args: []string{"--data", dir, "--slots", "0"}, says: "slots and connections"},
		{name: "a rate", args: []string{"--data", dir, "--rate", "-1"}, says: "the rate is not negative"},
		{name: "every address without credentials", args: []string{"--data", dir, "--listen", ":0"}, says: "give --credentials"},
		{name: "a public URL", args: []string{"--data", dir, "--public-url", "releases.example.com"}, says: "the public URL is one such as"},
		{name: "a public URL with a query", args: []string{"--data", dir, "--public-url", "https://x/?a=b"}, says: "without a query"},
		{name: "events to nowhere", args: []string{"--data", dir, "--events", "example.com"}, says: "is a URL such as"},
		{name: "a secret for no events", args: []string{"--data", dir, "--events-secret", "x"}, says: "needs --events"},
		{name: "a secret that is not there", args: []string{"--data", dir, "--events", "http://localhost:1", "--events-secret", "x"}, says: "--events-secret: "},
		{name: "secrets for all", args: []string{"--data", dir, "--secrets", file("secrets", `{"a": "hush"}`, 0o604)}, says: "chmod 600"},
		{name: "no secrets", args: []string{"--data", dir, "--secrets", file("list", `["hush"]`, 0o600)}, says: "it is no JSON object"},
		{name: "a variable", args: []string{"--data", dir}, env: []string{"PENSTOCK_SLOTS=many"}, says: `PENSTOCK_SLOTS is "many"`},
		{name: "no address", args: []string{"--data", dir, "--listen", "nowhere"}, says: "missing port"},
		{name: "data of another", args: []string{"--data", busy, "--listen", "127.0.0.1:0"}, says: "--data " + busy},
		{name: "no credentials", args: []string{"--data", dir, "--credentials", filepath.Join(dir, "none")}, says: "no such file"},
		{name: "a directory of credentials", args: []string{"--data", dir, "--credentials", dir}, says: "it is no file"},
		{name: "credentials for all", args: []string{"--data", dir, "--credentials", file("open", key, 0o640)}, says: "chmod 600"},
		{name: "empty credentials", args: []string{"--data", dir, "--credentials", file("empty", "# none\n", 0o600)}, says: "there is no key in it"},
		{name: "a short line", args: []string{"--data", dir, "--credentials", file("cut", key+"BEN x\n", 0o600)}, says: "line 2: it has 2 fields"},
		{name: "a weak secret", args: []string{"--data", dir, "--credentials", file("weak", "ANAKEY hush arn:aws:iam::123456789012:user/ana", 0o600)}, says: "fewer than 16"},
		{name: "no ARN", args: []string{"--data", dir, "--credentials", file("name", "ANAKEY "+strings.Repeat("s", 20)+" ana", 0o600)}, says: "is no ARN"},
		{name: "a key twice", args: []string{"--data", dir, "--credentials", file("twice", key+key, 0o600)}, says: "line 2: the access key is there twice"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, messages bytes.Buffer
			cmd := exec.CommandContext(t.Context(), program, append([]string{"serve"}, test.args...)...)
			cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), test.env...), &out, &messages
			require.Error(t, cmd.Run())
			require.Equal(t, broken, cmd.ProcessState.ExitCode())
			require.Empty(t, out.String())
			require.Contains(t, messages.String(), test.says)
			require.NotContains(t, messages.String(), "ssss")
			require.NotContains(t, messages.String(), "hush")
		})
	}
	holder.drain()
}

func TestServeWithCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "# ours\nANAKEY %s arn:aws:iam::123456789012:user/ana # hers\n", strings.Repeat("s", 20)), 0o600))
	s := startServe(t, t.TempDir(), nil, "--credentials", file)
	require.NotContains(t, s.said.String(), "no credentials")
	status, out := s.try("GetPipelineState", map[string]any{"name": "shop"})
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "MissingAuthenticationTokenException", out["__type"])
	s.drain()
}
