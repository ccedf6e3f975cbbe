package awsapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

const invocation = "Amz-Sdk-Invocation-Id"

// authenticate says who the request is from, and what its command is called.
func (c *call) authenticate(r *http.Request, body []byte) error {
	sum := sha256.Sum256(body)
	hash, once := hex.EncodeToString(sum[:]), r.Header.Get(invocation)
	c.actor = c.options.userArn("local")
	if c.options.Credentials != nil {
		who, err := c.verifier.Verify(r, body)
		if err != nil {
			return err
		}
		c.actor = cmp.Or(who.Principal, c.options.userArn(who.AccessKey))
		if !slices.Contains(who.Signed, strings.ToLower(invocation)) {
			once = who.Signature // nobody vouches for the ID; but who sends the same again sends the same signature
		}
	}
	if once != "" {
		c.command = commandID("request", c.actor, r.Header.Get("X-Amz-Target"), hash, once)
	}
	return nil
}

// commandID is a name for a command that the same parts have and no others.
func commandID(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part)) // no two lists of parts run together alike
		h.Write(sum[:])
	}
	return "aws-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// lookUp is the verifier's.
func (s *service) lookUp(ctx context.Context, accessKey string) (sigv4.Key, error) {
	found, err := s.options.Credentials.Credential(ctx, accessKey)
	if errors.Is(err, penstock.ErrNotFound) {
		return sigv4.Key{}, sigv4.ErrUnknownKey
	}
	return sigv4.Key{Secret: found.Secret, Token: found.Token, Principal: found.Principal}, err
}

// fromHere refuses what may come from another machine, or from a page that a browser here shows: its own name, or its proxy, gives it away.
func fromHere(r *http.Request) error {
	sender, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !sender.Addr().Unmap().IsLoopback() || !isLoopback(r.Host) {
		return denied
	}
	for name := range r.Header {
		if name == "Forwarded" || strings.HasPrefix(name, "X-Forwarded-") {
			return denied
		}
	}
	return nil
}

var denied = &exception{
	http.StatusBadRequest, "AccessDeniedException", "This endpoint has no credentials: it serves requests from a loopback address to a loopback host, without a proxy.",
}

// isLoopback judges the Host of a request.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}
