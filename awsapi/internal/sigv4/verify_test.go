package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	accessKey = "AKIDEXAMPLE"
	secret    = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// request is one that is signed as it should be, after change.
func request(body string, signed []string, change func(r *http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Date", noon.Format(timeLayout))
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709.ListPipelines")
	if change != nil {
		change(r)
	}
	resign(r, body, secret, signed)
	return r
}

func resign(r *http.Request, body, secret string, signed []string) {
	if signed == nil {
		signed = []string{"content-type", "host", "x-amz-date", "x-amz-target"}
	}
	c := Claim{AccessKey: accessKey, Date: r.Header.Get("X-Amz-Date")[:8], Region: "eu-west-1", Service: "codepipeline", Signed: signed}
	sum := sha256.Sum256([]byte(body))
	signature := sign(secret, c, r.Header.Get("X-Amz-Date"), canonical(r, c, hex.EncodeToString(sum[:])))
	r.Header.Set("Authorization", algorithm+" Credential="+accessKey+"/"+c.scope()+", SignedHeaders="+strings.Join(signed, ";")+
		", Signature="+hex.EncodeToString(signature))
}

func verifier() *Verifier {
	return &Verifier{
		Service: "codepipeline", Region: "eu-west-1", Skew: 5 * time.Minute, Now: func() time.Time { return noon },
		LookUp: func(_ context.Context, key string) (Key, error) {
			switch key {
			case accessKey:
				return Key{Secret: secret}, nil
			case "BROKEN":
				return Key{}, errors.New("the vault is sealed")
			}
			return Key{}, ErrUnknownKey
		},
	}
}

// The example of the published test suite (get-vanilla).
func TestThePublishedExample(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = "example.amazonaws.com"
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	c := Claim{Date: "20150830", Region: "us-east-1", Service: "service", Signed: []string{"host", "x-amz-date"}}
	empty := sha256.Sum256(nil)
	got := sign(secret, c, "20150830T123600Z", canonical(r, c, hex.EncodeToString(empty[:])))
	require.Equal(t, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", hex.EncodeToString(got))
}

func TestAValidRequestIsGoodOnce(t *testing.T) {
	v := verifier()
	who, err := v.Verify(request("{}", nil, nil), []byte("{}"))
	require.NoError(t, err)
	require.Equal(t, accessKey, who.AccessKey)
	_, err = v.Verify(request("{}", nil, nil), []byte("{}"))
	require.EqualError(t, err, "The request was used already: sign it anew.")
	_, err = v.Verify(request("{ }", nil, nil), []byte("{ }"))
	require.NoError(t, err)
}

func TestRefusals(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	authorization := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	for _, test := range []struct {
		name          string
		signed        []string
		before, after func(r *http.Request)
		code          string
	}{
		{"no signature", nil, nil, func(r *http.Request) { r.Header.Del("Authorization") }, MissingToken},
		{"two signatures", nil, nil, func(r *http.Request) { r.Header.Add("Authorization", "x") }, Incomplete},
		{"another scheme", nil, nil, header("Authorization", "Bearer x"), Incomplete},
		{"the newer algorithm", nil, nil, authorization(algorithm, "AWS4-ECDSA-P256-SHA256"), Incomplete},
		{"an unknown key", nil, nil, authorization(accessKey, "AKIDOTHER"), UnknownClient},
		{"another secret", nil, nil, func(r *http.Request) { resign(r, "{}", "other", nil) }, InvalidSignature},
		{"another service", nil, nil, authorization("/codepipeline/", "/s3/"), InvalidSignature},
		{"another region", nil, nil, authorization("/eu-west-1/", "/us-east-1/"), InvalidSignature},
		{"another day", nil, nil, authorization("/20260304/", "/20260305/"), InvalidSignature},
		{"too old", nil, header("X-Amz-Date", "20260304T115459Z"), nil, InvalidSignature},
		{"just young enough, but changed since", nil, header("X-Amz-Date", "20260304T115500Z"), header("X-Amz-Date", "20260304T115501Z"), InvalidSignature},
		{"from the future", nil, header("X-Amz-Date", "20260304T120501Z"), nil, InvalidSignature},
		{"no time", []string{"host", "x-amz-date", "x-amz-target"}, nil, header("X-Amz-Date", "now, please"), Incomplete},
		{"another target", nil, nil, header("X-Amz-Target", "CodePipeline_20150709.DeletePipeline"), InvalidSignature},
		{"another type", nil, nil, header("Content-Type", "text/plain"), InvalidSignature},
		{"another host", nil, nil, func(r *http.Request) { r.Host = "other" }, InvalidSignature},
		{"another method", nil, nil, func(r *http.Request) { r.Method = http.MethodPut }, InvalidSignature},
		{"another path", nil, nil, func(r *http.Request) { r.RequestURI = "/x" }, InvalidSignature},
		{"the host not covered", []string{"x-amz-date", "x-amz-target"}, nil, nil, Incomplete},
		{"the date not covered", []string{"host", "x-amz-target"}, nil, nil, Incomplete},
		{"the target not covered", []string{"host", "x-amz-date"}, nil, nil, Incomplete},
		{"a header of AWS's not covered", nil, header("X-Amz-User-Agent", "x"), nil, Incomplete},
		{"a header that is not there", []string{"host", "x-amz-date", "x-amz-target", "x-gone"}, nil, nil, Incomplete},
		{"names out of order", []string{"host", "x-amz-target", "x-amz-date"}, nil, nil, Incomplete},
		{"a name twice", []string{"host", "host", "x-amz-date", "x-amz-target"}, nil, nil, Incomplete},
		{"two targets", nil, func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, nil, Incomplete},
		{"a signed URL", nil, nil, func(r *http.Request) { r.RequestURI = "/?X-Amz-Signature=x" }, Incomplete},
		{"an unsigned body", []string{"host", "x-amz-content-sha256", "x-amz-date", "x-amz-target"}, header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), nil, InvalidSignature},
		{"a session token that nobody asked for", []string{"host", "x-amz-date", "x-amz-security-token", "x-amz-target"}, header("X-Amz-Security-Token", "x"), nil, UnknownClient},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := request("{}", test.signed, test.before)
			if test.after != nil {
				test.after(r)
			}
			_, err := verifier().Verify(r, []byte("{}"))
			var refused *Refusal
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.code, refused.Code, refused.Message)
		})
	}
}

