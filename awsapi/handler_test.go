package awsapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
	"github.com/penstock-dev/penstock/awsapi/internal/answer"
)

type fetch struct {
	Branch string
	Code   penstock.Output[string]
}

func (fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

type build struct {
	Code penstock.Input[string]
	Note string `penstock:"Note,optional"`
}

func (build) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Build", Version: "1"}
}

var code = penstock.NewArtifact[string]("code")

func site() penstock.Pipeline {
	return penstock.NewPipeline("site",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Branch: "main", Code: code.Out()})),
		penstock.NewStage("Build",
			penstock.Parallel(
				penstock.NewAction("One", build{Code: code.In()}).Retry(2),
				penstock.NewAction("Two", build{Code: code.In()}),
			).Limit(1),
			penstock.NewApproval("Release"),
		),
	).Mode(penstock.Queued)
}

// newEngine is an engine that nobody runs: executions wait for a worker in their first stage.
func newEngine(t *testing.T, config penstock.Config) *penstock.Engine {
	config.Actions = &penstock.Actions{}
	penstock.RegisterFunc(config.Actions, func(ctx context.Context, call *penstock.Call[fetch]) error {
		if err := call.SetRevision(penstock.Revision{ID: "a1b2c3", Summary: "Fix it", URL: "https://example.com/a1b2c3"}); err != nil {
			return err
		}
		return call.Config.Code.Store(ctx, call, "content")
	})
	penstock.RegisterFunc(config.Actions, func(context.Context, *penstock.Call[build]) error { return nil })
	eng, err := penstock.NewEngine(config)
	require.NoError(t, err)
	return eng
}

// client asks a handler as a tool on this machine would.
type client struct {
	t       *testing.T
	handler http.Handler
	change  func(r *http.Request)
}

