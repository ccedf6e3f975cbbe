package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/events"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	options = &events.Options{Region: "us-west-2", Account: "123456789012", Bucket: "releases", Console: "https://releases.example.com/"}
	at      = time.Date(2020, 1, 24, 22, 3, 7, 450_000_000, time.UTC)
)

const (
	id     = "f8ab1c2d-0000-8000-8000-000000000001"
	flow   = "0f8ab1c2-0000-8000-8000-000000000002"
	action = "10f8ab1c-0000-8000-8000-000000000003"
)

// golden compares messages, each under its name, with a file of testdata.
func golden(t *testing.T, file string, names []string, notices []penstock.Notice) {
	t.Helper()
	var out bytes.Buffer
	for i, n := range notices {
		m, ok := events.Of(n, options)
		fmt.Fprintf(&out, "== %s\n", names[i])
		if !ok {
			out.WriteString("nothing\n\n")
			continue
		}
		require.Equal(t, n.ID, m.ID)
		fmt.Fprintf(&out, "%s about %q\n", m.Type, m.Pipeline)
		require.NoError(t, json.Indent(&out, m.Body, "", "  "))
		out.WriteString("\n\n")
	}
	path := filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

func notice(kind penstock.NoticeKind, state penstock.NoticeState) penstock.Notice {
	n := penstock.Notice{
		ID: id, Kind: kind, Pipeline: "storefront", Event: 17, At: at, State: state, Execution: flow, Version: 4, Attempt: 1, Started: at.Add(-time.Minute),
	}
	switch kind {
	case penstock.NoticeExecution:
		n.Trigger = penstock.ExecutionTrigger{Type: penstock.TriggerStart, Detail: "arn:aws:iam::123456789012:user/ana"}
	case penstock.NoticeStage:
		n.Stage = "Deploy"
	default:
		n.Stage = "Deploy"
		n.Action = &penstock.ActionNotice{
			Name: "Ship", ActionExecution: action,
			Type: penstock.ActionType{Category: penstock.CategoryDeploy, Owner: penstock.OwnerAWS, Provider: "CodeDeploy", Version: "1"},
		}
	}
	return n
}

func TestStateChanges(t *testing.T) {
	var names []string
	var all []penstock.Notice
	add := func(name string, n penstock.Notice, change func(*penstock.Notice)) {
		if change != nil {
			change(&n)
		}
		names, all = append(names, string(n.Kind)+" "+string(n.State)+name), append(all, n)
	}
	execution := []penstock.NoticeState{
		penstock.StateStarted, penstock.StateResumed, penstock.StateStopping, penstock.StateStopped, penstock.StateSucceeded, penstock.StateFailed,
		penstock.StateSuperseded, penstock.StateCanceled,
	}
	for _, state := range execution {
		add("", notice(penstock.NoticeExecution, state), func(n *penstock.Notice) {
			switch state {
			case penstock.StateResumed:
				n.Attempt = 2
			case penstock.StateStopping:
				n.StopReason = "broken"
			}
		})
	}
	add(", started by a trigger", notice(penstock.NoticeExecution, penstock.StateSucceeded), func(n *penstock.Notice) {
		n.Trigger = penstock.ExecutionTrigger{Type: penstock.TriggerWebhookV2, Detail: "{}"}
	})
	for _, state := range execution {
		if state != penstock.StateSuperseded {
			add("", notice(penstock.NoticeStage, state), func(n *penstock.Notice) {
				if state == penstock.StateResumed {
					n.Attempt, n.Retried = 2, at
				}
			})
		}
	}
	artifact := []penstock.ArtifactInfo{{Name: "image", Digest: "sha256:c0ffee"}}
	add("", notice(penstock.NoticeAction, penstock.StateStarted), func(n *penstock.Notice) { n.Action.Inputs = artifact })
	add("", notice(penstock.NoticeAction, penstock.StateSucceeded), func(n *penstock.Notice) {
		n.Action.Outputs, n.Action.ExternalID, n.Action.ExternalURL, n.Action.Summary = artifact, "d-1", "https://example.com/d-1", "Deployment d-1 succeeded"
	})
	add("", notice(penstock.NoticeAction, penstock.StateFailed), func(n *penstock.Notice) {
		n.Action.ExternalID, n.Action.ExternalURL, n.Action.Region = "d-1", "https://example.com/d-1", "eu-central-1"
		n.Action.Failure = &penstock.Failure{Code: "JobFailed", Message: "Deployment d-1 failed"}
	})
	add("", notice(penstock.NoticeAction, penstock.StateAbandoned), nil)
	add("", notice(penstock.NoticeAction, penstock.StateCanceled), nil)
	golden(t, "statechanges.txt", names, all)
}

func TestApprovals(t *testing.T) {
	n := notice(penstock.NoticeApproval, "")
	n.Action.Token, n.Action.Expires = "t-1", time.Date(2016, 7, 7, 20, 22, 59, 0, time.UTC)
	bare := n
	n.Action.Name = "Sign off"
	n.Action.Configuration = map[string]string{"CustomData": "Check \"it\"", "ExternalEntityLink": "https://example.com/release"}
	golden(t, "approval.txt", []string{"approval"}, []penstock.Notice{n})
	m, ok := events.Of(bare, nil)
	require.True(t, ok)
	require.Contains(t, string(m.Body), `"approvalReviewLink":""`)
}

func TestRecords(t *testing.T) {
	var names []string
	var all []penstock.Notice
	add := func(verb penstock.Verb, command any, change func(*penstock.Notice)) {
		request, err := json.Marshal(command)
		require.NoError(t, err)
		n := penstock.Notice{ID: id, Kind: penstock.NoticeCommand, Pipeline: "storefront", At: at, Version: 4, Command: &penstock.AuditEntry{
			At: at, Actor: "arn:aws:iam::123456789012:user/releases/ana", Verb: verb, Command: "c-1", Request: request, Execution: flow,
		}}
		if change != nil {
			change(&n)
		}
		names, all = append(names, strings.TrimPrefix(fmt.Sprintf("%s %T", verb, command), "penstock.")), append(all, n)
	}
	of := func(pipeline string) func(*penstock.Notice) {
		return func(n *penstock.Notice) { n.Pipeline, n.Command.Execution = pipeline, "" }
	}
	add(penstock.VerbApply, struct{}{}, func(n *penstock.Notice) { n.Created, n.Version = true, 1 })
	add(penstock.VerbApply, struct{}{}, func(n *penstock.Notice) { n.Command.Command, n.Command.Actor = "", "ana" })
	add(penstock.VerbDelete, penstock.DeletePipeline{Pipeline: "storefront"}, of("storefront"))
	add(penstock.VerbStart, penstock.StartExecution{
		Pipeline: "storefront", Variables: map[string]string{"b": "2", "a": "1"}, Revisions: map[string]string{"Checkout": "c0ffee"},
		Sources: []penstock.SourceRevision{{Action: "Image", Type: penstock.ImageDigest, Value: "sha256:1"}},
	}, func(n *penstock.Notice) { n.Command.Actor = "arn:aws:codepipeline:us-west-2:123456789012:webhook:push" })
	add(penstock.VerbStop, penstock.StopExecution{Pipeline: "storefront", Execution: flow, Reason: "broken"}, nil)
	add(penstock.VerbAbandon, penstock.StopExecution{Pipeline: "storefront", Execution: flow, Abandon: true}, func(n *penstock.Notice) {
		n.Command.Actor = "arn:aws:sts::123456789012:assumed-role/release/session"
	})
	add(penstock.VerbRetry, penstock.RetryStageExecution{Pipeline: "storefront", Stage: "Deploy", Execution: flow, Mode: penstock.AllActions}, nil)
	add(penstock.VerbRollback, penstock.RollbackStage{Pipeline: "storefront", Stage: "Deploy", Target: flow}, nil)
	add(penstock.VerbApprove, penstock.DecideApproval{Pipeline: "storefront", Stage: "SignOff", Action: "Release", Token: "t-1", Reject: true, Summary: "no"}, nil)
	add(penstock.VerbEnable, penstock.SetTransition{Pipeline: "storefront", Stage: "Deploy", Enabled: true}, nil)
	add(penstock.VerbDisable, penstock.SetTransition{Pipeline: "storefront", Stage: "Deploy", Reason: "freeze"}, nil)
	add(penstock.VerbOverride, penstock.OverrideCondition{Pipeline: "storefront", Stage: "Deploy", Execution: flow, Gate: penstock.GateBeforeEntry}, nil)
	add(penstock.VerbAnnounce, penstock.PutActionRevision{Pipeline: "storefront", Stage: "Source", Action: "Checkout", Revision: "r1", ChangeID: "1", Created: at}, nil)
	add(penstock.VerbTag, penstock.TagPipeline{Pipeline: "storefront", Tags: map[string]string{"team": "web"}}, of("storefront"))
	add(penstock.VerbUntag, penstock.UntagPipeline{Pipeline: "storefront", Keys: []string{"team"}}, of("storefront"))
	add(penstock.VerbUntag, penstock.TagWebhook{Name: "push", Remove: []string{"team"}}, of(penstock.WebhookAudit))
	add(penstock.VerbDeclare, penstock.CreateActionType{Type: penstock.CustomActionType{Category: penstock.CategoryTest, Provider: "Scan", Version: "1"}}, of(penstock.CatalogueAudit))
	add(penstock.VerbDeclare, penstock.UpdateActionType{Type: penstock.PublishedActionType{
		Type: penstock.ActionType{Category: penstock.CategoryTest, Owner: penstock.OwnerThirdParty, Provider: "Scan", Version: "1"},
	}}, of(penstock.CatalogueAudit))
	add(penstock.VerbUndeclare, penstock.DeleteActionType{Category: penstock.CategoryTest, Provider: "Scan", Version: "1"}, of(penstock.CatalogueAudit))
	add(penstock.VerbHook, penstock.PutWebhook{Webhook: penstock.Webhook{
		Name: "push", Pipeline: "storefront", Action: "Checkout", Authentication: penstock.GitHubHMAC, Secret: penstock.SecretMask,
		Filters: []penstock.WebhookFilter{{JSONPath: "$.ref", MatchEquals: "refs/heads/{Branch}"}},
	}}, of(penstock.WebhookAudit))
	add(penstock.VerbHook, penstock.RegisterWebhook{Name: "push"}, of(penstock.WebhookAudit))
	add(penstock.VerbHook, penstock.RegisterWebhook{Name: "push", Deregister: true}, of(penstock.WebhookAudit))
	add(penstock.VerbUnhook, penstock.DeleteWebhook{Name: "push"}, of(penstock.WebhookAudit))
	add(penstock.VerbSucceed, struct{ Job, Summary string }{"j-1", "done"}, nil)
	add(penstock.VerbFail, struct{ Job, Type string }{"j-1", "JobFailed"}, nil)
	add(penstock.VerbRelease, penstock.ReleasePipeline{Pipeline: "storefront"}, nil)
	golden(t, "records.txt", names, all)
}

// engine tells each list of notices until it is taken, as an engine does.
type engine [][]penstock.Notice

func (e engine) Subscribe(ctx context.Context, _ penstock.Subscription, tell func(context.Context, []penstock.Notice) error) error {
	for _, notices := range e {
		for tell(ctx, notices) != nil {
		}
	}
	return nil
}

func TestPublishOffersAgainWhatWasNotTaken(t *testing.T) {
	first, second := notice(penstock.NoticeExecution, penstock.StateStarted), notice(penstock.NoticeStage, penstock.StateStarted)
	second.ID = "second"
	nothing := penstock.Notice{Kind: penstock.NoticeCommand, Command: &penstock.AuditEntry{Verb: penstock.VerbRelease}}
	var got []string
	sink := events.SinkFunc(func(_ context.Context, m events.Message) error {
		got = append(got, m.ID)
		if len(got) == 2 {
			return errors.New("not now")
		}
		return nil
	})
	require.NoError(t, events.Publish(t.Context(), engine{{first, nothing, second}}, penstock.Subscription{Name: "s"}, sink, options))
	require.Equal(t, []string{id, "second", id, "second"}, got)
}