func TestAChangedBodyIsRefused(t *testing.T) {
	_, err := verifier().Verify(request("{}", nil, nil), []byte("{} "))
	require.ErrorContains(t, err, "does not match")
}

func TestABrokenLookUpIsNoRefusal(t *testing.T) {
	r := request("{}", nil, nil)
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), accessKey, "BROKEN", 1))
	_, err := verifier().Verify(r, []byte("{}"))
	require.EqualError(t, err, "sigv4: look up access key: the vault is sealed")
	require.NotErrorAs(t, err, new(*Refusal))
}

func TestASessionTokenHasToMatch(t *testing.T) {
	v := verifier()
	v.LookUp = func(context.Context, string) (Key, error) { return Key{Secret: secret, Token: "session"}, nil }
	signed := []string{"host", "x-amz-date", "x-amz-security-token", "x-amz-target"}
	for token, code := range map[string]string{"session": "", "other": UnknownClient} {
		_, err := v.Verify(request("{}", signed, func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", token) }), []byte("{}"))
		if code == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, code, err.(*Refusal).Code) //nolint:errorlint // the very type
	}
	_, err := v.Verify(request("{}", nil, nil), []byte("{}"))
	require.Error(t, err, "the token has to come")
}

// Whatever single byte of the header or the body is changed, the request is refused.
func TestEveryByteCounts(t *testing.T) {
	good := request("{}", nil, nil).Header.Get("Authorization")
	for i := range len(good) {
		r := request("{}", nil, nil)
		changed := []byte(good)
		changed[i] ^= 1
		r.Header.Set("Authorization", string(changed))
		_, err := verifier().Verify(r, []byte("{}"))
		require.Error(t, err, "byte %d of %s", i, good)
	}
}

func TestReplaysAreRememberedAsLongAsTheyAreGood(t *testing.T) {
	const skew = 5 * time.Minute
	var s replays
	signature := [32]byte{1}
	require.NoError(t, s.add(signature, noon, noon.Add(2*skew), 2*skew))
	for _, later := range []time.Duration{0, time.Minute, 2*skew - 1, 2 * skew} {
		require.Error(t, s.add(signature, noon.Add(later), noon.Add(2*skew), 2*skew), later)
	}
	require.NoError(t, s.add([32]byte{2}, noon.Add(time.Hour), noon.Add(2*time.Hour), 2*skew))
	require.Len(t, s.now, 1, "what has expired is forgotten")
	require.Empty(t, s.past)
}

func FuzzParse(f *testing.F) {
	f.Add(request("{}", nil, nil).Header.Get("Authorization"))
	f.Add(algorithm + " Credential=a/20260304/b/c/aws4_request,SignedHeaders=a;b,Signature=" + strings.Repeat("0", 64))
	f.Fuzz(func(t *testing.T, header string) {
		c, ok := Parse(header)
		if !ok {
			require.Zero(t, c)
			return
		}
		require.Len(t, c.Signature, 32)
		require.True(t, slices.IsSorted(c.Signed))
		again, ok := Parse(algorithm + " Credential=" + c.AccessKey + "/" + c.scope() + ", SignedHeaders=" + strings.Join(c.Signed, ";") + ", Signature=" + hex.EncodeToString(c.Signature))
		require.True(t, ok)
		require.Equal(t, c, again)
	})
}

// No request makes Verify panic, and none that was not signed gets through.
func FuzzVerify(f *testing.F) {
	f.Add("/", "host", "X-Amz-Date", noon.Format(timeLayout), "Credential=AKIDEXAMPLE/20260304/eu-west-1/codepipeline/aws4_request")
	f.Add("/%2f//", "h;x-amz-date", "X-Amz-Content-Sha256", "x  y", "")
	f.Fuzz(func(t *testing.T, uri, signed, name, value, credential string) {
		r := request("{}", nil, nil)
		r.RequestURI = uri
		r.Header.Add(name, value)
		r.Header.Set("Authorization", algorithm+" "+credential+", SignedHeaders="+signed+", Signature="+strings.Repeat("0", 64))
		_, err := verifier().Verify(r, []byte("{}"))
		require.Error(t, err)
	})
}
