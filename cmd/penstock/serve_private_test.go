package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestServeKeepsTheKeyOfSessions(t *testing.T) {
	data := t.TempDir()
	file := filepath.Join(data, "session-key")
	startServe(t, data, nil).drain()
	key := read(t, file)
	require.Len(t, key, keySize)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
	startServe(t, data, nil).drain()
	require.Equal(t, key, read(t, file))
	require.NoFileExists(t, file+".new")
	other := t.TempDir()
	startServe(t, other, nil).drain()
	require.NotEqual(t, key, read(t, filepath.Join(other, "session-key")))

	for name, test := range map[string]struct {
		text string
		mode os.FileMode
		says string
	}{
		"cut":      {key[:7], 0o600, "it has 7 bytes"},
		"open":     {key, 0o644, "chmod 600"},
		"left":     {key, 0o600, ""},
		"writable": {key, 0o620, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, []byte(test.text), 0o600))
			require.NoError(t, os.Chmod(file, test.mode))
			if test.says == "" {
				require.NoError(t, os.WriteFile(filepath.Join(data, "scratch", "penstock-upload-1"), nil, 0o600))
				startServe(t, data, nil).drain()
				require.NoFileExists(t, filepath.Join(data, "scratch", "penstock-upload-1"))
				return
			}
			out, err := exec.CommandContext(t.Context(), program, "serve", "--data", data, "--listen", "127.0.0.1:0").CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(out), test.says)
			require.Contains(t, string(out), file)
			require.NotContains(t, string(out), key)
		})
	}
}

// A key that was half written when the machine went down was never used.
func TestWriteOnceBeginsAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "session-key")
	require.NoError(t, os.WriteFile(file+".new", []byte("half"), 0o666))
	key, err := sessionKey(file)
	require.NoError(t, err)
	again, err := sessionKey(file)
	require.NoError(t, err)
	require.Equal(t, key, again)
}

// writePrivate writes a file that is its owner's alone.
func writePrivate(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// secretive is a pipeline whose build needs a secret.
func secretive(name string) map[string]any {
	build := action("Build", "Compute/AWS/Commands", map[string]any{
		"commands": []string{`test "$TOKEN" = "$(printf %s-%s secret value)"`, `echo "it is $TOKEN"`}, "inputArtifacts": []any{map[string]string{"name": "code"}},
		"environmentVariables": []any{map[string]string{"name": "TOKEN", "value": "shop/token", "type": "SECRETS_MANAGER"}},
	})
	return definition(name, stage("Build", build))
}

func TestServeResolvesSecrets(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	putObject(t, data, "shop.zip", "hello")
	file := filepath.Join(dir, "secrets.json")
	writePrivate(t, file, `{"other": "x"}`)
	s := startServe(t, data, nil, "--secrets", file)
	s.call("CreatePipeline", secretive("shop"))
	s.await("shop", "Failed", "stageStates", 1, "latestExecution", "status")
	state := s.call("GetPipelineState", map[string]any{"name": "shop"})
	require.Contains(t, at(state, "stageStates", 1, "actionStates", 0, "latestExecution", "errorDetails", "message"), "shop/token")

	// SIGHUP has the file read anew; what is wrong with it changes nothing.
	for _, text := range []string{"{", `{"shop/token": "secret-value"}`, `{"shop/token": 7}`} {
		writePrivate(t, file, text)
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		s.says(map[bool]string{true: "secrets=1", false: "stay what they were"}[strings.Contains(text, "secret-value")])
	}
	s.says("the value of")
	failed := at(state, "stageStates", 1, "latestExecution", "pipelineExecutionId")
	s.call("RetryStageExecution", map[string]any{"pipelineName": "shop", "stageName": "Build", "pipelineExecutionId": failed, "retryMode": "FAILED_ACTIONS"})
	s.await("shop", "Succeeded", "stageStates", 1, "latestExecution", "status")
	s.drain()
	require.NotContains(t, s.said.String(), "secret-value")
	out, err := exec.CommandContext(t.Context(), "grep", "-rl", "secret-value", filepath.Join(data, "logs"), filepath.Join(data, "state")).CombinedOutput()
	require.Error(t, err, "%s", out)
}

func TestRunResolvesSecrets(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	putObject(t, data, "shop.zip", "hello")
	text, err := json.Marshal(secretive("shop"))
	require.NoError(t, err)
	writePrivate(t, filepath.Join(dir, "shop.json"), string(text))
	writePrivate(t, filepath.Join(dir, "secrets.json"), `{"shop/token": "secret-value"}`)
	out, messages, status := execute(t, dir, "", "run", "--data", data, "--secrets", "secrets.json", "shop.json")
	require.Zero(t, status, "%s%s", out, messages)
	_, messages, status = execute(t, dir, "", "run", "--data", data, "shop.json")
	require.Equal(t, found, status, messages)
}

func TestSecretsThatAreRefused(t *testing.T) {
	for text, says := range map[string]string{
		"":                                "no JSON object",
		"[]":                              "no JSON object",
		`{"a": "hush"`:                    "no JSON object",
		`{"a": "hush"} {}`:                "no JSON object",
		`{"a": hush}`:                     `the value of "a" is no text`,
		`{"a": null}`:                     `the value of "a" is no text`,
		`{"a": {"b": "hush"}}`:            `the value of "a" is no text`,
		`{"a": ""}`:                       `the secret "a" is empty`,
		`{"": "hush"}`:                    "a secret has no name",
		`{"a": "hush", "a": "hush-hush"}`: `the secret "a" is there twice`,
	} {
		_, err := parseSecrets([]byte(text))
		require.ErrorContains(t, err, says, text)
		require.NotContains(t, err.Error(), "hush", text)
	}
	values, err := parseSecrets([]byte("{}\n"))
	require.NoError(t, err)
	require.Empty(t, values)
}

func TestServeReadsCredentialsAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	writePrivate(t, file, "ANAKEY "+strings.Repeat("s", 20)+" arn:aws:iam::123456789012:user/ana\n")
	s := startServe(t, t.TempDir(), nil, "--credentials", file)
	writePrivate(t, file, "BENKEY "+strings.Repeat("t", 20)+" arn:aws:iam::123456789012:user/ben\nCYKEY "+strings.Repeat("t", 20)+" arn:aws:iam::123456789012:user/cy\n")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	s.says("keys=2")
	s.drain()
}

