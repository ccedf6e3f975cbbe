package events_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/events"
)

var message = events.Message{ID: id, Type: events.StateChange, Pipeline: "site", Body: json.RawMessage(`{"a":1}`)}

func TestAMessageIsPosted(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	sink := events.HTTP(events.HTTPOptions{URL: server.URL, Secret: "s3cret", Header: http.Header{"Authorization": {"Bearer x"}}})
	require.NoError(t, sink.Send(t.Context(), message))
	require.Equal(t, http.MethodPost, got.Method)
	require.JSONEq(t, `{"a":1}`, string(body))
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write(body)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Penstock-Message-Id": id, "Penstock-Message-Type": "EventBridge", "Authorization": "Bearer x",
		"Penstock-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		require.Equal(t, want, got.Header.Get(name))
	}
}

func TestPostsAreTriedAgain(t *testing.T) {
	for _, test := range []struct {
		name     string
		statuses []int // the last one stays
		asked    int
		taken    bool
	}{
		{"taken", []int{204}, 1, true},
		{"taken later", []int{503, 429, 200}, 3, true},
		{"down", []int{500}, 4, false},
		{"too early", []int{425, 408, 200}, 3, true},
		{"refused for good", []int{400}, 1, true},
		{"moved", []int{302}, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n := int(asked.Add(1))
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.statuses[min(n, len(test.statuses))-1])
			}))
			defer server.Close()
			err := events.HTTP(events.HTTPOptions{URL: server.URL, Backoff: time.Microsecond}).Send(t.Context(), message)
			require.Equal(t, test.taken, err == nil, "%v", err)
			require.Equal(t, test.asked, int(asked.Load()))
		})
	}
}

// A receiver that does not answer, or is not there, costs its time and no more.
func TestPostsEnd(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(done)
	err := events.HTTP(events.HTTPOptions{URL: server.URL, Timeout: time.Millisecond, Attempts: 2, Backoff: time.Microsecond}).Send(t.Context(), message)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.ErrorIs(t, events.HTTP(events.HTTPOptions{URL: server.URL}).Send(ctx, message), context.Canceled)
	require.Error(t, events.HTTP(events.HTTPOptions{URL: "http://127.0.0.1:1", Attempts: 1}).Send(t.Context(), message))
}
