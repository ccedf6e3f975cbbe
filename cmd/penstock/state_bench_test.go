package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi"
)

// What one read of the state costs the server, HTTP's own share aside.
func BenchmarkGetPipelineState(b *testing.B) {
	log := slog.New(slog.DiscardHandler)
	d, err := openData(b.Context(), b.TempDir(), log)
	require.NoError(b, err)
	defer d.close() //nolint:errcheck // nothing is kept
	w, err := newWorks(d, serveOptions{slots: 4}, nil, log)
	require.NoError(b, err)
	handler := awsapi.NewHandler(w, nil)
	call := func(operation string, in any) {
		body, err := json.Marshal(in)
		require.NoError(b, err)
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", bytes.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		require.Equal(b, http.StatusOK, answer.Code, answer.Body)
	}
	call("CreatePipeline", definition("shop", stage("Build", buildOf("true")), stage("Ask", approval())))
	for range 20 {
		call("StartPipelineExecution", map[string]string{"name": "shop"})
	}
	for b.Loop() {
		call("GetPipelineState", map[string]string{"name": "shop"})
	}
}
