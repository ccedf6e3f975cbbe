package awsapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
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

// A token may be of another store, whose cursors mean nothing here.
func TestACursorThatNobodyAnswered(t *testing.T) {
	eng, err := penstock.NewEngine(penstock.Config{})
	require.NoError(t, err)
	s := NewHandler(eng, nil).(*service)
	elsewhere := place{Cursor: "no cursor!"}
	for name, ask := range map[string]func(c *call) error{
		"ListPipelines": func(c *call) error {
			_, err := listPipelines(t.Context(), c, &wire.ListPipelinesInput{NextToken: elsewhere.token("ListPipelines")})
			return err
		},
		"ListActionTypes": func(c *call) error {
			_, err := listActionTypes(t.Context(), c, &wire.ListActionTypesInput{NextToken: elsewhere.token("ListActionTypes", "", "")})
			return err
		},
	} {
		c := &call{service: s, model: wire.Find(name)}
		require.Equal(t, "InvalidNextTokenException", asException(c.exception(ask(c))).Type, name)
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
