package events

import (
	"cmp"
	"strconv"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/artifactkey"
)

// envelope is EventBridge's (spec E1).
type envelope struct {
	Version    string   `json:"version"`
	ID         string   `json:"id"`
	DetailType string   `json:"detail-type"`
	Source     string   `json:"source"`
	Account    string   `json:"account"`
	Time       string   `json:"time"`
	Region     string   `json:"region"`
	Resources  []string `json:"resources"`
	Detail     any      `json:"detail"`
}

// double is a whole number as the service writes its doubles.
type double int

// MarshalJSON writes 1 as 1.0.
func (d double) MarshalJSON() ([]byte, error) { return []byte(strconv.Itoa(int(d)) + ".0"), nil }

// executionDetail is the state change of an execution.
type executionDetail struct {
	Pipeline     string       `json:"pipeline"`
	Execution    string       `json:"execution-id"`
	Started      string       `json:"start-time"`
	Trigger      *triggerPart `json:"execution-trigger,omitempty"`
	StopComments string       `json:"stop-execution-comments,omitempty"`
	State        string       `json:"state"`
	Version      double       `json:"version"`
	Attempt      double       `json:"pipeline-execution-attempt"`
}

type triggerPart struct {
	Type   string `json:"trigger-type"`
	Detail string `json:"trigger-detail,omitempty"`
}

// stageDetail is that of an execution's way through a stage.
type stageDetail struct {
	Pipeline  string `json:"pipeline"`
	Execution string `json:"execution-id"`
	Started   string `json:"start-time"`
	Stage     string `json:"stage"`
	LastRetry string `json:"stage-last-retry-attempt-time,omitempty"`
	State     string `json:"state"`
	Version   double `json:"version"`
	Attempt   double `json:"pipeline-execution-attempt"`
}

// actionDetail is that of an action execution.
type actionDetail struct {
	Pipeline        string         `json:"pipeline"`
	Execution       string         `json:"execution-id"`
	Started         string         `json:"start-time"`
	Stage           string         `json:"stage"`
	Result          *resultPart    `json:"execution-result,omitempty"`
	Inputs          []artifactPart `json:"input-artifacts,omitempty"`
	Outputs         []artifactPart `json:"output-artifacts,omitempty"`
	ActionExecution string         `json:"action-execution-id"`
	Action          string         `json:"action"`
	State           string         `json:"state"`
	Region          string         `json:"region"`
	Type            typePart       `json:"type"`
	Version         double         `json:"version"`
	Attempt         double         `json:"pipeline-execution-attempt"`
}

type resultPart struct {
	URL     string `json:"external-execution-url,omitempty"`
	Summary string `json:"external-execution-summary,omitempty"`
	ID      string `json:"external-execution-id,omitempty"`
	Error   string `json:"error-code,omitempty"`
}

type artifactPart struct {
	Name string `json:"name"`
	S3   s3Part `json:"s3location"`
}

type s3Part struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

type typePart struct {
	Owner    string `json:"owner"`
	Provider string `json:"provider"`
	Category string `json:"category"`
	Version  string `json:"version"`
}

func (o *Options) stateChange(n penstock.Notice) envelope {
	out := envelope{
		Version: "0", ID: n.ID, Source: "aws.codepipeline", Account: o.Account, Time: seconds(n.At), Region: o.Region, Resources: []string{o.arn(n.Pipeline)},
	}
	switch n.Kind {
	case penstock.NoticeExecution:
		out.DetailType, out.Detail = "CodePipeline Pipeline Execution State Change", executionDetailOf(n)
	case penstock.NoticeStage:
		out.DetailType, out.Detail = "CodePipeline Stage Execution State Change", stageDetailOf(n)
	default:
		out.DetailType, out.Detail = "CodePipeline Action Execution State Change", o.actionDetail(n)
	}
	return out
}

// executionDetailOf tells the trigger at the start, and of those that a trigger of the pipeline's has started always.
func executionDetailOf(n penstock.Notice) executionDetail {
	out := executionDetail{
		Pipeline: n.Pipeline, Execution: n.Execution, Started: millis(n.Started), StopComments: n.StopReason, State: string(n.State),
		Version: double(n.Version), Attempt: double(n.Attempt),
	}
	if n.State == penstock.StateStarted || n.Trigger.Type == penstock.TriggerWebhookV2 {
		out.Trigger = &triggerPart{Type: n.Trigger.Type, Detail: n.Trigger.Detail}
	}
	return out
}

func stageDetailOf(n penstock.Notice) stageDetail {
	out := stageDetail{
		Pipeline: n.Pipeline, Execution: n.Execution, Started: millis(n.Started), Stage: n.Stage, State: string(n.State),
		Version: double(n.Version), Attempt: double(n.Attempt),
	}
	if !n.Retried.IsZero() {
		out.LastRetry = millis(n.Retried)
	}
	return out
}

func (o *Options) actionDetail(n penstock.Notice) actionDetail {
	a := n.Action
	out := actionDetail{
		Pipeline: n.Pipeline, Execution: n.Execution, Started: millis(n.Started), Stage: n.Stage, ActionExecution: a.ActionExecution, Action: a.Name,
		State: string(n.State), Region: cmp.Or(a.Region, o.Region), Inputs: o.artifacts(n.Pipeline, a.Inputs), Outputs: o.artifacts(n.Pipeline, a.Outputs),
		Type:    typePart{Owner: string(a.Type.Owner), Provider: a.Type.Provider, Category: string(a.Type.Category), Version: a.Type.Version},
		Version: double(n.Version), Attempt: double(n.Attempt),
	}
	switch n.State {
	case penstock.StateSucceeded:
		out.Result = &resultPart{URL: a.ExternalURL, Summary: a.Summary, ID: a.ExternalID}
	case penstock.StateFailed:
		out.Result = &resultPart{URL: a.ExternalURL, Summary: a.Summary, ID: a.ExternalID}
		if a.Failure != nil {
			out.Result.Summary, out.Result.Error = cmp.Or(a.Failure.Message, a.Summary), a.Failure.Code
		}
	default:
	}
	return out
}

// artifacts are told where ListActionExecutions tells them too.
func (o *Options) artifacts(pipeline string, in []penstock.ArtifactInfo) (out []artifactPart) {
	for _, a := range in {
		out = append(out, artifactPart{Name: a.Name, S3: s3Part{Bucket: o.Bucket, Key: artifactkey.Content(pipeline, a.Name, a.Digest)}})
	}
	return out
}

func seconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func millis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
