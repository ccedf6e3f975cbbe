package awsapi

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTokens(t *testing.T) {
	at := place{Cursor: "c", Execution: "x", Action: "a"}
	token := at.token("List", "site")
	got, err := readToken(token, "List", "site")
	require.NoError(t, err)
	require.Equal(t, at, got)
	start, err := readToken("", "List", "site")
	require.NoError(t, err)
	require.Zero(t, start)
	for name, wrong := range map[string][]string{
		"of another question": {token, "List", "other"}, "of a longer question": {token, "List", "site", ""}, "of parts cut elsewhere": {token, "Lists", "ite"},
		"cut": {token[:len(token)-2], "List", "site"}, "too short": {"AAAA", "List", "site"}, "no token": {"?", "List", "site"},
	} {
		_, err := readToken(wrong[0], wrong[1:]...)
		require.ErrorContains(t, err, "InvalidNextTokenException", name)
	}
}

func FuzzReadToken(f *testing.F) {
	f.Add(place{Cursor: "c", Execution: "x"}.token("List", "site"), "site")
	f.Fuzz(func(t *testing.T, token, of string) {
		p, err := readToken(token, "List", of)
		if err != nil {
			require.Zero(t, p)
			return
		}
		again, err := readToken(p.token("List", of), "List", of)
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}