// Keys that are gone open nothing any more; a file that cannot be read takes none away.
func TestCredentialsOfNow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	p := &private{credentialsFile: file}
	require.NotNil(t, p.keys())
	require.Nil(t, (&private{}).keys(), "without a file there are none to sign with")
	line := " " + strings.Repeat("s", 20) + " arn:aws:iam::123456789012:user/ana\n"
	for _, step := range []struct{ text, known, unknown string }{
		{"ANAKEY" + line, "ANAKEY", "BENKEY"},
		{"BENKEY" + line, "BENKEY", "ANAKEY"},
		{"CYKEY", "BENKEY", "CYKEY"},
	} {
		writePrivate(t, file, step.text)
		p.again(slog.New(slog.DiscardHandler))
		found, err := p.keys().Credential(t.Context(), step.known)
		require.NoError(t, err)
		require.Equal(t, "arn:aws:iam::123456789012:user/ana", found.Principal)
		_, err = p.keys().Credential(t.Context(), step.unknown)
		require.ErrorIs(t, err, penstock.ErrNotFound)
	}
}

func TestServeTellsWhereWebhooksAre(t *testing.T) {
	data := t.TempDir()
	webhook := func(s *served) string {
		out := s.call("PutWebhook", map[string]any{"webhook": map[string]any{
			"name": "pushed", "targetPipeline": "shop", "targetAction": "Fetch", "authentication": "UNAUTHENTICATED", "authenticationConfiguration": map[string]any{},
			"filters": []any{map[string]string{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}},
		}})
		return at(out, "webhook", "url").(string)
	}
	s := startServe(t, data, nil)
	s.call("CreatePipeline", definition("shop", stage("Ask", approval())))
	require.True(t, strings.HasPrefix(webhook(s), s.url+"/"), webhook(s))
	s.drain()
	s = startServe(t, data, []string{"PENSTOCK_PUBLIC_URL=https://releases.example.com/"})
	require.True(t, strings.HasPrefix(webhook(s), "https://releases.example.com/webhooks/"), webhook(s))
	s.drain()
}

// posted is what a receiver of events got.
type posted struct {
	id, kind, signature string
	body                map[string]any
	text                []byte
}

