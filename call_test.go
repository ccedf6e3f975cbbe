package penstock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// heard is a Reporter that remembers.
type heard struct {
	mu       sync.Mutex
	log      bytes.Buffer
	progress []string
	external []string
}

func (h *heard) Log() io.Writer { return h }

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(p)
}

func (h *heard) Progress(percent int, summary string) {
	h.progress = append(h.progress, fmt.Sprintf("%d %s", percent, summary))
}

func (h *heard) External(id, url string) error {
	h.external = append(h.external, id+" "+url)
	return nil
}

// secretsOf resolves from a map.
type secretsOf map[string]string

func (s secretsOf) ResolveSecret(_ context.Context, ref string) (string, error) {
	value, ok := s[ref]
	if !ok {
		return "", errors.New("no such secret")
	}
	return value, nil
}

// promote takes an image in and puts one out.
type promote struct {
	Environment string
	Token       Secret
	Image       Input[Image]
	Report      Output[Image] `penstock:"Report,optional"`
}

func (promote) ActionType() ActionType {
	return ActionType{Category: CategoryDeploy, Provider: "Promote", Version: "1"}
}

func inlineImage(t testing.TB, digest string) executor.Artifact {
	a, err := (&taskRun{}).putJSON(context.Background(), "image", Image{Digest: digest})
	require.NoError(t, err)
	a.Name = "image"
	return a
}

func promoteTask(t testing.TB) executor.Task {
	return executor.Task{
		Ref: executor.Ref{ID: "a-1", Run: 1, Fence: 7}, Type: "Deploy/Custom/Promote/1",
		Pipeline: "p", Execution: "x-1", Stage: "S", Action: "A", Try: 2, Rollback: true, Resume: "r", Revision: "abc",
		Config: map[string]string{"Environment": "eu", "Token": "secret:token", "Image": "image", "Report": "report"},
		Inputs: []executor.Artifact{inlineImage(t, "sha256:1")}, Outputs: []string{"report"},
	}
}

// enter runs code as the action of a task that promotes.
func enter(t *testing.T, code func(ctx context.Context, call *Call[promote]) error) (executor.Outcome, *heard) {
	t.Helper()
	return enterTask(t, promoteTask(t), taskHost{artifacts: memory.NewArtifacts(nil), secrets: secretsOf{"token": "s3cr3t-value"}}, code)
}

func enterTask(t *testing.T, task executor.Task, host taskHost, code func(ctx context.Context, call *Call[promote]) error) (executor.Outcome, *heard) {
	t.Helper()
	actions, to := &Actions{}, &heard{}
	Register(actions, RunnerFunc[promote](code))
	return sound(t, actions.run(t.Context(), &task, to, host)), to
}

// sound makes sure that a failure is not a mistake of the code under test, which run turns into an outcome.
func sound(t *testing.T, out executor.Outcome) executor.Outcome {
	t.Helper()
	if out.Failure != nil {
		require.NotContains(t, out.Failure.Message, "runtime error")
		require.NotContains(t, out.Failure.Message, "reflect")
	}
	return out
}

func TestCallTellsWhatItIsAbout(t *testing.T) {
	out, _ := enter(t, func(ctx context.Context, call *Call[promote]) error {
		seen := *call
		seen.run = nil
		require.Equal(t, Call[promote]{
			Config:   promote{Environment: "eu", Token: Secret{"token"}, Image: image.In(), Report: Output[Image]{"report"}},
			Pipeline: "p", Execution: "x-1", Stage: "S", Action: "A", ActionExecution: "a-1", Try: 2, Rollback: true, Resume: "r", RequestedRevision: "abc",
		}, seen)
		return call.Config.Report.Store(ctx, call, Image{})
	})
	require.Nil(t, out.Failure)
}

