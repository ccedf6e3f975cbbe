package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Key is what a signature is verified with.
type Key struct {
	Secret    string
	Token     string // session token that has to come along; empty: none
	Principal string // who holds it
}

// ErrUnknownKey is how a look-up says that there is no such access key.
var ErrUnknownKey = errors.New("sigv4: unknown access key")

// Refusal is why a request is not taken. Code is the service's name for it.
type Refusal struct{ Code, Message string }

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

// The service's names for refusals.
const (
	MissingToken     = "MissingAuthenticationTokenException"
	Incomplete       = "IncompleteSignatureException"
	InvalidSignature = "InvalidSignatureException"
	UnknownClient    = "UnrecognizedClientException"
	Throttling       = "ThrottlingException"
)

// Verifier verifies requests to one service in one region. It is safe for concurrent use.
type Verifier struct {
	Service string
	Region  string
	Skew    time.Duration // how far a request's date may be from Now, either way
	Now     func() time.Time
	// LookUp answers the key of an access key ID, or ErrUnknownKey.
	LookUp func(ctx context.Context, accessKey string) (Key, error)

	seen replays
}

// Identity is who signed, and with what.
type Identity struct {
	AccessKey string
	Principal string   // as the look-up told
	Signature string   // in hexadecimal: no two requests have the same
	Signed    []string // names of the headers that the signature covers, lower-case, sorted
	BodyHash  string   // SHA-256 in hexadecimal
}

// Verify answers who signed a request with this body, or a *Refusal. Another error is the look-up's.
func (v *Verifier) Verify(r *http.Request, body []byte) (Identity, error) {
	claim, date, err := v.claim(r)
	if err != nil {
		return Identity{}, err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if told := r.Header.Get("X-Amz-Content-Sha256"); told != "" && told != hash {
		return Identity{}, refuse(InvalidSignature, "The x-amz-content-sha256 header is not the SHA-256 of the body.")
	}
	key, err := v.LookUp(r.Context(), claim.AccessKey)
	unknown := errors.Is(err, ErrUnknownKey)
	if err != nil && !unknown {
		return Identity{}, fmt.Errorf("sigv4: look up access key: %w", err)
	}
	// An unknown key takes as long as a wrong secret.
	want := sign(key.Secret, claim, r.Header.Get("X-Amz-Date"), canonical(r, claim, hash))
	right := hmac.Equal(want, claim.Signature)
	session := subtle.ConstantTimeCompare([]byte(key.Token), []byte(r.Header.Get("X-Amz-Security-Token"))) == 1
	switch {
	case unknown || key.Secret == "" || right && !session:
		return Identity{}, refuse(UnknownClient, "The security token included in the request is invalid.")
	case !right:
		return Identity{}, refuse(InvalidSignature, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	if err := v.seen.add([32]byte(claim.Signature), v.Now(), date.Add(v.Skew), 2*v.Skew); err != nil {
		return Identity{}, err
	}
	return Identity{claim.AccessKey, key.Principal, hex.EncodeToString(claim.Signature), claim.Signed, hash}, nil
}

// claim reads what the request says of its signature, and checks that it is for here and now and covers all that counts.
func (v *Verifier) claim(r *http.Request) (Claim, time.Time, error) {
	if strings.Contains(r.RequestURI, "?") || r.URL.RawQuery != "" || r.URL.ForceQuery {
		return Claim{}, time.Time{}, refuse(Incomplete, "A request has no query string; sign it in the Authorization header.")
	}
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return Claim{}, time.Time{}, refuse(MissingToken, "Missing Authentication Token")
	}
	claim, ok := Parse(given[0])
	if !ok || len(given) > 1 {
		return Claim{}, time.Time{}, refuse(Incomplete, "The Authorization header is not one of AWS Signature Version 4.")
	}
	if err := covered(r, claim, "host", "x-amz-date", "x-amz-target"); err != nil {
		return Claim{}, time.Time{}, err
	}
	date, err := v.date(r, claim)
	return claim, date, err
}

// once are headers that may come once only: a second one could be read by somebody else.
var once = []string{
	"Amz-Sdk-Invocation-Id", "Content-Length", "Content-Type", "X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Target",
}

// covered refuses a signature that leaves out what decides over the request.
func covered(r *http.Request, c Claim, must ...string) error {
	for _, name := range must {
		if !slices.Contains(c.Signed, name) {
			return refuse(Incomplete, "The signature must cover the header "+name+".")
		}
	}
	for _, name := range c.Signed {
		if len(values(r, name)) == 0 {
			return refuse(Incomplete, "The signature covers the header "+name+", which is not there.")
		}
	}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !slices.Contains(c.Signed, lower) {
			return refuse(Incomplete, "The signature must cover the header "+lower+".")
		}
	}
	for _, name := range once {
		if len(r.Header.Values(name)) > 1 {
			return refuse(Incomplete, "The header "+strings.ToLower(name)+" comes more than once.")
		}
	}
	return nil
}

// date is when the request was signed, if that is now and in the scope.
func (v *Verifier) date(r *http.Request, c Claim) (time.Time, error) {
	text := r.Header.Get("X-Amz-Date")
	date, err := time.Parse(timeLayout, text)
	if err != nil {
		return date, refuse(Incomplete, "The x-amz-date header must be a time such as "+timeLayout+".")
	}
	now := v.Now().UTC()
	switch {
	case c.Date != text[:8]:
		return date, refuse(InvalidSignature, "Credential should be scoped to the date of the request.")
	case c.Region != v.Region:
		return date, refuse(InvalidSignature, "Credential should be scoped to a valid region: "+v.Region+".")
	case c.Service != v.Service:
		return date, refuse(InvalidSignature, "Credential should be scoped to correct service: '"+v.Service+"'.")
	case date.Before(now.Add(-v.Skew)):
		return date, refuse(InvalidSignature, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %s.)", text, now.Add(-v.Skew).Format(timeLayout), now.Format(timeLayout), v.Skew))
	case date.After(now.Add(v.Skew)):
		return date, refuse(InvalidSignature, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %s.)", text, now.Add(v.Skew).Format(timeLayout), now.Format(timeLayout), v.Skew))
	}
	return date, nil
}

func refuse(code, message string) error { return &Refusal{code, message} }
