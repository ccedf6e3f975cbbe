package penstock_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

// fromGitHub is a pipeline that begins at GitHub.
func fromGitHub(t *testing.T, name string) penstock.Pipeline {
	t.Helper()
	p, err := penstock.ParsePipeline([]byte(`{"name": "` + name + `", "stages": [
		{"name": "Source", "actions": [{"name": "Checkout", "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
			"configuration": {"Owner": "acme", "Repo": "site", "Branch": "main", "OAuthToken": "hush", "PollForSourceChanges": "false"}, "outputArtifacts": [{"name": "code"}]}]},
		{"name": "SignOff", "actions": [{"name": "Release", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}]}]}`))
	require.NoError(t, err)
	return p
}

const commit = "3ac68f2f4b9d4f2f8d3b1f0f4a6f1f1f0e1e2d3c"

func pushed(branch, after string) []byte {
	return fmt.Appendf(nil, `{"ref": "refs/heads/%s", "after": %q}`, branch, after)
}

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func hookOf(change func(*penstock.Webhook)) penstock.Webhook {
	w := penstock.Webhook{
		Name: "push", Pipeline: "site", Action: "Checkout", Authentication: penstock.GitHubHMAC, Secret: "s3cret",
		Filters: []penstock.WebhookFilter{{JSONPath: "$.ref", MatchEquals: "refs/heads/{Branch}"}},
	}
	if change != nil {
		change(&w)
	}
	return w
}

// hooked is an engine with a pipeline that nobody runs, and a webhook for it.
func hooked(t *testing.T, config penstock.Config, change func(*penstock.Webhook)) (*penstock.Engine, penstock.WebhookInfo) {
	t.Helper()
	e, err := penstock.NewEngine(config)
	require.NoError(t, err)
	_, err = e.Do(t.Context(), penstock.ApplyPipeline{Pipeline: fromGitHub(t, "site"), NoStart: true})
	require.NoError(t, err)
	_, err = e.Do(t.Context(), penstock.PutWebhook{Webhook: hookOf(change)})
	require.NoError(t, err)
	w, err := e.Webhook(t.Context(), "push")
	require.NoError(t, err)
	return e, w
}

func TestAPushStartsItsPipeline(t *testing.T) {
	e, w := hooked(t, penstock.Config{}, nil)
	require.Equal(t, penstock.SecretMask, w.Secret)
	require.Len(t, w.Key, 26)
	body := pushed("main", commit)
	receipt, err := e.ReceiveWebhook(t.Context(), penstock.WebhookDelivery{
		Key: w.Key, ID: "d1", Body: body, SignatureSHA256: sign("s3cret", body), Name: func(name string) string { return "arn:" + name },
	})
	require.NoError(t, err)
	require.Equal(t, "push", receipt.Webhook)
	x, err := e.Execution(t.Context(), "site", receipt.Execution)
	require.NoError(t, err)
	require.Equal(t, penstock.TriggerWebhook, x.Trigger)
	require.Equal(t, "arn:push", x.TriggerDetail)

	after, err := e.Webhook(t.Context(), "push")
	require.NoError(t, err)
	require.Equal(t, receipt.Execution, after.LastExecution)
	require.False(t, after.LastTriggered.IsZero())
	audit, err := e.Audit(t.Context(), penstock.AuditQuery{Pipeline: "site"})
	require.NoError(t, err)
	require.Equal(t, "arn:push", audit.Entries[0].Actor)
	require.Contains(t, string(audit.Entries[0].Request), commit)

	body = pushed("other", commit)
	receipt, err = e.ReceiveWebhook(t.Context(), penstock.WebhookDelivery{Key: w.Key, ID: "d2", Body: body, SignatureSHA256: sign("s3cret", body)})
	require.NoError(t, err)
	require.Empty(t, receipt.Execution, "it is another branch")
}

func TestARepetitionStartsNothingNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		e, w := hooked(t, penstock.Config{State: state}, func(w *penstock.Webhook) { w.Authentication, w.Secret = penstock.Unauthenticated, "" })
		send := func(e *penstock.Engine, id, after string) string {
			receipt, err := e.ReceiveWebhook(t.Context(), penstock.WebhookDelivery{Key: w.Key, ID: id, Body: pushed("main", after)})
			require.NoError(t, err)
			return receipt.Execution
		}
		first := send(e, "d1", commit)
		time.Sleep(24 * time.Hour)
		require.Equal(t, first, send(bare(t, state), "d1", commit), "however late, wherever")
		second := send(e, "d2", commit)
		require.NotEqual(t, first, second, "another delivery of the same")

		require.Equal(t, second, send(e, "d3", commit), "the same body so soon, whatever it calls itself: whoever has heard it may have sent it")

		time.Sleep(penstock.RepetitionBound)
		third := send(e, "", commit)
		require.NotEqual(t, second, third, "after so long it is meant")
		for range 2 {
			time.Sleep(penstock.RepetitionBound / 3)
			require.Equal(t, third, send(e, "", commit))
			require.Equal(t, third, send(bare(t, state), "", commit))
		}
		require.NotEqual(t, third, send(e, "", strings.Repeat("a", 40)))
		time.Sleep(penstock.RepetitionBound)
		require.NotEqual(t, third, send(e, "", commit))
	})
}

// Of many at once, at several engines, with commits that are lost or seem to be, one starts something.
func TestRepetitionsAtOnceStartOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		e, w := hooked(t, penstock.Config{State: state}, func(w *penstock.Webhook) { w.Authentication, w.Secret = penstock.Unauthenticated, "" })
		faults := []storetest.Fault{storetest.None, storetest.Lost, storetest.Ambiguous, storetest.Duplicate}
		faulty := &storetest.Faulty{Store: state, Plan: func(op string, n int) storetest.Fault {
			if op != "Commit" {
				return storetest.None
			}
			return faults[n%len(faults)]
		}}
		engines := []*penstock.Engine{e, bare(t, state), bare(t, faulty)}
		var mu sync.Mutex
		var sent sync.WaitGroup
		started := map[string]bool{}
		for i := range 24 {
			sent.Go(func() {
				receipt, err := engines[i%3].ReceiveWebhook(t.Context(), penstock.WebhookDelivery{Key: w.Key, ID: fmt.Sprint(i), Body: pushed("main", commit)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					started[receipt.Execution] = true
				}
			})
		}
		sent.Wait()
		require.Len(t, started, 1)
		page, err := e.Executions(t.Context(), penstock.ExecutionQuery{Pipeline: "site"})
		require.NoError(t, err)
		require.Len(t, page.Executions, 1)
	})
}

func TestWhoMayDeliver(t *testing.T) {
	body := pushed("main", commit)
	old := hmac.New(sha1.New, []byte("s3cret"))
	old.Write(body)
	sha1 := "sha1=" + hex.EncodeToString(old.Sum(nil))
	inRange := func(text string) func(*penstock.Webhook) {
		return func(w *penstock.Webhook) {
			w.Authentication, w.Secret, w.AllowedIPRange = penstock.FromIPRange, "", text
		}
	}
	from := func(text string) penstock.WebhookDelivery {
		return penstock.WebhookDelivery{From: netip.MustParseAddr(text)}
	}
	for _, test := range []struct {
		name    string
		webhook func(*penstock.Webhook)
		d       penstock.WebhookDelivery
		taken   bool
	}{
		{"signed", nil, penstock.WebhookDelivery{SignatureSHA256: sign("s3cret", body)}, true},
		{"signed as it used to be", nil, penstock.WebhookDelivery{SignatureSHA1: sha1}, true},
		{"not signed", nil, penstock.WebhookDelivery{}, false},
		{"another secret", nil, penstock.WebhookDelivery{SignatureSHA256: sign("other", body)}, false},
		{"another body", nil, penstock.WebhookDelivery{SignatureSHA256: sign("s3cret", append(body, ' '))}, false},
		{"no prefix", nil, penstock.WebhookDelivery{SignatureSHA256: sign("s3cret", body)[7:]}, false},
		{"half a signature", nil, penstock.WebhookDelivery{SignatureSHA256: sign("s3cret", body)[:40]}, false},
		{"no digits", nil, penstock.WebhookDelivery{SignatureSHA256: "sha256=zz"}, false},
		{"the weaker one does not make good for the stronger", nil, penstock.WebhookDelivery{SignatureSHA256: sign("other", body), SignatureSHA1: sha1}, false},
		{"in the range", inRange("192.0.2.0/24"), from("192.0.2.7"), true},
		{"in the range, as IPv6 writes it", inRange("192.0.2.0/24"), from("::ffff:192.0.2.7"), true},
		{"in a range of IPv6", inRange("2001:db8::/32"), from("2001:db8::1"), true},
		{"outside the range", inRange("192.0.2.0/24"), from("192.0.3.7"), false},
		{"from nowhere", inRange("0.0.0.0/0"), penstock.WebhookDelivery{}, false},
		{"signed, but outside", inRange("192.0.2.0/24"), penstock.WebhookDelivery{From: netip.MustParseAddr("192.0.3.7"), SignatureSHA256: sign("s3cret", body)}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, w := hooked(t, penstock.Config{}, test.webhook)
			test.d.Key, test.d.Body = w.Key, body
			probe := test.d
			probe.Probe = true
			receipt, err := e.ReceiveWebhook(t.Context(), probe)
			require.Empty(t, receipt.Execution)
			require.Equal(t, test.taken, err == nil)
			receipt, err = e.ReceiveWebhook(t.Context(), test.d)
			if test.taken {
				require.NoError(t, err)
				require.NotEmpty(t, receipt.Execution)
				return
			}
			require.ErrorIs(t, err, penstock.ErrDenied)
			page, err := e.Executions(t.Context(), penstock.ExecutionQuery{Pipeline: "site"})
			require.NoError(t, err)
			require.Empty(t, page.Executions)
		})
	}
}