func TestSuccess(t *testing.T) {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	out, to := enter(t, func(ctx context.Context, call *Call[promote]) error {
		img, err := call.Config.Image.Load(ctx, call)
		require.NoError(t, err)
		fmt.Fprintln(call.Log(), "promoting", img.Digest)
		call.Progress(150, "half")
		require.NoError(t, call.External("d-1", "https://deploy.example/d-1"))
		require.NoError(t, call.SetVariable("Count", 3))
		require.NoError(t, call.SetVariable("Took", time.Minute))
		require.NoError(t, call.SetVariable("Count", 4))
		require.NoError(t, call.SetRevision(Revision{ID: "abc", Summary: "a change", Created: created}))
		call.Summary("first")
		call.Summary(strings.Repeat("ä", 1500))
		require.NoError(t, call.Config.Report.Store(ctx, call, Image{Digest: "out"}))
		require.NoError(t, call.Config.Report.Store(ctx, call, Image{Digest: "out"}), "the same again is no second time")
		require.ErrorIs(t, call.Config.Report.Store(ctx, call, Image{Digest: "other"}), ErrAlreadyExists)
		return nil
	})
	require.Nil(t, out.Failure)
	require.Nil(t, out.Pending)
	require.Equal(t, map[string]string{"Count": "4", "Took": "1m0s"}, out.Variables)
	require.Equal(t, &executor.Revision{ID: "abc", Summary: "a change", Created: created}, out.Revision)
	require.Equal(t, strings.Repeat("ä", 1024), out.Summary)
	require.Equal(t, []executor.Artifact{{
		Name: "report", Digest: digestOf([]byte(`{"Digest":"out"}`)), MediaType: "application/json", Size: 16, Inline: []byte(`{"Digest":"out"}`),
	}}, out.Artifacts)
	require.Equal(t, "promoting sha256:1\n", to.log.String())
	require.Equal(t, []string{"100 half"}, to.progress)
	require.Equal(t, []string{"d-1 https://deploy.example/d-1"}, to.external)
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want executor.Failure
	}{
		{"a plain error", errors.New("it broke"), executor.Failure{Code: "JobFailed", Message: "it broke", Retryable: true}},
		{"a permanent error", Permanent(errors.New("it broke")), executor.Failure{Code: "JobFailed", Message: "it broke"}},
		{"a wrapped permanent error", fmt.Errorf("deploy: %w", Permanent(errors.New("it broke"))), executor.Failure{Code: "JobFailed", Message: "deploy: it broke"}},
		{"an error with code and hint", &Error{Code: "QuotaExceeded", Err: errors.New("no room"), Hint: "ask for more"}, executor.Failure{Code: "QuotaExceeded", Message: "no room", Hint: "ask for more", Retryable: true}},
		{"a long message", errors.New(strings.Repeat("x", 6000)), executor.Failure{Code: "JobFailed", Message: strings.Repeat("x", 5000), Retryable: true}},
		{"too much to resume with", Pending(0, strings.Repeat("x", 2049)), executor.Failure{Code: "JobFailed", Message: "Pending carries 2049 bytes; it carries up to 2048: keep the rest where the work is"}},
		{"no output", nil, executor.Failure{Code: "MissingOutput", Message: `the action succeeded without storing its output "report"`, Hint: "store every output that is wired in the run that succeeds"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, _ := enter(t, func(context.Context, *Call[promote]) error { return test.err })
			require.Equal(t, executor.Outcome{Failure: &test.want}, out)
		})
	}
	require.NoError(t, Permanent(nil))
}

func TestFailureKeepsNothing(t *testing.T) {
	out, _ := enter(t, func(ctx context.Context, call *Call[promote]) error {
		require.NoError(t, call.Config.Report.Store(ctx, call, Image{}))
		require.NoError(t, call.SetVariable("A", "b"))
		call.Summary("nearly")
		return errors.New("it broke")
	})
	require.Equal(t, executor.Outcome{Summary: "nearly", Failure: &executor.Failure{Code: "JobFailed", Message: "it broke", Retryable: true}}, out)
}

