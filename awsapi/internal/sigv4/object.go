package sigv4

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The forms of a body that x-amz-content-sha256 can name instead of the hash of the body.
const (
	Unsigned       = "UNSIGNED-PAYLOAD"
	ChunksUnsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	ChunksSigned   = "STREAMING-" + algorithm + "-PAYLOAD"
	ChunksTrailer  = ChunksSigned + "-TRAILER"
)

const mostQuery = 4 << 10 // bytes

// Object is a request to S3 whose signature is right. Its body is yet to be judged.
type Object struct {
	Payload string     // x-amz-content-sha256: the hash of the body in hexadecimal, or one of the forms
	Query   url.Values // as it was signed

	chunks chunkSigner
}

// AccessKey is the access key that a request to S3 says it is signed with; ok is false for every other request.
func AccessKey(r *http.Request) (key string, ok bool) {
	c, ok := Parse(r.Header.Get("Authorization"))
	return c.AccessKey, ok && c.Service == "s3"
}

// VerifyObject verifies a request to S3 that has to be signed with the key, or answers a *Refusal.
func (v *Verifier) VerifyObject(r *http.Request, key Key) (Object, error) {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return Object{}, refuse(Incomplete, "The Authorization header must come once.")
	}
	claim, ok := Parse(given[0])
	if !ok {
		return Object{}, refuse(Incomplete, "The Authorization header is not one of AWS Signature Version 4.")
	}
	if err := covered(r, claim, "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"); err != nil {
		return Object{}, err
	}
	if _, err := v.date(r, claim); err != nil {
		return Object{}, err
	}
	where, query, values, ok := target(r)
	if !ok {
		return Object{}, refuse(Incomplete, "The path or the query of the request is not well formed.")
	}
	payload, date := r.Header.Get("X-Amz-Content-Sha256"), r.Header.Get("X-Amz-Date")
	want := sign(key.Secret, claim, date, canonicalOf(r, claim, where, query, payload))
	switch {
	case key.Secret == "" || !hmac.Equal(want, claim.Signature):
		return Object{}, refuse(InvalidSignature, "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	case !hmac.Equal([]byte(key.Token), []byte(r.Header.Get("X-Amz-Security-Token"))):
		return Object{}, refuse(UnknownClient, "The security token included in the request is invalid.")
	}
	return Object{payload, values, chunkSigner{
		key: signingKey(key.Secret, claim), date: date, scope: claim.scope(), previous: hex.EncodeToString(claim.Signature),
	}}, nil
}

// target is the path and the query of a request in their canonical form.
func target(r *http.Request) (where, query string, values url.Values, ok bool) {
	plain, err := url.PathUnescape(path(r))
	if err != nil || len(r.URL.RawQuery) > mostQuery {
		return "", "", nil, false
	}
	values, err = url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", "", nil, false
	}
	var pairs []string
	for name, all := range values {
		for _, value := range all {
			pairs = append(pairs, escapeBut(name, "-._~")+"="+escapeBut(value, "-._~"))
		}
	}
	slices.Sort(pairs)
	return escape(plain), strings.Join(pairs, "&"), values, true
}
