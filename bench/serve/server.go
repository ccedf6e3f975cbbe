package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is a penstock serve.
type server struct {
	cmd    *exec.Cmd
	url    string
	data   string
	client *http.Client
}

func start(program, data string, slots int) (*server, error) {
	s := &server{data: data, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	s.cmd = exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data", data, "--slots", fmt.Sprint(2*slots))
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the server did not become ready: %w", err)
	}
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "penstock serves "))
	return s, nil
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// call is an operation; its answer is decoded where there is a place for it.
func (s *server) call(operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header["Content-Type"] = []string{"application/x-amz-json-1.1"}
	r.Header["X-Amz-Target"] = []string{"CodePipeline_20150709." + operation}
	response, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", operation, response.Status, answer)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(answer, out)
	}
	return err
}

// read asks for a state, and ends everything when there is none.
func (s *server) read(pipeline int) {
	if err := s.call("GetPipelineState", map[string]string{"name": name(pipeline)}, nil); err != nil {
		log.Fatal(err)
	}
}

func name(pipeline int) string { return fmt.Sprintf("release-%03d", pipeline) }

// fill makes the pipelines, and gives each enough executions for all windows: they are queued, and so follow each other. They begin together, when
// all are there.
func (s *server) fill(o options) error {
	bucket := filepath.Join(s.data, "s3", "in-bucket")
	if err := os.MkdirAll(bucket, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(bucket, "app"), []byte("text"), 0o644); err != nil {
		return err
	}
	all := time.Duration(2*o.rounds+1) * o.window
	executions := min(49, int(math.Ceil(all.Seconds()/(float64(o.actions)*o.sleep.Seconds()))))
	for i := range o.pipelines {
		if err := s.call("CreatePipeline", map[string]any{"pipeline": o.pipeline(i)}, nil); err != nil {
			return err
		}
		shut := map[string]string{"pipelineName": name(i), "stageName": "Work", "transitionType": "Inbound", "reason": "not yet"}
		if err := s.call("DisableStageTransition", shut, nil); err != nil {
			return err
		}
	}
	for range executions {
		for i := range o.pipelines {
			if err := s.call("StartPipelineExecution", map[string]string{"name": name(i)}, nil); err != nil {
				return err
			}
		}
	}
	for i := range o.pipelines {
		if err := s.call("EnableStageTransition", map[string]string{"pipelineName": name(i), "stageName": "Work", "transitionType": "Inbound"}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (o options) pipeline(i int) map[string]any {
	action := func(name, category, provider string, more map[string]any) map[string]any {
		more["name"] = name
		more["actionTypeId"] = map[string]string{"category": category, "owner": "AWS", "provider": provider, "version": "1"}
		return more
	}
	code := []map[string]string{{"name": "code"}}
	stages := []any{map[string]any{"name": "Source", "actions": []any{action("Fetch", "Source", "S3", map[string]any{
		"configuration": map[string]string{"S3Bucket": "in-bucket", "S3ObjectKey": "app", "PollForSourceChanges": "false"}, "outputArtifacts": code,
	})}}}
	var work []any
	for n := range o.actions {
		work = append(work, action(fmt.Sprintf("Work%d", n), "Compute", "Commands", map[string]any{
			"commands": []string{fmt.Sprintf("sleep %.3f", o.sleep.Seconds())}, "inputArtifacts": code, "runOrder": n + 1,
		}))
	}
	return map[string]any{
		"name": name(i), "roleArn": "arn:aws:iam::123456789012:role/release", "pipelineType": "V2", "executionMode": "QUEUED",
		"artifactStore": map[string]string{"type": "S3", "location": "artifacts"}, "stages": append(stages, map[string]any{"name": "Work", "actions": work}),
	}
}

// action is a command that has ended.
type action struct {
	end  time.Time
	took time.Duration
}

// ended are the commands that have, by the server's records.
func (s *server) ended(pipelines int) (out []action, err error) {
	for i := range pipelines {
		for next := ""; ; {
			var page struct {
				NextToken              string
				ActionExecutionDetails []struct {
					StageName, Status         string
					StartTime, LastUpdateTime float64
				}
			}
			in := map[string]any{"pipelineName": name(i), "maxResults": 100}
			if next != "" {
				in["nextToken"] = next
			}
			if err := s.call("ListActionExecutions", in, &page); err != nil {
				return nil, err
			}
			for _, a := range page.ActionExecutionDetails {
				switch {
				case a.StageName != "Work" || a.Status == "InProgress":
				case a.Status != "Succeeded":
					return nil, fmt.Errorf("a command of %s has %s", name(i), a.Status)
				default:
					out = append(out, action{time.UnixMicro(int64(a.LastUpdateTime * 1e6)), time.Duration((a.LastUpdateTime - a.StartTime) * 1e9)})
				}
			}
			if next = page.NextToken; next == "" {
				break
			}
		}
	}
	return out, nil
}