func TestPending(t *testing.T) {
	out, _ := enter(t, func(ctx context.Context, call *Call[promote]) error {
		require.NoError(t, call.SetVariable("A", "b"))
		return fmt.Errorf("rolling: %w", Pending(-time.Second, "job-1"))
	})
	require.Equal(t, executor.Outcome{Pending: &executor.Pending{Resume: "job-1"}}, out)
}

func TestPanic(t *testing.T) {
	out, to := enter(t, func(context.Context, *Call[promote]) error { panic("out of cheese") })
	require.Equal(t, "Panic", out.Failure.Code)
	require.Contains(t, out.Failure.Message, "panic: out of cheese")
	require.False(t, out.Failure.Retryable)
	require.Contains(t, to.log.String(), "call_test.go", "the stack is in the log")
}

func TestConfigurationThatDoesNotFit(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(task *executor.Task)
		want   string
	}{
		{"an unknown key", func(task *executor.Task) { task.Config["Env"] = "x" }, "configuration Env is no field of penstock.promote"},
		{"a wrong value", func(task *executor.Task) { task.Config["Token"] = "hunter2" }, "configuration Token: a secret is written secret:NAME"},
		{"an unknown type", func(task *executor.Task) { task.Type = "Build/Custom/X/1" }, "action type Build/Custom/X/1 is not registered in this process"},
	} {
		t.Run(test.name, func(t *testing.T) {
			task := promoteTask(t)
			test.change(&task)
			out, _ := enterTask(t, task, taskHost{}, func(context.Context, *Call[promote]) error { panic("not reached") })
			require.Equal(t, "ConfigurationError", out.Failure.Code)
			require.Contains(t, out.Failure.Message, test.want)
			require.False(t, out.Failure.Retryable)
		})
	}
}

func TestLoadReports(t *testing.T) {
	ctx, artifacts := t.Context(), memory.NewArtifacts(nil)
	blob, err := artifacts.Put(ctx, strings.NewReader(`{"Digest":"big"}`))
	require.NoError(t, err)
	for _, test := range []struct {
		name   string
		change func(a *executor.Artifact)
		want   string
		code   Code
	}{
		{"another name", func(a *executor.Artifact) { a.Name = "other" }, "load artifact image: it is not among the inputs of the action", ErrNotFound},
		{"a tree", func(a *executor.Artifact) { a.MediaType = mediaTree }, "it is no JSON but application/x-tar", ErrInvalid},
		{"other JSON", func(a *executor.Artifact) { *a = named(inlineArtifact(mediaJSON, []byte(`[1]`))) }, "it is no *penstock.Image: json: cannot unmarshal array", ErrInvalid},
		{"absent content", func(a *executor.Artifact) { a.Inline = nil }, "not found", ErrUnavailable},
		{"a wrong size", func(a *executor.Artifact) {
			*a = executor.Artifact{Name: "image", Digest: blob.Digest, MediaType: mediaJSON, Size: blob.Size + 1}
		}, "content is corrupt: 16 bytes instead of 17", ErrUnavailable},
		{"too large for JSON", func(a *executor.Artifact) { a.Inline, a.Size = nil, jsonLimit+1 }, "JSON has up to 16777216: use a File", ErrLimitExceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			task := promoteTask(t)
			test.change(&task.Inputs[0])
			_, _ = enterTask(t, task, taskHost{artifacts: artifacts}, func(ctx context.Context, call *Call[promote]) error {
				_, err := call.Config.Image.Load(ctx, call)
				require.ErrorContains(t, err, test.want)
				require.ErrorIs(t, err, test.code)
				return err
			})
		})
	}
}

func named(a executor.Artifact) executor.Artifact {
	a.Name = "image"
	return a
}