func TestServeTellsOfEvents(t *testing.T) {
	got := make(chan posted, 1000)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := posted{id: r.Header.Get("Penstock-Message-Id"), kind: r.Header.Get("Penstock-Message-Type"), signature: r.Header.Get("Penstock-Signature-256")}
		m.text, _ = io.ReadAll(r.Body)
		_ = json.Unmarshal(m.text, &m.body)
		got <- m
	}))
	defer receiver.Close()
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "secrets.json")
	putObject(t, data, "shop.zip", "hello")
	writePrivate(t, file, `{"events": "signing-secret"}`)
	env := []string{"PENSTOCK_EVENTS=" + receiver.URL}
	args := []string{"--secrets", file, "--events-secret", "events", "--region", "eu-west-1"}
	s := startServe(t, data, env, args...)
	s.call("CreatePipeline", definition("shop", stage("Ask", approval()), stage("Build", buildOf("mkdir out", "cp text out"))))
	ids := map[string]string{} // a state change by its ID
	until := func(want string) {
		t.Helper()
		for {
			select {
			case m := <-got:
				mac := hmac.New(sha256.New, []byte("signing-secret"))
				mac.Write(m.text)
				require.Equal(t, "sha256="+hex.EncodeToString(mac.Sum(nil)), m.signature)
				if m.kind != "EventBridge" {
					continue
				}
				require.Equal(t, []any{"aws.codepipeline", "eu-west-1", "123456789012"}, []any{m.body["source"], m.body["region"], m.body["account"]})
				detail := m.body["detail"].(map[string]any)
				text := strings.TrimSpace(strings.Join([]string{str(detail["stage"]), str(detail["action"]), str(detail["state"])}, " "))
				require.Contains(t, []string{"", text}, ids[m.id], "the same ID is the same message")
				ids[m.id] = text
				if text == want {
					return
				}
			case <-time.After(time.Minute):
				require.Fail(t, "it does not come", "%s of %v\n%s", want, ids, s.said)
			}
		}
	}
	until("STARTED") // of the execution that CreatePipeline has started: nothing is missed
	until("Ask SignOff STARTED")
	require.NoError(t, s.cmd.Process.Kill())
	_ = s.cmd.Wait()

	// What happens while nobody is told comes afterwards.
	s = startServe(t, data, nil)
	token := s.await("shop", nil, "stageStates", 1, "actionStates", 0, "latestExecution", "token")
	s.call("PutApprovalResult", map[string]any{
		"pipelineName": "shop", "stageName": "Ask", "actionName": "SignOff", "token": token, "result": map[string]string{"summary": "fine", "status": "Approved"},
	})
	s.await("shop", "Succeeded", "stageStates", 2, "latestExecution", "status")
	s.drain()
	s = startServe(t, data, env, args...)
	until("Ask SignOff SUCCEEDED")
	until("Build Build SUCCEEDED")
	until("SUCCEEDED")
	s.drain()
	times := map[string]int{}
	for _, text := range ids {
		times[text]++
	}
	for text, n := range times {
		require.Equal(t, 1, n, text)
	}
}

// What happens in a new directory before the subscription is there belongs to it all the same; what was there before the flag does not.
func TestPublishBeginsWithTheFirstEvent(t *testing.T) {
	got := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got <- string(data)
	}))
	defer receiver.Close()
	log := slog.New(slog.DiscardHandler)
	d, err := openData(t.Context(), t.TempDir(), log)
	require.NoError(t, err)
	defer d.close() //nolint:errcheck // nothing is kept
	o := serveOptions{slots: 1, events: receiver.URL}
	w, err := newWorks(d, o, nil, log)
	require.NoError(t, err)
	require.True(t, w.fresh)
	define := func(name string) {
		text, err := json.Marshal(definition(name, stage("Ask", approval())))
		require.NoError(t, err)
		p, err := penstock.ParsePipeline(text)
		require.NoError(t, err)
		_, err = w.Do(t.Context(), penstock.ApplyPipeline{Pipeline: p})
		require.NoError(t, err)
	}
	define("before")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- publish(ctx, w, o, &private{}) }()
	require.Contains(t, <-got, "before")
	stop()
	require.NoError(t, <-ended)
	later, err := newWorks(d, o, nil, log)
	require.NoError(t, err)
	require.False(t, later.fresh)
}

func str(v any) string {
	text, _ := v.(string)
	return text
}
