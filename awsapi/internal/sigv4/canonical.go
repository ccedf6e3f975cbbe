package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// canonical is the request as it was signed.
func canonical(r *http.Request, c Claim, bodyHash string) string {
	return canonicalOf(r, c, escape(path(r)), "", bodyHash)
}

func canonicalOf(r *http.Request, c Claim, path, query, bodyHash string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + path + "\n" + query + "\n")
	for _, name := range c.Signed {
		b.WriteString(name + ":" + strings.Join(values(r, name), ",") + "\n")
	}
	b.WriteString("\n" + strings.Join(c.Signed, ";") + "\n" + bodyHash)
	return b.String()
}

// values are a header's, as signatures have them: what Go's server keeps elsewhere included.
func values(r *http.Request, name string) []string {
	all := r.Header.Values(name)
	switch {
	case name == "host":
		all = []string{r.Host}
	case name == "content-length" && len(all) == 0 && r.ContentLength >= 0:
		all = []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	out := make([]string, len(all))
	for i, value := range all {
		out[i] = squeeze(value)
	}
	return out
}

// squeeze makes one blank of several, and none of those at the ends.
func squeeze(value string) string {
	value = strings.Trim(value, " ")
	for strings.Contains(value, "  ") {
		value = strings.ReplaceAll(value, "  ", " ")
	}
	return value
}

// path is the request's path as it came over the wire, also where a router has cut a prefix off since.
func path(r *http.Request) string {
	text := r.RequestURI
	if text == "" {
		text = r.URL.EscapedPath()
	}
	text, _, _ = strings.Cut(text, "?")
	if text == "" {
		return "/"
	}
	return text
}

// escape escapes a path that is escaped already: signatures have it so.
func escape(path string) string { return escapeBut(path, "-._~/") }

func escapeBut(path, plain string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(path) {
		if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// sign is the signature that the holder of the secret would have made.
func sign(secret string, c Claim, date, canonicalRequest string) []byte {
	hashed := sha256.Sum256([]byte(canonicalRequest))
	return keyed(signingKey(secret, c), strings.Join([]string{algorithm, date, c.scope(), hex.EncodeToString(hashed[:])}, "\n"))
}

// signingKey is the secret for one scope.
func signingKey(secret string, c Claim) []byte {
	key := []byte("AWS4" + secret)
	for _, step := range []string{c.Date, c.Region, c.Service, terminator} {
		key = keyed(key, step)
	}
	return key
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
