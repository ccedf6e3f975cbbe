package sdktest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

// How much is done before the last kill, and how much between two.
const (
	killPipelines = 3
	killStarters  = 2 // a pipeline
	killWorkers   = 2
	killAfter     = 60
	killRounds    = 6
)

// ledger is what the clients were told, kept outside of the server.
type ledger struct {
	mu        sync.Mutex
	started   map[string]string // by the number of the call: the execution
	refused   map[string]bool   // numbers of calls
	decisions map[string]string // by action execution: the summary
	results   map[string]string // by action execution: the external ID
	acks      chan struct{}
}

// killed is a server that is killed and started again at the same address.
type killed struct {
	t                      *testing.T
	program, data, address string
	cmd                    *exec.Cmd
}

func (k *killed) start() {
	k.t.Helper()
	k.cmd = exec.Command(k.program, "serve", "--listen", k.address, "--data", k.data, "--region", region)
	out, err := k.cmd.StdoutPipe()
	require.NoError(k.t, err)
	require.NoError(k.t, k.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(k.t, err)
	require.Equal(k.t, "penstock serves http://"+k.address+"\n", line)
}

func (k *killed) kill() {
	k.t.Helper()
	require.NoError(k.t, k.cmd.Process.Kill())
	_ = k.cmd.Wait() // it says that it was killed
}

// newKilled builds the command and makes what the sources of its pipelines fetch.
func newKilled(t *testing.T) *killed {
	dir := t.TempDir()
	k := &killed{t: t, program: filepath.Join(dir, "penstock"), data: filepath.Join(dir, "data")}
	build := exec.Command("go", "build", "-o", k.program, ".")
	build.Dir, build.Stderr = filepath.Join("..", "..", "cmd", "penstock"), os.Stderr
	for _, v := range os.Environ() {
		if v != "GOWORK=off" { // the command has no replace: it is built in the workspace
			build.Env = append(build.Env, v)
		}
	}
	require.NoError(t, build.Run())
	bucket := filepath.Join(k.data, "s3", "in-bucket")
	require.NoError(t, os.MkdirAll(bucket, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(bucket, "app"), []byte("text"), 0o644))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	k.address = free.Addr().String()
	require.NoError(t, free.Close())
	return k
}

// patient is the SDK's client with its own retries, and enough of them for a server that is away.
func (k *killed) patient() *codepipeline.Client {
	return codepipeline.New(codepipeline.Options{
		Region: region, BaseEndpoint: aws.String("http://" + k.address), Credentials: credentials{},
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 500, 100*time.Millisecond, ratelimit.None
		}),
	})
}

func killedPipeline(name string) *types.PipelineDeclaration {
	p := pipeline(name, types.ExecutionModeQueued, approvalAction())
	p.Variables = []types.PipelineVariableDeclaration{{Name: aws.String("Call"), DefaultValue: aws.String("none")}}
	p.Stages[0].Actions[0] = types.ActionDeclaration{
		Name: aws.String("Fetch"), OutputArtifacts: []types.OutputArtifact{{Name: aws.String("code")}},
		Configuration: map[string]string{"S3Bucket": "in-bucket", "S3ObjectKey": "app", "PollForSourceChanges": "false"},
		ActionTypeId:  &types.ActionTypeId{Category: types.ActionCategorySource, Owner: types.ActionOwnerAws, Provider: aws.String("S3"), Version: aws.String("1")},
	}
	p.Stages = append(p.Stages, types.StageDeclaration{Name: aws.String("Check"), Actions: []types.ActionDeclaration{{
		Name: aws.String("Check"), ActionTypeId: checkType, InputArtifacts: []types.InputArtifact{{Name: aws.String("code")}},
	}}})
	return p
}

// start starts executions until ctx ends, each under a number of its own.
func (l *ledger) start(ctx context.Context, c *codepipeline.Client, name, who string) error {
	for n := 0; ctx.Err() == nil; n++ {
		call := who + "-" + strconv.Itoa(n)
		// What has begun is brought to its end: a call that was given up could have acted, and nobody would know.
		out, err := c.StartPipelineExecution(context.WithoutCancel(ctx), &codepipeline.StartPipelineExecutionInput{
			Name: &name, Variables: []types.PipelineVariable{{Name: aws.String("Call"), Value: &call}},
		})
		var full *types.ConcurrentPipelineExecutionsLimitExceededException
		switch {
		case errors.As(err, &full):
			l.note(func() { l.refused[call] = true })
		case err != nil:
			return fmt.Errorf("start %s: %w", call, err)
		default:
			l.note(func() { l.started[call] = aws.ToString(out.PipelineExecutionId) })
			l.acks <- struct{}{}
		}
	}
	return nil
}

// cut reports whether a kill has cut an answer in two, which the SDK does not ask for again. Those to what changes something are too short for
// that.
func cut(err error) bool {
	var half *smithy.DeserializationError
	return errors.As(err, &half) && strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error())
}

func (l *ledger) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// approve decides what waits until ctx ends. Nobody else decides for the pipeline, so no decision is ever refused.
func (l *ledger) approve(ctx context.Context, c *codepipeline.Client, name string) error {
	last := ""
	for n := 0; ctx.Err() == nil; n++ {
		state, err := c.GetPipelineState(context.WithoutCancel(ctx), &codepipeline.GetPipelineStateInput{Name: &name})
		if cut(err) {
			continue
		}
		if err != nil {
			return err
		}
		found := state.StageStates[1].ActionStates[0].LatestExecution
		if found == nil || aws.ToString(found.Token) == "" || *found.Token == last {
			continue
		}
		last = *found.Token
		summary := fmt.Sprintf("%s decision %d", name, n)
		if _, err := c.PutApprovalResult(context.WithoutCancel(ctx), &codepipeline.PutApprovalResultInput{
			PipelineName: &name, StageName: aws.String("Deploy"), ActionName: aws.String("Release"), Token: found.Token,
			Result: &types.ApprovalResult{Status: types.ApprovalStatusApproved, Summary: &summary},
		}); err != nil {
			return fmt.Errorf("decide %s: %w", *found.Token, err)
		}
		l.note(func() { l.decisions[aws.ToString(found.ActionExecutionId)] = summary })
		l.acks <- struct{}{}
	}
	return nil
}