func TestWhatPassesTheFilters(t *testing.T) {
	for _, test := range []struct {
		name    string
		filters []penstock.WebhookFilter
		body    string
		passes  bool
	}{
		{"none", nil, `{}`, true},
		{"equal", []penstock.WebhookFilter{{"$.ref", "refs/heads/{Branch}"}}, `{"ref": "refs/heads/main"}`, true},
		{"not equal", []penstock.WebhookFilter{{"$.ref", "refs/heads/{Branch}"}}, `{"ref": "refs/heads/mainly"}`, false},
		{"not there", []penstock.WebhookFilter{{"$.ref", "x"}}, `{}`, false},
		{"any value", []penstock.WebhookFilter{{"$.ref", ""}}, `{"ref": {"is": "an object"}}`, true},
		{"any value, but there is none", []penstock.WebhookFilter{{"$.ref", ""}}, `{}`, false},
		{"all of them", []penstock.WebhookFilter{{"$.a", "1"}, {"$.b", "true"}}, `{"a": 1, "b": true}`, true},
		{"not all of them", []penstock.WebhookFilter{{"$.a", "1"}, {"$.b", "true"}}, `{"a": 1, "b": false}`, false},
		{"one of many", []penstock.WebhookFilter{{"$.commits[*].id", "b"}}, `{"commits": [{"id": "a"}, {"id": "b"}]}`, true},
		{"a number as it is written", []penstock.WebhookFilter{{"$.n", "1.50"}}, `{"n": 1.50}`, true},
		{"null equals nothing", []penstock.WebhookFilter{{"$.n", "null"}}, `{"n": null}`, false},
		{"several placeholders", []penstock.WebhookFilter{{"$.r", "{Owner}/{Repo}"}}, `{"r": "acme/site"}`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, w := hooked(t, penstock.Config{}, func(w *penstock.Webhook) {
				w.Authentication, w.Secret, w.Filters = penstock.Unauthenticated, "", test.filters
			})
			receipt, err := e.ReceiveWebhook(t.Context(), penstock.WebhookDelivery{Key: w.Key, Body: []byte(test.body)})
			require.NoError(t, err)
			require.Equal(t, test.passes, receipt.Execution != "")
		})
	}
}

