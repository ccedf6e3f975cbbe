package sigv4

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The examples of the S3 manual have this key.
var (
	manualKey = Key{Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
)

// manual is the example of an upload in chunks, and the signature of its seed.
func manual() *http.Request {
	r := httptest.NewRequest(http.MethodPut, "/examplebucket/chunkObject.txt", nil)
	r.Host = "s3.amazonaws.com"
	for name, value := range map[string]string{
		"x-amz-date": "20130524T000000Z", "x-amz-storage-class": "REDUCED_REDUNDANCY", "x-amz-content-sha256": ChunksSigned,
		"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "66560", "Content-Length": "66824",
	} {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", algorithm+" Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders="+
		"content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class, Signature="+
		"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
	return r
}

func manualBody() string {
	chunk := func(size int, signature string) string {
		return fmt.Sprintf("%x;chunk-signature=%s\r\n%s\r\n", size, signature, strings.Repeat("a", size))
	}
	return chunk(65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") +
		chunk(1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497") +
		chunk(0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9")
}

// The manual's request without a session token, so its parts are checked one by one.
func TestTheManualsUploadInChunks(t *testing.T) {
	r := manual()
	claim, ok := Parse(r.Header.Get("Authorization"))
	require.True(t, ok)
	where, query, _, ok := target(r)
	require.True(t, ok)
	date := r.Header.Get("X-Amz-Date")
	require.Equal(t, claim.Signature, sign(manualKey.Secret, claim, date, canonicalOf(r, claim, where, query, ChunksSigned)))
	seed := chunkSigner{key: signingKey(manualKey.Secret, claim), date: date, scope: claim.scope(), previous: fmt.Sprintf("%x", claim.Signature)}

	body, err := io.ReadAll(Object{Payload: ChunksSigned, chunks: seed}.Chunks(strings.NewReader(manualBody())))
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("a", 66560), string(body))
	for name, broken := range map[string]string{
		"content":             strings.Replace(manualBody(), "aaaa", "aaab", 1),
		"last content":        strings.Replace(manualBody(), "a\r\n0;", "b\r\n0;", 1),
		"the last signature":  strings.Replace(manualBody(), "b6c6", "b6c7", 1),
		"the end is missing":  strings.Split(manualBody(), "\r\n0;")[0] + "\r\n",
		"no signature":        "3\r\nabc\r\n0\r\n\r\n",
		"a trailer":           strings.TrimSuffix(manualBody(), "\r\n") + "x:y\r\n\r\n",
		"more behind the end": manualBody() + "x",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := io.ReadAll(Object{Payload: ChunksSigned, chunks: seed}.Chunks(strings.NewReader(broken)))
			require.Error(t, err)
		})
	}
}

func objectRequest(change func(r *http.Request)) (*http.Request, Key) {
	key := Key{Secret: secret, Token: "token"}
	r := httptest.NewRequest(http.MethodPut, "/bucket/pipe%40line/key?partNumber=2&uploadId=a%2Fb&x-id=", nil)
	r.Header.Set("X-Amz-Date", noon.Format(timeLayout))
	r.Header.Set("X-Amz-Content-Sha256", Unsigned)
	r.Header.Set("X-Amz-Security-Token", key.Token)
	signed := []string{"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
	c := Claim{AccessKey: accessKey, Date: "20260304", Region: "eu-west-1", Service: "s3", Signed: signed}
	signature := sign(key.Secret, c, r.Header.Get("X-Amz-Date"), canonicalOf(r, c, "/bucket/pipe%40line/key", "partNumber=2&uploadId=a%2Fb&x-id=", Unsigned))
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%x", algorithm, accessKey, c.scope(), strings.Join(signed, ";"), signature))
	if change != nil {
		change(r)
	}
	return r, key
}

func TestVerifyObject(t *testing.T) {
	v := verifier()
	v.Service = "s3"
	r, key := objectRequest(nil)
	for range 2 {
		o, err := v.VerifyObject(r, key)
		require.NoError(t, err, "also the second time")
		require.Equal(t, "a/b", o.Query.Get("uploadId"))
		require.Equal(t, Unsigned, o.Payload)
	}
	got, ok := AccessKey(r)
	require.True(t, ok)
	require.Equal(t, accessKey, got)
	for name, change := range map[string]func(r *http.Request){
		"method":          func(r *http.Request) { r.Method = http.MethodGet },
		"path":            func(r *http.Request) { r.RequestURI = "/bucket/other?partNumber=2&uploadId=a%2Fb&x-id=" },
		"query":           func(r *http.Request) { r.URL.RawQuery = "partNumber=3&uploadId=a%2Fb&x-id=" },
		"no query":        func(r *http.Request) { r.URL.RawQuery = "" },
		"a broken query":  func(r *http.Request) { r.URL.RawQuery += "&a=%" },
		"a long query":    func(r *http.Request) { r.URL.RawQuery += strings.Repeat("&a=b", 2000) },
		"host":            func(r *http.Request) { r.Host = "other" },
		"payload":         func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", ChunksUnsigned) },
		"date":            func(r *http.Request) { r.Header.Set("X-Amz-Date", noon.Add(time.Second).Format(timeLayout)) },
		"an old date":     func(r *http.Request) { r.Header.Set("X-Amz-Date", noon.Add(-time.Hour).Format(timeLayout)) },
		"token":           func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "other") },
		"no token":        func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") },
		"unsigned header": func(r *http.Request) { r.Header.Set("X-Amz-Copy-Source", "x") },
		"signature":       func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")[:200]) },
		"no signature":    func(r *http.Request) { r.Header.Del("Authorization") },
		"two signatures":  func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"two tokens":      func(r *http.Request) { r.Header.Add("X-Amz-Security-Token", "token") },
		"another payload": func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", strings.Repeat("0", 64)) },
	} {
		t.Run(name, func(t *testing.T) {
			r, key := objectRequest(change)
			_, err := v.VerifyObject(r, key)
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
		})
	}
	_, err := v.VerifyObject(r, Key{Secret: "", Token: "token"})
	require.Error(t, err)
	_, err = v.VerifyObject(r, Key{Secret: "other", Token: "token"})
	require.Error(t, err)
	elsewhere := verifier()
	_, err = elsewhere.VerifyObject(r, key)
	require.Error(t, err, "it is for another service")
}

func TestUnsignedChunks(t *testing.T) {
	for name, test := range map[string]struct {
		body, want string
		err        error
	}{
		"one":               {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "hello", nil},
		"two":               {"3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32: AAAA \r\n\r\n", "hello", nil},
		"nothing":           {"0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "", nil},
		"bare line feeds":   {"5\nhello\n0\nx-amz-checksum-crc32:AAAA\n\n", "hello", nil},
		"cut":               {"5\r\nhel", "", io.ErrUnexpectedEOF},
		"no last chunk":     {"5\r\nhello\r\n", "", io.ErrUnexpectedEOF},
		"no end":            {"5\r\nhello\r\n0\r\n", "", io.ErrUnexpectedEOF},
		"longer than said":  {"4\r\nhello\r\n0\r\n\r\n", "", ErrChunks},
		"no size":           {"\r\nhello\r\n0\r\n\r\n", "", ErrChunks},
		"a negative size":   {"-5\r\nhello\r\n0\r\n\r\n", "", ErrChunks},
		"a huge size":       {"fffffffffffffffff\r\nhello\r\n0\r\n\r\n", "", ErrChunks},
		"a signature":       {"5;chunk-signature=00\r\nhello\r\n0\r\n\r\n", "", ErrChunks},
		"a long line":       {strings.Repeat("0", 5000) + "\r\n\r\n", "", ErrChunks},
		"many trailers":     {"0\r\n" + strings.Repeat("a:b\r\n", 20) + "\r\n", "", ErrChunks},
		"no trailer's name": {"0\r\nab\r\n\r\n", "", ErrChunks},
		"behind the end":    {"0\r\n\r\nx", "", ErrChunks},
	} {
		t.Run(name, func(t *testing.T) {
			chunks := Object{Payload: ChunksUnsigned}.Chunks(strings.NewReader(test.body))
			got, err := io.ReadAll(chunks)
			if test.err != nil {
				require.ErrorIs(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
			require.Equal(t, "AAAA", chunks.Trailers().Get("X-Amz-Checksum-Crc32"))
		})
	}
}

// FuzzChunks: whatever comes is decoded or refused, and is never longer than what came.
func FuzzChunks(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", false)
	f.Add("5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n", true)
	f.Fuzz(func(t *testing.T, body string, signed bool) {
		o := Object{Payload: ChunksUnsigned}
		if signed {
			o.Payload = ChunksTrailer
		}
		got, err := io.ReadAll(o.Chunks(strings.NewReader(body)))
		require.LessOrEqual(t, len(got), len(body))
		known := errors.Is(err, ErrChunks) || errors.Is(err, ErrChunkSignature) || errors.Is(err, io.ErrUnexpectedEOF)
		require.True(t, err == nil || known, "%v", err)
	})
}

// FuzzVerifyObject: nothing but what was signed is taken, and nothing makes it panic.
func FuzzVerifyObject(f *testing.F) {
	f.Add("PUT", "/bucket/key?partNumber=2", "AWS4-HMAC-SHA256 Credential=A/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00", Unsigned)
	f.Fuzz(func(t *testing.T, method, uri, authorization, payload string) {
		r := httptest.NewRequest(http.MethodPut, "/", nil)
		r.Method, r.RequestURI = method, uri
		_, r.URL.RawQuery, _ = strings.Cut(uri, "?")
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Content-Sha256", payload)
		r.Header.Set("X-Amz-Date", noon.Format(timeLayout))
		r.Header.Set("X-Amz-Security-Token", "token")
		v := verifier()
		v.Service = "s3"
		_, err := v.VerifyObject(r, Key{Secret: secret, Token: "token"})
		require.Error(t, err)
	})
}
