package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/webhook"
)

// engine answers as it is told.
type engine struct {
	got []penstock.WebhookDelivery
	err map[string]error // by key
}

func (e *engine) ReceiveWebhook(_ context.Context, d penstock.WebhookDelivery) (penstock.WebhookReceipt, error) {
	e.got = append(e.got, d)
	return penstock.WebhookReceipt{Webhook: "push", Pipeline: "site", Execution: "x1"}, e.err[d.Key]
}

func send(h http.Handler, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:4711"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestADelivery(t *testing.T) {
	e := &engine{}
	h := webhook.NewHandler(e, nil)
	w := send(h, "/hooks/k1", `{"ref": 1}`, func(r *http.Request) {
		r.Header.Set("X-GitHub-Delivery", "d1")
		r.Header.Set("X-Hub-Signature", "sha1=1")
		r.Header.Set("X-Hub-Signature-256", "sha256=2")
		r.Header.Set("X-Forwarded-For", "203.0.113.1")
	})
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"pipelineExecutionId": "x1"}`, w.Body.String())
	require.Equal(t, []penstock.WebhookDelivery{{
		Key: "k1", ID: "d1", Body: []byte(`{"ref": 1}`), SignatureSHA1: "sha1=1", SignatureSHA256: "sha256=2", From: netip.MustParseAddr("192.0.2.7"),
	}}, e.got)
	send(h, "/hooks/k1", `{}`, func(r *http.Request) { r.Header.Set("X-GitHub-Event", "ping") })
	require.True(t, e.got[1].Probe)
}

func TestDeliveriesThatAreRefused(t *testing.T) {
	refused := func(code penstock.Code) error {
		return &penstock.Error{Code: code, Err: errors.New("the secret reason")}
	}
	e := &engine{err: map[string]error{
		"gone": refused(penstock.ErrWebhookNotFound), "forged": refused(penstock.ErrDenied), "text": refused(penstock.ErrInvalid), "deleted": refused(penstock.ErrPipelineNotFound),
		"busy": refused(penstock.ErrTooManyExecutions), "broken": refused(penstock.ErrInternal), "down": refused(penstock.ErrUnavailable),
	}}
	h := webhook.NewHandler(e, &webhook.Options{MaxBody: 10})
	for _, test := range []struct {
		name, key, body string
		change          func(*http.Request)
		status          int
		says            string
	}{
		{"no such webhook", "gone", "{}", nil, 404, "There is no such webhook."},
		{"no key", "", "{}", nil, 200, "x1"},
		{"forged", "forged", "{}", nil, 403, "The delivery is not taken."},
		{"no JSON", "text", "a=b", nil, 400, "The delivery cannot start the pipeline."},
		{"a form", "text", "a=b", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 400, "application/json"},
		{"no pipeline", "deleted", "{}", nil, 409, "cannot be started now"},
		{"a full pipeline", "busy", "{}", nil, 503, "later"},
		{"no store", "down", "{}", nil, 503, "later"},
		{"a failure of ours", "broken", "{}", nil, 500, "was not taken"},
		{"too long", "k", strings.Repeat("x", 11), nil, 413, "longer than"},
		{"cut off", "k", "", func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})) }, 400, "did not arrive whole"},
		{"another method", "k", "", func(r *http.Request) { r.Method = http.MethodGet }, 405, "by POST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := send(h, "/"+test.key, test.body, test.change)
			require.Equal(t, test.status, w.Code, w.Body.String())
			require.Contains(t, w.Body.String(), test.says)
			require.NotContains(t, w.Body.String(), "secret")
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Whoever does not know a webhook's URL cannot keep others from it.
func TestDeliveriesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &engine{err: map[string]error{"guess": &penstock.Error{Code: penstock.ErrWebhookNotFound}}}
		h := webhook.NewHandler(e, &webhook.Options{Rate: 2, Burst: 5})
		code := func(key string) int { return send(h, "/"+key, "{}", nil).Code }
		require.Equal(t, 200, code("k1"))
		for range 4 {
			require.Equal(t, 404, code("guess"))
		}
		require.Equal(t, 429, code("guess"))
		for range 4 {
			require.Equal(t, 200, code("k1"))
		}
		require.Equal(t, "1", send(h, "/k1", "{}", nil).Header().Get("Retry-After"))
		require.Equal(t, 429, code("k2"), "nobody knows it yet")
		time.Sleep(time.Second)
		require.Equal(t, 200, code("k1"))
		require.Equal(t, 200, code("k1"))
		require.Equal(t, 429, code("k1"))
		require.Equal(t, 200, code("k2"))
		n := len(e.got)
		require.Equal(t, 429, code("k1"))
		require.Len(t, e.got, n)
	})
}