func TestWebhooksThatCannotBe(t *testing.T) {
	filter := func(path, equals string) func(*penstock.Webhook) {
		return func(w *penstock.Webhook) { w.Filters = []penstock.WebhookFilter{{JSONPath: path, MatchEquals: equals}} }
	}
	for _, test := range []struct {
		name   string
		change func(*penstock.Webhook)
		code   penstock.Code
		says   string
	}{
		{"no name", func(w *penstock.Webhook) { w.Name = "" }, penstock.ErrInvalid, "the name"},
		{"a name with a slash", func(w *penstock.Webhook) { w.Name = "a/b" }, penstock.ErrInvalid, "letters, digits"},
		{"no such pipeline", func(w *penstock.Webhook) { w.Pipeline = "other" }, penstock.ErrPipelineNotFound, "no such pipeline"},
		{"no such action", func(w *penstock.Webhook) { w.Action = "Nope" }, penstock.ErrInvalid, "no source action Nope"},
		{"an action of a later stage", func(w *penstock.Webhook) { w.Action = "Release" }, penstock.ErrInvalid, "no source action Release"},
		{"six filters", func(w *penstock.Webhook) { w.Filters = make([]penstock.WebhookFilter, 6) }, penstock.ErrInvalid, "6 filters, 5 are allowed"},
		{"no path", filter("", "x"), penstock.ErrInvalidWebhookFilter, "1 to 150 characters"},
		{"a path that is none", filter("$.a[?(@.b)]", "x"), penstock.ErrInvalidWebhookFilter, "filters are not taken"},
		{"a long path", filter("$."+strings.Repeat("a", 149), "x"), penstock.ErrInvalidWebhookFilter, "1 to 150 characters"},
		{"a placeholder for nothing", filter("$.ref", "{Trunk}"), penstock.ErrInvalidWebhookFilter, "not configured with {Trunk}"},
		{"a placeholder for a secret", filter("$.ref", "{OAuthToken}"), penstock.ErrInvalidWebhookFilter, "not configured with {OAuthToken}"},
		{"no authentication", func(w *penstock.Webhook) { w.Authentication = "" }, penstock.ErrInvalid, "none of GITHUB_HMAC, IP, UNAUTHENTICATED"},
		{"no secret", func(w *penstock.Webhook) { w.Secret = "" }, penstock.ErrInvalidWebhookAuthentication, "needs a SecretToken"},
		{"the mask of no secret", func(w *penstock.Webhook) { w.Secret = penstock.SecretMask }, penstock.ErrInvalidWebhookAuthentication, "needs a SecretToken"},
		{"no range", func(w *penstock.Webhook) { w.Authentication, w.Secret = penstock.FromIPRange, "" }, penstock.ErrInvalidWebhookAuthentication, "needs an AllowedIPRange"},
		{"an address for a range", func(w *penstock.Webhook) {
			w.Authentication, w.Secret, w.AllowedIPRange = penstock.FromIPRange, "", "192.0.2.1"
		}, penstock.ErrInvalidWebhookAuthentication, "needs an AllowedIPRange"},
		{"a secret too many", func(w *penstock.Webhook) { w.Authentication = penstock.Unauthenticated }, penstock.ErrInvalidWebhookAuthentication, "neither"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, _ := hooked(t, penstock.Config{}, func(w *penstock.Webhook) { w.Name = "push" })
			w := hookOf(func(w *penstock.Webhook) { w.Name = "another" })
			test.change(&w)
			_, err := e.Do(t.Context(), penstock.PutWebhook{Webhook: w})
			require.ErrorIs(t, err, test.code)
			require.ErrorContains(t, err, test.says)
			page, err := e.Webhooks(t.Context(), penstock.WebhookQuery{})
			require.NoError(t, err)
			require.Len(t, page.Webhooks, 1)
		})
	}
}

// A webhook that is replaced keeps its URL; the mask keeps its secret; one that is created again has another URL.
func TestWebhooksAreReplacedAndDeleted(t *testing.T) {
	ctx, state := t.Context(), memory.New(nil)
	e, w := hooked(t, penstock.Config{State: state, Limits: penstock.Limits{Webhooks: 2}}, nil)
	reply, err := e.Do(ctx, penstock.PutWebhook{Webhook: w.Webhook})
	require.NoError(t, err)
	require.False(t, reply.Changed, "the mask is what it hides")
	put := penstock.PutWebhook{ID: "c1", Webhook: w.Webhook, Tags: map[string]string{"team": "web"}}
	put.Webhook.Filters = nil
	for range 2 {
		reply, err = e.Do(ctx, put)
		require.NoError(t, err)
		require.True(t, reply.Changed)
	}
	body := []byte(`{}`)
	_, err = bare(t, state).ReceiveWebhook(ctx, penstock.WebhookDelivery{Key: w.Key, Body: body, SignatureSHA256: sign("s3cret", body)})
	require.NoError(t, err, "the same URL, the same secret")
	_, err = e.Do(ctx, penstock.TagWebhook{Name: "push", Tags: map[string]string{"env": "eu"}, Remove: []string{"team", "nope"}})
	require.NoError(t, err)
	_, err = e.Do(ctx, penstock.RegisterWebhook{Name: "push"})
	require.NoError(t, err)
	info, err := e.Webhook(ctx, "push")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"env": "eu"}, info.Tags)
	require.True(t, info.Registered)

	_, err = e.Do(ctx, penstock.PutWebhook{Webhook: hookOf(func(w *penstock.Webhook) { w.Name = "again" })})
	require.NoError(t, err)
	_, err = e.Do(ctx, penstock.PutWebhook{Webhook: hookOf(func(w *penstock.Webhook) { w.Name = "too-many" })})
	require.ErrorIs(t, err, penstock.ErrLimitExceeded)
	page, err := e.Webhooks(ctx, penstock.WebhookQuery{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "again", page.Webhooks[0].Name)
	page, err = e.Webhooks(ctx, penstock.WebhookQuery{Limit: 1, Cursor: page.Next})
	require.NoError(t, err)
	require.Equal(t, "push", page.Webhooks[0].Name)
	require.Empty(t, page.Next)

	for i := range 2 {
		reply, err = e.Do(ctx, penstock.DeleteWebhook{Name: "push"})
		require.NoError(t, err)
		require.Equal(t, i == 0, reply.Changed)
	}
	for _, command := range []penstock.Command{penstock.RegisterWebhook{Name: "push"}, penstock.TagWebhook{Name: "push", Tags: map[string]string{"a": "b"}}} {
		_, err = e.Do(ctx, command)
		require.ErrorIs(t, err, penstock.ErrWebhookNotFound)
	}
	_, err = e.ReceiveWebhook(ctx, penstock.WebhookDelivery{Key: w.Key, Body: body, SignatureSHA256: sign("s3cret", body)})
	require.ErrorIs(t, err, penstock.ErrWebhookNotFound)
	_, err = e.Do(ctx, penstock.PutWebhook{Webhook: hookOf(nil)})
	require.NoError(t, err)
	info, err = e.Webhook(ctx, "push")
	require.NoError(t, err)
	require.NotEqual(t, w.Key, info.Key)
	require.True(t, info.LastTriggered.IsZero(), "it is another webhook")

	head, err := e.VerifyAudit(ctx, penstock.WebhookAudit)
	require.NoError(t, err)
	require.Equal(t, uint64(7), head.Number)
	audit, err := e.Audit(ctx, penstock.AuditQuery{Pipeline: penstock.WebhookAudit})
	require.NoError(t, err)
	for _, entry := range audit.Entries {
		require.NotContains(t, string(entry.Request), "s3cret")
	}
}