func TestLargeJSONGoesThroughTheStore(t *testing.T) {
	artifacts := memory.NewArtifacts(nil)
	large := Image{Digest: strings.Repeat("x", 2*executor.InlineLimit)}
	out, _ := enterTask(t, promoteTask(t), taskHost{artifacts: artifacts}, func(ctx context.Context, call *Call[promote]) error {
		return call.Config.Report.Store(ctx, call, large)
	})
	require.Nil(t, out.Failure)
	require.Nil(t, out.Artifacts[0].Inline)
	_, err := artifacts.Stat(t.Context(), out.Artifacts[0].Digest)
	require.NoError(t, err)
	task := promoteTask(t)
	task.Inputs = []executor.Artifact{named(out.Artifacts[0])}
	_, _ = enterTask(t, task, taskHost{artifacts: artifacts}, func(ctx context.Context, call *Call[promote]) error {
		got, err := call.Config.Image.Load(ctx, call)
		require.NoError(t, err)
		require.Equal(t, large, got)
		return nil
	})
	_, _ = enterTask(t, task, taskHost{}, func(ctx context.Context, call *Call[promote]) error {
		_, err := call.Config.Image.Load(ctx, call)
		require.ErrorContains(t, err, "this process has no artifact store")
		require.ErrorContains(t, call.Config.Report.Store(ctx, call, large), "it is over 4096 bytes and this process has no artifact store")
		return nil
	})
}

func TestStoreReports(t *testing.T) {
	_, _ = enter(t, func(ctx context.Context, call *Call[promote]) error {
		require.ErrorIs(t, Output[Image]{"other"}.Store(ctx, call, Image{}), ErrInvalid)
		require.ErrorContains(t, Output[func()]{"report"}.Store(ctx, call, nil), "unsupported type")
		require.ErrorIs(t, Output[string]{"report"}.Store(ctx, call, strings.Repeat("x", jsonLimit)), ErrLimitExceeded)
		require.ErrorContains(t, Output[*Tree]{"report"}.Store(ctx, call, &Tree{}), "not of a pointer to one")
		require.ErrorContains(t, Output[File]{"report"}.Store(ctx, call, File{}), "the zero File has no content")
		require.NoError(t, Output[Image]{}.Store(ctx, call, Image{}), "an output that is not wired takes anything")
		_, err := Input[Image]{}.Load(ctx, call)
		require.ErrorContains(t, err, "the input is not wired; ask Wired first")
		return nil
	})
}

func TestSetReports(t *testing.T) {
	task := promoteTask(t)
	_, _ = enterTask(t, task, taskHost{limits: Limits{OutputVariables: 10}, secrets: secretsOf{"token": "s3cr3t-value"}}, func(ctx context.Context, call *Call[promote]) error {
		require.ErrorIs(t, call.SetVariable("a.b", "x"), ErrInvalid)
		require.ErrorIs(t, call.SetVariable("a", nil), ErrInvalid)
		require.ErrorIs(t, call.SetVariable("a", "\xff"), ErrInvalid)
		require.ErrorIs(t, call.SetVariable("a", make(chan int)), ErrInvalid)
		require.NoError(t, call.SetVariable("a", "123456789"))
		require.ErrorIs(t, call.SetVariable("b", ""), ErrLimitExceeded)
		require.NoError(t, call.SetVariable("a", "12345678"), "what was set before makes room")
		require.NoError(t, call.SetVariable("b", ""))
		require.ErrorIs(t, call.SetRevision(Revision{}), ErrInvalid)
		require.ErrorIs(t, call.SetRevision(Revision{ID: strings.Repeat("x", 1501)}), ErrInvalid)
		return nil
	})
}

func TestNothingIsTakenAfterTheEnd(t *testing.T) {
	var late *Call[promote]
	out, _ := enter(t, func(ctx context.Context, call *Call[promote]) error {
		late = call
		return call.Config.Report.Store(ctx, call, Image{})
	})
	require.ErrorContains(t, late.SetVariable("a", "b"), "the run has ended; wait for your goroutines before Run returns")
	require.Error(t, late.SetRevision(Revision{ID: "a"}))
	require.Error(t, late.Config.Report.Store(t.Context(), late, Image{Digest: "late"}))
	late.Summary("late")
	require.Empty(t, out.Variables)
	require.Len(t, out.Artifacts, 1)
}

