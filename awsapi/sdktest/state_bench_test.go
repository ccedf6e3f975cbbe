//go:build unix

package sdktest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// discarded is an answer that nobody reads.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(status int)      { d.status = status }

// BenchmarkGetPipelineState is what a read of a state takes in the server, net/http's reading and writing aside: the signature, the request, the
// store, the answer. The pipeline has ten stages of four actions, and an execution that has been through half of them.
func BenchmarkGetPipelineState(b *testing.B) {
	for _, test := range []struct {
		name   string
		keys   awsapi.Credentials
		sqlite bool
	}{
		{"memory/unsigned", nil, false}, {"memory/signed", keys, false}, {"sqlite/unsigned", nil, true}, {"sqlite/signed", keys, true},
	} {
		b.Run(test.name, func(b *testing.B) {
			config := penstock.Config{State: memory.New(nil)}
			if test.sqlite {
				state, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "state"), nil)
				require.NoError(b, err)
				defer state.Close()
				config.State = state
			}
			h := awsapi.NewHandler(releasing(b, config), &awsapi.Options{Region: region, Account: "123456789012", Credentials: test.keys})
			requests := make([]*http.Request, b.N)
			for i := range requests {
				requests[i] = readRequest(b, i, test.keys != nil)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := used()
			for _, r := range requests {
				w := &discarded{header: http.Header{}}
				if h.ServeHTTP(w, r); w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
			b.ReportMetric(float64((used()-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// releasing is an engine with a pipeline of which half is done.
func releasing(b *testing.B, config penstock.Config) *penstock.Engine {
	var actions penstock.Actions
	reached := make(chan struct{}, 4)
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[fetch]) error {
		return call.SetRevision(penstock.Revision{ID: "a1b2c3", Summary: "Fix it"})
	})
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[job]) error {
		if call.Config.Do == "hold" {
			reached <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		call.Summary("done")
		return call.External("run-7", "https://example.com/run-7")
	})
	config.Actions, config.DrainTimeout = &actions, time.Millisecond
	eng, err := penstock.NewEngine(config)
	require.NoError(b, err)
	stages := []penstock.Stage{penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Branch: "main"}))}
	for name := range strings.FieldsSeq("Build Test Scan Pack Hold Early Main Late Rest") {
		do := map[bool]string{true: "hold", false: "ok"}[name == "Hold"]
		stages = append(stages, penstock.NewStage(name, penstock.Parallel(
			penstock.NewAction("One", job{Do: do}), penstock.NewAction("Two", job{Do: do}), penstock.NewAction("Three", job{Do: do}), penstock.NewAction("Four", job{Do: do}),
		)))
	}
	_, err = eng.Apply(b.Context(), penstock.NewPipeline("site", stages...).Mode(penstock.Queued))
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- eng.Run(ctx) }()
	for range 4 {
		<-reached
	}
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-ended)
	})
	return eng
}

// readRequest is a request for the state, each signed under an invocation ID of its own.
func readRequest(b *testing.B, i int, signed bool) *http.Request {
	const body = `{"name":"site"}`
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Host, r.RemoteAddr = "localhost", "127.0.0.1:7"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709.GetPipelineState")
	if signed {
		sum := sha256.Sum256([]byte(body))
		r.Header.Set("Amz-Sdk-Invocation-Id", hex.EncodeToString([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}))
		r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
		err := v4.NewSigner().SignHTTP(b.Context(), aws.Credentials{AccessKeyID: first.AccessKeyID, SecretAccessKey: first.SecretAccessKey}, r, hex.EncodeToString(sum[:]), "codepipeline", region, time.Now())
		require.NoError(b, err)
	}
	return r
}