func TestAWebhookOutlivesItsPipeline(t *testing.T) {
	ctx := t.Context()
	e, w := hooked(t, penstock.Config{}, func(w *penstock.Webhook) { w.Authentication, w.Secret = penstock.Unauthenticated, "" })
	require.NoError(t, e.Delete(ctx, "site"))
	deliver := func() error {
		_, err := e.ReceiveWebhook(ctx, penstock.WebhookDelivery{Key: w.Key, ID: "d1", Body: pushed("main", commit)})
		return err
	}
	require.ErrorIs(t, deliver(), penstock.ErrPipelineNotFound)
	info, err := e.Webhook(ctx, "push")
	require.NoError(t, err)
	require.Equal(t, penstock.ErrPipelineNotFound, info.ErrorCode)
	require.NotEmpty(t, info.ErrorMessage)
	require.False(t, info.LastTriggered.IsZero())
	_, err = e.Do(ctx, penstock.ApplyPipeline{Pipeline: fromGitHub(t, "site"), NoStart: true})
	require.NoError(t, err)
	require.NoError(t, deliver(), "what started nothing may do so later")
	info, err = e.Webhook(ctx, "push")
	require.NoError(t, err)
	require.Empty(t, info.ErrorCode)
}

func TestWhoMayHook(t *testing.T) {
	ctx, allowed := t.Context(), map[penstock.Verb]bool{penstock.VerbApply: true, penstock.VerbHook: true}
	var asked []penstock.Access
	e, w := hooked(t, penstock.Config{Authorizer: penstock.AuthorizerFunc(func(_ context.Context, a penstock.Access) error {
		asked = append(asked, a)
		if !allowed[a.Verb] {
			return errors.New("no")
		}
		return nil
	})}, nil)
	require.Equal(t, penstock.Access{Verb: penstock.VerbHook, Webhook: "push"}, asked[len(asked)-1])
	body := pushed("main", commit)
	_, err := e.ReceiveWebhook(ctx, penstock.WebhookDelivery{Key: w.Key, Body: body, SignatureSHA256: sign("s3cret", body)})
	require.ErrorIs(t, err, penstock.ErrDenied)
	require.Equal(t, penstock.Access{Actor: "webhook/push", Verb: penstock.VerbStart, Pipeline: "site"}, asked[len(asked)-1])
	for _, command := range []penstock.Command{penstock.DeleteWebhook{Name: "push"}, penstock.TagWebhook{Name: "push", Tags: map[string]string{"a": "b"}}} {
		_, err := e.Do(ctx, command)
		require.ErrorIs(t, err, penstock.ErrDenied)
	}
}
