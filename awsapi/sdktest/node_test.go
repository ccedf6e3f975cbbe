package sdktest

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/answer"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// recorder passes requests on, and puts every answer before the model.
type recorder struct {
	next    http.Handler
	mu      sync.Mutex
	asked   map[string]bool
	strange []error
}

// ServeHTTP answers a request.
func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	answered := httptest.NewRecorder()
	r.next.ServeHTTP(answered, request)
	operation := strings.TrimPrefix(request.Header.Get("X-Amz-Target"), "CodePipeline_20150709.")
	body := answered.Body.Bytes()
	err := answer.Check(operation, answered.Code, body)
	r.mu.Lock()
	if r.asked[operation] = true; err != nil {
		r.strange = append(r.strange, err)
	}
	r.mu.Unlock()
	maps.Copy(w.Header(), answered.Header())
	w.WriteHeader(answered.Code)
	_, _ = io.Copy(w, bytes.NewReader(body))
}

func TestTheClientForJavaScript(t *testing.T) {
	b := newBench(t, penstock.Config{})
	_, err := b.engine.Do(b.ctx, penstock.UpdateActionType{Publish: true, Type: penstock.PublishedActionType{
		Type:            penstock.ActionType{Category: penstock.CategoryTest, Owner: penstock.OwnerThirdParty, Provider: "Probe", Version: "1"},
		PollingAccounts: []string{"123456789012"},
	}})
	require.NoError(t, err)
	b.run()
	r := &recorder{next: b.server.Config.Handler, asked: map[string]bool{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)

	run := func(name string, arguments ...string) {
		t.Helper()
		c := exec.CommandContext(context.Background(), name, arguments...)
		c.Dir = "../nodetest"
		c.Env = append(os.Environ(), "REGION="+region, "ACCESS_KEY="+first.AccessKeyID, "SECRET_KEY="+first.SecretAccessKey)
		said, err := c.CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
	run("./prepare.sh")
	run("node", "drive.mjs", server.URL)
	require.Empty(t, r.strange)
	for _, op := range wire.Operations {
		require.True(t, r.asked[op.Name], "%s was not asked for", op.Name)
	}
}
