package session

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestASessionIsKnownByItsTokenAlone(t *testing.T) {
	key := []byte("a key of the server that is long")
	claims := Claims{Job: "j", Nonce: "7", Bucket: "artifacts", Actor: "arn:aws:iam::123456789012:user/ana", Expires: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	made, err := New(key, claims)
	require.NoError(t, err)
	got, who, err := Open(key, made.Token)
	require.NoError(t, err)
	require.Equal(t, claims, got)
	require.Equal(t, made, who)
	require.Regexp(t, "^ASIA[A-Z2-7]{16}$", made.AccessKey)
	require.Len(t, made.Secret, 40)

	other := claims
	other.Job = "k"
	more, err := New(key, other)
	require.NoError(t, err)
	require.NotEqual(t, made.Secret, more.Secret)
	require.NotEqual(t, made.AccessKey, more.AccessKey)
}

func TestForeignTokens(t *testing.T) {
	key := []byte("a key of the server that is long")
	made, err := New(key, Claims{Job: "j"})
	require.NoError(t, err)
	for name, token := range map[string]string{
		"none": "", "no base64": "?", "short": "AAAA", "cut": made.Token[:len(made.Token)-1], "longer": made.Token + "AAAA",
		"changed": "A" + strings.ToLower(made.Token[1:]), "huge": strings.Repeat("A", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Open(key, token)
			require.ErrorIs(t, err, ErrForeign)
		})
	}
	_, _, err = Open([]byte("another key of the same length!!"), made.Token)
	require.ErrorIs(t, err, ErrForeign)
}
