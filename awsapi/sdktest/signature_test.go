package sdktest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

const (
	region    = "eu-west-1"
	accessKey = "AKIDEXAMPLE"
	secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var keys = awsapi.StaticCredentials{
	accessKey:    {Secret: secretKey, Principal: "arn:aws:iam::123456789012:user/ana"},
	"AKIDSECOND": {Secret: "second", Token: "session", Principal: "arn:aws:sts::123456789012:assumed-role/release/ben"},
}

// signer signs requests as the SDK does and sends them to a handler that demands it.
type signer struct {
	t      *testing.T
	server *httptest.Server
	when   time.Time
}

func newSigner(t *testing.T) signer {
	eng, err := penstock.NewEngine(penstock.Config{})
	require.NoError(t, err)
	server := httptest.NewServer(awsapi.NewHandler(eng, &awsapi.Options{Region: region, Credentials: keys}))
	t.Cleanup(server.Close)
	return signer{t, server, time.Now()}
}

// request is signed once it is what it should be.
func (s signer) request(path, body string, headers http.Header, with aws.Credentials) *http.Request {
	return s.requestTo("GetPipeline", path, body, headers, with)
}

func (s signer) requestTo(operation, path, body string, headers http.Header, with aws.Credentials) *http.Request {
	at, err := url.Parse(s.server.URL + path)
	require.NoError(s.t, err)
	r, err := http.NewRequest(http.MethodPost, at.String(), strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header = headers.Clone()
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
	sum := sha256.Sum256([]byte(body))
	require.NoError(s.t, v4.NewSigner().SignHTTP(context.Background(), with, r, hex.EncodeToString(sum[:]), "codepipeline", region, s.when))
	return r
}

// send answers the exception; everything here ends in one.
func (s signer) send(r *http.Request) string {
	response, err := s.server.Client().Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	var out struct {
		Type string `json:"__type"`
	}
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&out))
	return out.Type
}

var first = aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}

// What the SDK signs is taken, and not once one byte of it is changed.
func TestTheSDKsSignatures(t *testing.T) {
	s := newSigner(t)
	random := rand.New(rand.NewPCG(1, 2))
	paths := []string{"/", "/a", "/a/b/", "//", "/a//b", "/%20", "/a%2Fb", "/ü", "/~-._", "/a+b", "/(x)!*'", "/%25", "/a;b=c", "/a:@b,$&", "/%C3%BC", "/./x/../y"}
	for i := range 300 {
		headers := http.Header{"Amz-Sdk-Invocation-Id": {fmt.Sprint("call-", i)}}
		for range random.IntN(4) {
			name := []string{"X-Amz-Meta", "X-Other", "Accept", "Amz-Sdk-Request", "Cache-Control"}[random.IntN(5)]
			headers.Add(name, odd(random, []rune(" \tab  ,;=\"ü%/")))
		}
		body := odd(random, []rune("{}[]\":, \n\x00üa"))
		path := paths[i%len(paths)]
		want := map[bool]string{true: "", false: "UnknownOperationException"}[path == "/"]

		got := s.send(s.request(path, body, headers, first))
		require.NotContains(t, got, "Signature", "path %q, headers %q, body %q", path, headers, body)
		if want != "" {
			require.Equal(t, want, got)
		}

		r := s.request(path, body, headers, first)
		switch i % 4 {
		case 0:
			r.Body = http.NoBody
			r.ContentLength = 0
			if body == "" {
				continue
			}
		case 1:
			r.Header.Set("X-Amz-Target", "CodePipeline_20150709.DeletePipeline")
		case 2:
			r.Header.Set("Amz-Sdk-Invocation-Id", "another")
		case 3:
			r.URL.Path += "x"
			r.URL.RawPath = ""
		}
		require.Equal(t, "InvalidSignatureException", s.send(r), "path %q, change %d", path, i%4)
	}
}

func odd(random *rand.Rand, from []rune) string {
	var b bytes.Buffer
	for range random.IntN(12) {
		b.WriteRune(from[random.IntN(len(from))])
	}
	return b.String()
}

func TestWhoSigned(t *testing.T) {
	for _, test := range []struct {
		name string
		with aws.Credentials
		want string
	}{
		{"a key", first, "ValidationException"},
		{"a key with its session", aws.Credentials{AccessKeyID: "AKIDSECOND", SecretAccessKey: "second", SessionToken: "session"}, "ValidationException"},
		{"a key with another session", aws.Credentials{AccessKeyID: "AKIDSECOND", SecretAccessKey: "second", SessionToken: "other"}, "UnrecognizedClientException"},
		{"a key without its session", aws.Credentials{AccessKeyID: "AKIDSECOND", SecretAccessKey: "second"}, "UnrecognizedClientException"},
		{"a session that nobody gave", aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey, SessionToken: "x"}, "UnrecognizedClientException"},
		{"another secret", aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: "other"}, "InvalidSignatureException"},
		{"another key", aws.Credentials{AccessKeyID: "AKIDOTHER", SecretAccessKey: secretKey}, "UnrecognizedClientException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSigner(t)
			require.Equal(t, test.want, s.send(s.request("/", "{}", http.Header{}, test.with)))
		})
	}
}

func TestWhenItWasSigned(t *testing.T) {
	for ago, want := range map[time.Duration]string{
		4 * time.Minute: "ValidationException", -4 * time.Minute: "ValidationException",
		6 * time.Minute: "InvalidSignatureException", -6 * time.Minute: "InvalidSignatureException",
	} {
		s := newSigner(t)
		s.when = s.when.Add(-ago)
		require.Equal(t, want, s.send(s.request("/", "{}", http.Header{}, first)), ago)
	}
}

func TestASignedRequestIsGoodOnce(t *testing.T) {
	s := newSigner(t)
	r := s.request("/", "{}", http.Header{}, first)
	require.Equal(t, "ValidationException", s.send(r.Clone(context.Background())))
	again := s.request("/", "{}", http.Header{}, first)
	require.Equal(t, r.Header.Get("Authorization"), again.Header.Get("Authorization"))
	require.Equal(t, "InvalidSignatureException", s.send(again))
}

func TestASignedURLIsRefused(t *testing.T) {
	s := newSigner(t)
	r := s.request("/", "{}", http.Header{}, first)
	r.Header.Del("Authorization")
	sum := sha256.Sum256([]byte("{}"))
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), first, r, hex.EncodeToString(sum[:]), "codepipeline", region, s.when)
	require.NoError(t, err)
	r.URL, err = url.Parse(signed)
	require.NoError(t, err)
	require.Equal(t, "IncompleteSignatureException", s.send(r))
}

// An invocation ID that the signature does not cover could be anybody's: it makes no two commands one.
func TestAnInvocationIDThatNobodySigned(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", "", jobAction("Ship", "ok")))
	s := signer{t, b.server, time.Now()}
	for i, signed := range []bool{true, true, false, false} {
		headers := http.Header{}
		s.when = s.when.Add(time.Second)
		if signed {
			headers.Set("Amz-Sdk-Invocation-Id", "1")
		}
		r := s.requestTo("StartPipelineExecution", "/", `{"name":"site"}`, headers, first)
		r.Header.Set("Amz-Sdk-Invocation-Id", "1")
		require.Empty(t, s.send(r), i)
	}
	require.Len(t, b.executions("site", 100, ""), 1+1+2, "the first, that of a command sent twice, and those of two commands")
}