func (c client) send(operation, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
	if c.change != nil {
		c.change(r)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	require.Equal(c.t, "application/x-amz-json-1.1", w.Header().Get("Content-Type"))
	require.Regexp(c.t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, w.Header().Get("X-Amzn-RequestId"))
	return w
}

// ask answers what the operation put out, which must be what the model says.
func ask[Out any](c client, operation, body string, args ...any) Out {
	c.t.Helper()
	w := c.send(operation, fmt.Sprintf(body, args...))
	require.Equal(c.t, http.StatusOK, w.Code, w.Body.String())
	var out Out
	require.NoError(c.t, answer.Check(operation, w.Code, w.Body.Bytes()))
	require.NoError(c.t, json.Unmarshal(w.Body.Bytes(), &out))
	return out
}

// refused answers the type and the message of an exception.
func (c client) refused(status int, operation, body string, args ...any) (kind, message string) {
	c.t.Helper()
	w := c.send(operation, fmt.Sprintf(body, args...))
	require.Equal(c.t, status, w.Code, w.Body.String())
	var out struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	require.NoError(c.t, json.Unmarshal(w.Body.Bytes(), &out))
	return out.Type, out.Message
}

func TestTheProtocol(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, test := range []struct {
		name    string
		change  func(r *http.Request)
		body    string
		status  int
		kind    string
		message string
	}{
		{"another method", func(r *http.Request) { r.Method = http.MethodGet }, "{}", 405, "UnknownOperationException", "Requests are sent by POST."},
		{"another path", func(r *http.Request) { r.URL.Path = "/x" }, "{}", 404, "UnknownOperationException", "There is nothing at this path."},
		{"another type", header("Content-Type", "application/json"), "{}", 415, "SerializationException", "The Content-Type must be application/x-amz-json-1.1."},
		{"compressed", header("Content-Encoding", "gzip"), "{}", 415, "SerializationException", "The body must come without a Content-Encoding."},
		{"another service", header("X-Amz-Target", "DynamoDB_20120810.GetItem"), "{}", 404, "UnknownOperationException", "The X-Amz-Target header names no operation of CodePipeline_20150709."},
		{"another operation", header("X-Amz-Target", "CodePipeline_20150709.Nope"), "{}", 404, "UnknownOperationException", "The X-Amz-Target header names no operation of CodePipeline_20150709."},
		{"too long", nil, `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "RequestEntityTooLargeException", "The request is longer than this endpoint takes."},
		{"no JSON", nil, "name=site", 400, "SerializationException", "the body is not JSON: invalid character 'a' in literal null (expecting 'u')"},
		{"invalid", nil, `{"naem":"site"}`, 400, "ValidationException", "2 validation errors detected: Value at 'naem' failed to satisfy constraint: Member must be one that the operation knows; Value null at 'name' failed to satisfy constraint: Member must not be null"},
		{"no such pipeline", nil, `{"name":"site"}`, 400, "PipelineNotFoundException", "Account '000000000000' does not have a pipeline with name 'site'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client{t, awsapi.NewHandler(newEngine(t, penstock.Config{}), nil), test.change}
			kind, message := c.refused(test.status, "GetPipeline", "%s", test.body)
			require.Equal(t, test.kind, kind)
			require.Equal(t, test.message, message)
		})
	}
}

func TestUnknownMembersAreIgnoredWhereThatIsAskedFor(t *testing.T) {
	c := client{t, awsapi.NewHandler(newEngine(t, penstock.Config{}), &awsapi.Options{IgnoreUnknown: true}), nil}
	kind, _ := c.refused(400, "GetPipeline", `{"name":"site","new":{"x":1}}`)
	require.Equal(t, "PipelineNotFoundException", kind)
}

func TestWithoutCredentialsOnlyThisMachineIsServed(t *testing.T) {
	for _, test := range []struct {
		name, sender, host, header string
		served                     bool
	}{
		{"by name", "127.0.0.1:9", "localhost", "", true},
		{"by name and port", "127.0.0.1:9", "LocalHost:8080", "", true},
		{"by address", "127.8.8.8:9", "127.0.0.1:80", "", true},
		{"by IPv6", "[::1]:9", "[::1]:80", "", true},
		{"by IPv6 without a port", "[::1]:9", "[::1]", "", true},
		{"by mapped IPv4", "[::ffff:127.0.0.1]:9", "localhost", "", true},
		{"from elsewhere", "192.0.2.1:9", "localhost", "", false},
		{"from nowhere", "@", "localhost", "", false},
		{"for another name", "127.0.0.1:9", "releases.example.com", "", false},
		{"for a name that begins alike", "127.0.0.1:9", "localhost.example.com", "", false},
		{"for no name", "127.0.0.1:9", "", "", false},
		{"through a proxy", "127.0.0.1:9", "localhost", "X-Forwarded-For", false},
		{"through another proxy", "127.0.0.1:9", "localhost", "Forwarded", false},
		{"through a third", "127.0.0.1:9", "localhost", "X-Forwarded-Proto", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client{t, awsapi.NewHandler(newEngine(t, penstock.Config{}), nil), func(r *http.Request) {
				r.RemoteAddr, r.Host = test.sender, test.host
				if test.header != "" {
					r.Header.Set(test.header, "x")
				}
			}}
			want := map[bool]string{true: "PipelineNotFoundException", false: "AccessDeniedException"}[test.served]
			kind, _ := c.refused(400, "GetPipeline", `{"name":"site"}`)
			require.Equal(t, want, kind)
		})
	}
}

func TestCredentialsAreAskedForFromThisMachineToo(t *testing.T) {
	c := client{t, awsapi.NewHandler(newEngine(t, penstock.Config{}), &awsapi.Options{Credentials: awsapi.StaticCredentials(nil)}), nil}
	kind, _ := c.refused(400, "GetPipeline", `{"name":"site"}`)
	require.Equal(t, "MissingAuthenticationTokenException", kind)
}

// broken is an engine of which one question fails.
type broken struct {
	awsapi.Engine
	do func() error
}

func (b broken) Pipeline(context.Context, string, int) (penstock.Pipeline, int, error) {
	return penstock.Pipeline{}, 0, b.do()
}

func TestFailuresThatAreNotTheClients(t *testing.T) {
	for _, test := range []struct {
		name   string
		do     func() error
		status int
		kind   string
	}{
		{"a panic", func() error { panic("secret") }, 500, "InternalFailure"},
		{"an error without a code", func() error { return errors.New("secret") }, 500, "InternalFailure"},
		{"an internal error", func() error { return &penstock.Error{Code: penstock.ErrInternal, Err: errors.New("secret")} }, 500, "InternalFailure"},
		{"a store that is away", func() error { return &penstock.Error{Code: penstock.ErrUnavailable, Err: errors.New("try later")} }, 503, "ServiceUnavailable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			options := &awsapi.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}
			c := client{t, awsapi.NewHandler(broken{newEngine(t, penstock.Config{}), test.do}, options), nil}
			kind, message := c.refused(test.status, "GetPipeline", `{"name":"site"}`)
			require.Equal(t, test.kind, kind)
			require.NotContains(t, message, "secret")
			require.Contains(t, log.String(), "GetPipeline")
		})
	}
}

func TestAHalfBodyIsRefused(t *testing.T) {
	c := client{t, awsapi.NewHandler(newEngine(t, penstock.Config{}), nil), func(r *http.Request) {
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"name":`), failing{}))
	}}
	kind, message := c.refused(400, "GetPipeline", "{}")
	require.Equal(t, "SerializationException", kind)
	require.Equal(t, "The body did not arrive whole.", message)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// The handler needs no more of an engine than *penstock.Engine has, and a folder will do.
func TestBehindAPrefix(t *testing.T) {
	c := client{t, http.StripPrefix("/aws", awsapi.NewHandler(newEngine(t, penstock.Config{}), nil)), func(r *http.Request) { r.URL.Path = "/aws/" }}
	kind, _ := c.refused(400, "GetPipeline", `{"name":"site"}`)
	require.Equal(t, "PipelineNotFoundException", kind)
}
