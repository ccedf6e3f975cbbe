package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// written are ways in which programs write a secret down.
var written = map[string]func(string) string{
	"plain":            func(s string) string { return s },
	"base64":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 of a pair": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"base64 inside":    func(s string) string { return base64.URLEncoding.EncodeToString([]byte("ab" + s + "tail")) },
	"hex":              func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":              func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"query":            url.QueryEscape,
	"path":             url.PathEscape,
	"json":             func(s string) string { b, _ := json.Marshal(map[string]string{"k": s}); return string(b) },
}

// TestASecretNeverPasses: whatever form, whatever stands around it, however the writes divide it.
func TestASecretNeverPasses(t *testing.T) {
	for name, write := range written {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := rapid.StringMatching(`[a-z0-9][a-zA-Z0-9+/=&%"<> -]{10,40}[A-Z]`).Draw(t, "secret")
				around := rapid.SliceOfN(rapid.String(), 2, 2).Draw(t, "around")
				form := write(secret)
				text := around[0] + form + around[1] + form
				var secrets Secrets
				secrets.Learn(secret)
				var out strings.Builder
				w := &Writer{To: &out, Secrets: &secrets}
				for rest := text; rest != ""; {
					n := rapid.IntRange(1, len(rest)).Draw(t, "cut")
					_, err := w.Write([]byte(rest[:n]))
					require.NoError(t, err)
					rest = rest[n:]
				}
				require.NoError(t, w.Flush())
				require.NotContains(t, out.String(), secret)
				require.Contains(t, out.String(), Struck)
				require.Equal(t, out.String(), secrets.Strike(out.String()), "no form is left")
			})
		})
	}
}

func TestNothingElseIsTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-m \n]{0,200}`).Draw(t, "text")
		var secrets Secrets
		secrets.Learn("xyzzy-xyzzy")
		var out strings.Builder
		w := &Writer{To: &out, Secrets: &secrets}
		for _, c := range []byte(text) {
			_, err := w.Write([]byte{c})
			require.NoError(t, err)
		}
		require.NoError(t, w.Flush())
		require.Equal(t, text, out.String())
	})
}

func TestLinesOfASecret(t *testing.T) {
	var secrets Secrets
	secrets.Learn("-----BEGIN KEY-----\nMIIBOgIBAAJBAK\n  c2VjcmV0bGluZQ\n-----END KEY-----\n")
	require.Equal(t, "got ****\r\nand ****", secrets.Strike("got MIIBOgIBAAJBAK\r\nand c2VjcmV0bGluZQ"))
}

func TestShortSecretsAreLeft(t *testing.T) {
	var secrets Secrets
	secrets.Learn("abc")
	require.False(t, secrets.In("abcabc"))
	require.Equal(t, "abc", secrets.Strike("abc"))
}

func TestOverlappingSecrets(t *testing.T) {
	var secrets Secrets
	secrets.Learn("password")
	secrets.Learn("wordpress-admin")
	var out strings.Builder
	w := &Writer{To: &out, Secrets: &secrets}
	for _, part := range []string{"xx passwo", "rdpress-ad", "min yy password"} {
		_, err := w.Write([]byte(part))
		require.NoError(t, err)
	}
	require.NoError(t, w.Flush())
	require.NotContains(t, out.String(), "password")
	require.Equal(t, out.String(), secrets.Strike(out.String()))
}
