package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

// forms are the ways in which a secret may be written.
func forms(secret string) []string {
	out := []string{secret, strings.TrimSpace(secret)}
	for line := range strings.Lines(secret) {
		out = append(out, strings.TrimSpace(line))
	}
	for _, plain := range []string{secret, strings.TrimSpace(secret)} {
		digits := hex.EncodeToString([]byte(plain))
		out = append(out, digits, strings.ToUpper(digits), url.QueryEscape(plain), url.PathEscape(plain), quoted(plain, true), quoted(plain, false))
		for offset := range 3 {
			out = append(out, inBase64(base64.RawStdEncoding, plain, offset), inBase64(base64.RawURLEncoding, plain, offset))
		}
	}
	return out
}

// quoted is the text as JSON writes it, without the quotes.
func quoted(text string, html bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(html)
	if err := encoder.Encode(text); err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// inBase64 is the part of a base64 text that the secret alone decides, when it begins at a byte offset of 0, 1 or 2 modulo 3.
func inBase64(encoding *base64.Encoding, secret string, offset int) string {
	text := encoding.EncodeToString(append(make([]byte, offset), secret...))
	first := (offset*8 + 5) / 6
	last := (offset + len(secret)) * 8 / 6
	if first >= last {
		return ""
	}
	return text[first:last]
}
