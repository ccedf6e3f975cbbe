package sdktest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

func hookOf(name string, change func(*types.WebhookDefinition)) *types.WebhookDefinition {
	w := &types.WebhookDefinition{
		Name: &name, TargetPipeline: aws.String("site"), TargetAction: aws.String("Fetch"), Authentication: types.WebhookAuthenticationTypeGithubHmac,
		AuthenticationConfiguration: &types.WebhookAuthConfiguration{SecretToken: aws.String("s3cret")},
		Filters:                     []types.WebhookFilterRule{{JsonPath: aws.String("$.ref"), MatchEquals: aws.String("refs/heads/{Branch}")}},
	}
	if change != nil {
		change(w)
	}
	return w
}

// hooked has a pipeline that takes the branch main.
func hooked(t *testing.T) *bench {
	b := newBench(t, penstock.Config{})
	p := pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok"))
	p.Stages[0].Actions[0].Configuration["Branch"] = "main"
	b.create(p)
	return b
}

// deliver sends a body as GitHub does.
func (b *bench) deliver(url, secret, delivery, body string) int {
	b.t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	r, err := http.NewRequestWithContext(b.ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(b.t, err)
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	r.Header.Set("X-GitHub-Delivery", delivery)
	response, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	require.NoError(b.t, response.Body.Close())
	return response.StatusCode
}

func TestAWebhookFromPutToDelete(t *testing.T) {
	b := hooked(t)
	b.run()
	put, err := b.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf("push", nil), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}}})
	require.NoError(t, err)
	w := put.Webhook
	require.Equal(t, "arn:aws:codepipeline:"+region+":123456789012:webhook:push", *w.Arn)
	require.Equal(t, "****", *w.Definition.AuthenticationConfiguration.SecretToken)
	require.Equal(t, "team", *w.Tags[0].Key)
	require.True(t, strings.HasPrefix(*w.Url, b.server.URL+"/webhooks/"))
	require.Nil(t, w.LastTriggered)

	again, err := b.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: w.Definition})
	require.NoError(t, err)
	require.Equal(t, w, again.Webhook, "what was read can be put")

	push := `{"ref": "refs/heads/main", "after": "3ac68f2f4b9d4f2f8d3b1f0f4a6f1f1f0e1e2d3c"}`
	require.Equal(t, 200, b.deliver(*w.Url, "s3cret", "d1", push))
	require.Equal(t, 200, b.deliver(*w.Url, "s3cret", "d1", push))
	require.Equal(t, 403, b.deliver(*w.Url, "other", "d2", push))
	require.Equal(t, 200, b.deliver(*w.Url, "s3cret", "d3", `{"ref": "refs/heads/other"}`))
	require.Equal(t, 404, b.deliver(b.server.URL+"/webhooks/nope", "s3cret", "d4", push))
	ids := b.executions("site", 100, "")
	require.Len(t, ids, 2, "the first, and one for the push")
	b.wait("site", ids[0], penstock.StatusSucceeded)
	list, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: aws.String("site")})
	require.NoError(t, err)
	newest := list.PipelineExecutionSummaries[0]
	require.Equal(t, types.TriggerTypeWebhook, newest.Trigger.TriggerType)
	require.Equal(t, *w.Arn, *newest.Trigger.TriggerDetail)
	require.Equal(t, "3ac68f2f4b9d4f2f8d3b1f0f4a6f1f1f0e1e2d3c", *newest.SourceRevisions[0].RevisionId)

	_, err = b.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf("other", nil)})
	require.NoError(t, err)
	var names []string
	for p := codepipeline.NewListWebhooksPaginator(b.Client, &codepipeline.ListWebhooksInput{MaxResults: aws.Int32(1)}); p.HasMorePages(); {
		page, err := p.NextPage(b.ctx)
		require.NoError(t, err)
		require.Len(t, page.Webhooks, 1)
		names = append(names, *page.Webhooks[0].Definition.Name)
		require.Equal(t, *page.Webhooks[0].Definition.Name == "push", page.Webhooks[0].LastTriggered != nil)
	}
	require.Equal(t, []string{"other", "push"}, names)

	for range 2 {
		_, err = b.DeleteWebhook(b.ctx, &codepipeline.DeleteWebhookInput{Name: aws.String("push")})
		require.NoError(t, err)
	}
	require.Equal(t, 404, b.deliver(*w.Url, "s3cret", "d5", push))
}

