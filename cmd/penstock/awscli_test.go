package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// cli is the AWS CLI against a server.
type cli struct {
	*served
	env []string
}

// aws runs an operation, and answers what it prints.
func (c cli) aws(args ...string) map[string]any {
	c.t.Helper()
	data, err := c.do(args...)
	require.NoError(c.t, err, "%v: %s", args, data)
	var out map[string]any
	if len(data) > 0 {
		require.NoError(c.t, json.Unmarshal(data, &out), "%s", data)
	}
	return out
}

func (c cli) do(args ...string) ([]byte, error) {
	cmd := exec.CommandContext(c.t.Context(), "aws", append([]string{"codepipeline", "--endpoint-url", c.url, "--output", "json"}, args...)...)
	cmd.Env = c.env
	out, err := cmd.Output()
	if failed, ok := err.(*exec.ExitError); ok { //nolint:errorlint // exec answers it as it is
		out = append(out, failed.Stderr...)
	}
	return out, err
}

// succeeded waits for a stage's latest execution to be this one, and well.
func (c cli) succeeded(stage int, execution string) {
	c.t.Helper()
	c.await("shop", execution, "stageStates", stage, "latestExecution", "pipelineExecutionId")
	c.await("shop", "Succeeded", "stageStates", stage, "latestExecution", "status")
}

// The AWS CLI goes through what an operator does. It is asked only where it is installed: nobody needs it to work on Penstock.
func TestTheAWSCLIOperatesARelease(t *testing.T) {
	if err := exec.Command("aws", "--version").Run(); err != nil {
		t.Log("the AWS CLI is not on this machine:", err)
		return
	}
	data, home := t.TempDir(), t.TempDir()
	putObject(t, data, "shop.zip", "hello")
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte("ANAKEYANAKEYANAKEY ana-secret-ana-secret-ana arn:aws:iam::123456789012:user/ana\n"), 0o600))
	c := cli{served: startServe(t, data, nil), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PYENV_ROOT=" + os.Getenv("PYENV_ROOT"), "AWS_ACCESS_KEY_ID=ANAKEYANAKEYANAKEY",
		"AWS_SECRET_ACCESS_KEY=ana-secret-ana-secret-ana", "AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
	}}
	flag := filepath.Join(t.TempDir(), "mended")
	p := definition("shop", stage("Ask", approval()), stage("Build", buildOf("test -e "+flag, "mkdir out", "cp text out")))
	text, err := json.Marshal(p["pipeline"])
	require.NoError(t, err)

	// Create.
	created := c.aws("create-pipeline", "--pipeline", string(text))
	require.Equal(t, "shop", at(created, "pipeline", "name"))
	// State.
	token := c.await("shop", nil, "stageStates", 1, "actionStates", 0, "latestExecution", "token").(string)
	state := c.aws("get-pipeline-state", "--name", "shop")
	first := at(state, "stageStates", 1, "latestExecution", "pipelineExecutionId").(string)
	require.Equal(t, token, at(state, "stageStates", 1, "actionStates", 0, "latestExecution", "token"))
	// Approve.
	decide := []string{
		"put-approval-result", "--pipeline-name", "shop", "--stage-name", "Ask", "--action-name", "SignOff", "--result", "summary=fine,status=Approved", "--token",
	}
	require.NotEmpty(t, c.aws(append(decide, token)...)["approvedAt"])
	// History.
	c.await("shop", "Failed", "stageStates", 2, "latestExecution", "status")
	history := c.aws("list-pipeline-executions", "--pipeline-name", "shop")
	require.Equal(t, first, at(history, "pipelineExecutionSummaries", 0, "pipelineExecutionId"))
	details := c.aws("list-action-executions", "--pipeline-name", "shop", "--filter", "pipelineExecutionId="+first)
	require.Equal(t, "Failed", at(details, "actionExecutionDetails", 0, "status"))
	// Retry.
	require.NoError(t, os.WriteFile(flag, nil, 0o644))
	retried := c.aws("retry-stage-execution", "--pipeline-name", "shop", "--stage-name", "Build", "--pipeline-execution-id", first, "--retry-mode", "FAILED_ACTIONS")
	require.Equal(t, first, retried["pipelineExecutionId"])
	c.succeeded(2, first)
	// Start, and stop.
	second := c.aws("start-pipeline-execution", "--name", "shop")["pipelineExecutionId"].(string)
	c.await("shop", second, "stageStates", 1, "latestExecution", "pipelineExecutionId")
	third := c.aws("start-pipeline-execution", "--name", "shop")["pipelineExecutionId"].(string)
	stopped := c.aws("stop-pipeline-execution", "--pipeline-name", "shop", "--pipeline-execution-id", second, "--abandon", "--reason", "not this one")
	require.Equal(t, second, stopped["pipelineExecutionId"])
	c.await("shop", third, "stageStates", 1, "latestExecution", "pipelineExecutionId")
	c.aws(append(decide, c.await("shop", nil, "stageStates", 1, "actionStates", 0, "latestExecution", "token").(string))...)
	c.succeeded(2, third)
	c.rollback(first)

	c.drain()
	c.served = startServe(t, data, nil, "--credentials", file)
	require.Equal(t, "shop", c.aws("get-pipeline-state", "--name", "shop")["pipelineName"])
	c.env = append(c.env, "AWS_SECRET_ACCESS_KEY=not-hers-not-hers-not-hers")
	out, err := c.do("get-pipeline-state", "--name", "shop")
	require.Error(t, err)
	require.Contains(t, string(out), "InvalidSignatureException")
	c.drain()
}

// rollback takes the last stage back to an execution.
func (c cli) rollback(target string) {
	c.t.Helper()
	args := []string{"rollback-stage", "--pipeline-name", "shop", "--stage-name", "Build", "--target-pipeline-execution-id", target}
	rolled := c.aws(args...)["pipelineExecutionId"].(string)
	require.NotEqual(c.t, target, rolled)
	c.succeeded(2, rolled)
	told := c.aws("get-pipeline-execution", "--pipeline-name", "shop", "--pipeline-execution-id", rolled)
	require.Equal(c.t, "ROLLBACK", at(told, "pipelineExecution", "executionType"))
	require.Equal(c.t, target, at(told, "pipelineExecution", "rollbackMetadata", "rollbackTargetPipelineExecutionId"))
}