func TestACallByHand(t *testing.T) {
	call := &Call[promote]{Config: promote{Image: image.In(), Report: Output[Image]{"report"}}}
	fmt.Fprintln(call.Log(), "dropped")
	call.Progress(1, "dropped")
	call.Summary("dropped")
	require.NoError(t, call.External("a", "b"))
	require.NoError(t, call.SetVariable("a", 1))
	require.NoError(t, call.SetRevision(Revision{ID: "a"}))
	require.NoError(t, call.Config.Report.Store(t.Context(), call, Image{}))
	_, err := call.Config.Image.Load(t.Context(), call)
	require.ErrorIs(t, err, ErrFailedPrecondition)
	_, err = Secret{Ref: "x"}.Value(t.Context(), call)
	require.ErrorIs(t, err, ErrFailedPrecondition)
}

func TestSecretsAreStruckOut(t *testing.T) {
	const secret = "s3cr3t-value"
	out, to := enter(t, func(ctx context.Context, call *Call[promote]) error {
		value, err := call.Config.Token.Value(ctx, call)
		require.NoError(t, err)
		require.Equal(t, secret, value)
		for i := range secret { // in two writes, divided anywhere
			fmt.Fprint(call.Log(), "<"+secret[:i])
			fmt.Fprint(call.Log(), secret[i:]+">")
		}
		fmt.Fprint(call.Log(), "s3cr3t-valu") // the beginning of one, and then the end
		call.Summary("used " + value)
		call.Progress(5, value)
		require.NoError(t, call.External(value, "https://x/?"+value))
		require.ErrorContains(t, call.SetVariable("a", "x"+value), "the value holds a secret")
		return errors.New("wrong token " + value)
	})
	require.Equal(t, strings.Repeat("<****>", len(secret))+"s3cr3t-valu", to.log.String())
	require.Equal(t, "used ****", out.Summary)
	require.Equal(t, "wrong token ****", out.Failure.Message)
	require.Equal(t, []string{"5 ****"}, to.progress)
	require.Equal(t, []string{"**** https://x/?****"}, to.external)

	out, _ = enter(t, func(ctx context.Context, call *Call[promote]) error {
		value, _ := call.Config.Token.Value(ctx, call)
		return Pending(0, value)
	})
	require.Equal(t, "Pending carries a secret, which would be stored", out.Failure.Message)

	out, to = enter(t, func(ctx context.Context, call *Call[promote]) error {
		value, _ := call.Config.Token.Value(ctx, call)
		panic(value)
	})
	require.NotContains(t, to.log.String()+out.Failure.Message, secret)
}

func TestSecretReports(t *testing.T) {
	for _, test := range []struct {
		name   string
		secret Secret
		host   taskHost
		code   Code
	}{
		{"none given", Secret{}, taskHost{secrets: secretsOf{}}, ErrNotFound},
		{"no resolver", Secret{"a"}, taskHost{}, ErrFailedPrecondition},
		{"not resolved", Secret{"a"}, taskHost{secrets: secretsOf{}}, ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _ = enterTask(t, promoteTask(t), test.host, func(ctx context.Context, call *Call[promote]) error {
				_, err := test.secret.Value(ctx, call)
				require.ErrorIs(t, err, test.code)
				return err
			})
		})
	}
}

func BenchmarkRun(b *testing.B) {
	actions := &Actions{}
	Register(actions, RunnerFunc[promote](func(ctx context.Context, call *Call[promote]) error {
		img, err := call.Config.Image.Load(ctx, call)
		if err != nil {
			return err
		}
		return call.Config.Report.Store(ctx, call, img)
	}))
	task, host, to := promoteTask(b), taskHost{}, &heard{}
	var _ store.ArtifactStore = host.artifacts
	b.ReportAllocs()
	for b.Loop() {
		if out := actions.run(b.Context(), &task, to, host); out.Failure != nil {
			b.Fatal(out.Failure)
		}
	}
}