func TestWebhooksThatAreRefused(t *testing.T) {
	b := hooked(t)
	put := func(change func(*types.WebhookDefinition), tags ...types.Tag) error {
		_, err := b.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf("push", change), Tags: tags})
		return err
	}
	fails[*types.PipelineNotFoundException](t, put(func(w *types.WebhookDefinition) { w.TargetPipeline = aws.String("other") }))
	fails[*types.InvalidWebhookFilterPatternException](t, put(func(w *types.WebhookDefinition) { w.Filters[0].JsonPath = aws.String("ref") }))
	fails[*types.InvalidWebhookFilterPatternException](t, put(func(w *types.WebhookDefinition) { w.Filters[0].MatchEquals = aws.String("{Trunk}") }))
	fails[*types.InvalidWebhookAuthenticationParametersException](t, put(func(w *types.WebhookDefinition) { w.AuthenticationConfiguration.SecretToken = nil }))
	fails[*types.InvalidWebhookAuthenticationParametersException](t, put(func(w *types.WebhookDefinition) {
		w.Authentication, w.AuthenticationConfiguration = types.WebhookAuthenticationTypeIp, &types.WebhookAuthConfiguration{AllowedIPRange: aws.String("here")}
	}))
	fails[*types.ValidationException](t, put(func(w *types.WebhookDefinition) { w.TargetAction = aws.String("Ship") }))
	fails[*types.ValidationException](t, put(func(w *types.WebhookDefinition) { w.Authentication = "PASSWORD" }))
	fails[*types.ValidationException](t, put(func(w *types.WebhookDefinition) { w.Filters = slices.Repeat(w.Filters, 6) }))
	fails[*types.InvalidTagsException](t, put(nil, types.Tag{Key: aws.String("aws:mine"), Value: aws.String("x")}))
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = types.Tag{Key: aws.String(strings.Repeat("k", i+1)), Value: aws.String("v")}
	}
	fails[*types.TooManyTagsException](t, put(nil, many...))
	_, err := b.ListWebhooks(b.ctx, &codepipeline.ListWebhooksInput{NextToken: aws.String("nonsense")})
	fails[*types.InvalidNextTokenException](t, err)
	_, err = b.RegisterWebhookWithThirdParty(b.ctx, &codepipeline.RegisterWebhookWithThirdPartyInput{WebhookName: aws.String("push")})
	fails[*types.WebhookNotFoundException](t, err)
	_, err = b.DeregisterWebhookWithThirdParty(b.ctx, &codepipeline.DeregisterWebhookWithThirdPartyInput{WebhookName: aws.String("push")})
	fails[*types.WebhookNotFoundException](t, err)

	few := newBench(t, penstock.Config{Limits: penstock.Limits{Webhooks: 1}})
	few.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	for i, name := range []string{"one", "two"} {
		_, err := few.PutWebhook(few.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf(name, func(w *types.WebhookDefinition) { w.Filters = []types.WebhookFilterRule{} })})
		if i == 0 {
			require.NoError(t, err)
		} else {
			fails[*types.LimitExceededException](t, err)
		}
	}
}

func TestTheThirdPartyIsTold(t *testing.T) {
	b := hooked(t)
	var told []string
	server := httptest.NewServer(awsapi.NewHandler(b.engine, &awsapi.Options{
		Region: region, Account: "123456789012", Credentials: keys, WebhookURL: "https://releases.example.com/",
		ThirdParty: func(_ context.Context, w penstock.WebhookInfo, url string) error {
			told = append(told, map[bool]string{true: "send to ", false: "do not send to "}[w.Registered]+url)
			return nil
		},
	}))
	t.Cleanup(server.Close)
	c := b.client(server.URL)
	put, err := c.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf("push", nil)})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(*put.Webhook.Url, "https://releases.example.com/webhooks/"))
	_, err = c.RegisterWebhookWithThirdParty(b.ctx, &codepipeline.RegisterWebhookWithThirdPartyInput{WebhookName: aws.String("push")})
	require.NoError(t, err)
	_, err = c.DeregisterWebhookWithThirdParty(b.ctx, &codepipeline.DeregisterWebhookWithThirdPartyInput{WebhookName: aws.String("push")})
	require.NoError(t, err)
	require.Equal(t, []string{"send to " + *put.Webhook.Url, "do not send to " + *put.Webhook.Url}, told)
}

// Without credentials deliveries, too, come from this machine alone.
func TestWebhooksWithoutCredentials(t *testing.T) {
	b := hooked(t)
	h := awsapi.NewHandler(b.engine, nil)
	for from, want := range map[string]int{"127.0.0.1:7": 404, "192.0.2.7:7": 403} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/webhooks/nope", strings.NewReader("{}"))
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, want, w.Code)
	}
}