// work answers jobs until ctx ends.
func (l *ledger) work(ctx context.Context, w *worker) error {
	for {
		job, err := w.job(ctx)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		whole := context.WithoutCancel(ctx)
		if err == nil {
			err = w.acknowledge(whole, job)
		}
		if err == nil {
			err = w.answer(whole, job)
		}
		if err != nil {
			return fmt.Errorf("work: %w", err)
		}
		action := *job.Data.PipelineContext.Action.ActionExecutionId
		l.note(func() {
			if before := l.results[action]; before != "" {
				err = fmt.Errorf("%s was answered as %s, and handed out again as %s", action, before, *job.Id)
			}
			l.results[action] = "done-" + *job.Id
		})
		if err != nil {
			return err
		}
		l.acks <- struct{}{}
	}
}

func TestNothingThatWasAnsweredIsLostOrDoubled(t *testing.T) {
	k := newKilled(t)
	k.start()
	t.Cleanup(func() { _ = k.cmd.Process.Kill() })
	l := &ledger{started: map[string]string{}, refused: map[string]bool{}, decisions: map[string]string{}, results: map[string]string{}, acks: make(chan struct{}, 1<<16)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	failed := make(chan error, killPipelines*(killStarters+1)+killWorkers)
	k.declare(k.patient())
	for range killWorkers {
		clients.Go(func() { failed <- l.work(ctx, &worker{Client: k.patient(), address: k.address, of: checkType}) })
	}
	for i := range killPipelines {
		name := "release-" + strconv.Itoa(i)
		_, err := k.patient().CreatePipeline(ctx, &codepipeline.CreatePipelineInput{Pipeline: killedPipeline(name)})
		require.NoError(t, err)
		clients.Go(func() { failed <- l.approve(ctx, k.patient(), name) })
		for j := range killStarters {
			clients.Go(func() { failed <- l.start(ctx, k.patient(), name, fmt.Sprintf("%s-%d", name, j)) })
		}
	}
	for range killRounds {
		for range killAfter {
			select {
			case <-l.acks:
			case err := <-failed:
				require.NoError(t, err)
			}
		}
		k.kill()
		k.start()
	}
	stop()
	clients.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	k.kill()
	k.start()
	for i := range killPipelines {
		l.verify(t, k.patient(), "release-"+strconv.Itoa(i))
	}
	require.NotEmpty(t, l.results)
	t.Logf("%d starts, %d decisions and %d results were answered, %d starts refused; %d kills", len(l.started), len(l.decisions), len(l.results), len(l.refused), killRounds+1)
	k.kill()
}

// verify compares what a pipeline shows with what clients were told.
func (l *ledger) verify(t *testing.T, c *codepipeline.Client, name string) {
	t.Helper()
	calls := map[string]string{} // what the server has
	executions := codepipeline.NewListPipelineExecutionsPaginator(c, &codepipeline.ListPipelineExecutionsInput{PipelineName: &name})
	for executions.HasMorePages() {
		page, err := executions.NextPage(t.Context())
		require.NoError(t, err)
		for _, x := range page.PipelineExecutionSummaries {
			got, err := c.GetPipelineExecution(t.Context(), &codepipeline.GetPipelineExecutionInput{PipelineName: &name, PipelineExecutionId: x.PipelineExecutionId})
			require.NoError(t, err)
			call := aws.ToString(got.PipelineExecution.Variables[0].ResolvedValue)
			require.Empty(t, calls[call], "the start %s acted twice", call)
			require.False(t, l.refused[call], "the start %s was refused, and has acted", call)
			calls[call] = *x.PipelineExecutionId
		}
	}
	for call, execution := range l.started {
		if strings.HasPrefix(call, name+"-") {
			require.Equal(t, execution, calls[call], "the start %s was answered", call)
		}
	}
	summaries, done, checks := map[string]string{}, map[string]string{}, map[string]string{}
	actions := codepipeline.NewListActionExecutionsPaginator(c, &codepipeline.ListActionExecutionsInput{PipelineName: &name})
	for actions.HasMorePages() {
		page, err := actions.NextPage(t.Context())
		require.NoError(t, err)
		for _, a := range page.ActionExecutionDetails {
			if a.Output != nil && a.Output.ExecutionResult != nil {
				summaries[*a.ActionExecutionId] = aws.ToString(a.Output.ExecutionResult.ExternalExecutionSummary)
			}
			if *a.ActionName != "Check" {
				continue
			}
			require.Empty(t, checks[*a.PipelineExecutionId], "an execution was checked twice")
			checks[*a.PipelineExecutionId] = *a.ActionExecutionId
			if a.Status == types.ActionExecutionStatusSucceeded {
				done[*a.ActionExecutionId] = aws.ToString(a.Output.ExecutionResult.ExternalExecutionId)
			}
		}
	}
	for id, summary := range l.decisions {
		if strings.HasPrefix(summary, name+" ") {
			require.Contains(t, summaries[id], summary, "the decision was answered")
		}
	}
	for _, id := range checks {
		require.Equal(t, l.results[id], done[id], "a result was answered, or is nobody's")
	}
}
