package webhook

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const commit = "3ac68f2f4b9d4f2f8d3b1f0f4a6f1f1f0e1e2d3c"

func TestRevision(t *testing.T) {
	for _, test := range []struct{ name, body, branch, want string }{
		{"a push", `{"ref": "refs/heads/main", "after": "` + commit + `"}`, "main", commit},
		{"a push with SHA-256", `{"ref": "refs/heads/main", "after": "` + strings.Repeat("ab", 32) + `"}`, "main", strings.Repeat("ab", 32)},
		{"a branch with a slash", `{"ref": "refs/heads/release/1", "after": "` + commit + `"}`, "release/1", commit},
		{"another branch", `{"ref": "refs/heads/topic", "after": "` + commit + `"}`, "main", ""},
		{"a tag", `{"ref": "refs/tags/main", "after": "` + commit + `"}`, "main", ""},
		{"an action without a branch", `{"ref": "refs/heads/", "after": "` + commit + `"}`, "", ""},
		{"the branch was deleted", `{"ref": "refs/heads/main", "after": "` + strings.Repeat("0", 40) + `"}`, "main", ""},
		{"no commit", `{"ref": "refs/heads/main", "after": "HEAD; rm"}`, "main", ""},
		{"40 characters that are none", `{"ref": "refs/heads/main", "after": "` + strings.Repeat("x", 40) + `"}`, "main", ""},
		{"something else", `{"ref": 7, "after": {}}`, "main", ""},
		{"a list", `[]`, "main", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			document, err := Read([]byte(test.body))
			require.NoError(t, err)
			require.Equal(t, test.want, Revision(document, test.branch))
		})
	}
}

func TestRead(t *testing.T) {
	for _, body := range []string{"", "{", "a=b", "{} {}", "\xff"} {
		_, err := Read([]byte(body))
		require.ErrorIs(t, err, ErrNoJSON, body)
	}
}

func TestExpand(t *testing.T) {
	with := map[string]string{"Branch": "{Owner}", "Owner": "acme"}
	for text, want := range map[string]string{
		"": "", "plain": "plain", "{Branch}": "{Owner}", "a/{Owner}/{Branch}/b": "a/acme/{Owner}/b", "{": "{", "a{b": "a{b", "}": "}",
	} {
		out, unknown := expand(text, with)
		require.Empty(t, unknown)
		require.Equal(t, want, out)
	}
	_, unknown := expand("{Owner} {owner}", with)
	require.Equal(t, "{owner}", unknown)
}

// Whatever arrives, nothing panics, and nothing passes that is not signed.
func FuzzDelivery(f *testing.F) {
	f.Add([]byte(`{"ref": "refs/heads/main"}`), "sha256=00", "sha1=00", "192.0.2.1")
	f.Fuzz(func(t *testing.T, body []byte, sha256, sha1, from string) {
		addr, _ := netip.ParseAddr(from)
		w := Webhook{Authentication: GitHubHMAC, Secret: "unguessable", Filters: []Filter{{Path: "$..ref", Equals: "x{Branch}"}}}
		require.False(t, w.Authentic(&Delivery{Body: body, SHA256: sha256, SHA1: sha1, From: addr}))
		if document, err := Read(body); err == nil {
			w.Passes(document, map[string]string{"Branch": "y"})
			Revision(document, "main")
		}
	})
}
