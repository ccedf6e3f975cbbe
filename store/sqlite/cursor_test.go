package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

// A cursor is for the query that it came from.
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	apply(t, s, batch("a", 1), batch("a", 2), batch("b", 1))
	page, err := s.List(t.Context(), store.Query{Kind: "step", Group: "a", Limit: 1})
	require.NoError(t, err)
	require.NotEmpty(t, page.Next)
	for name, q := range map[string]store.Query{
		"another group":      {Group: "b", Cursor: page.Next},
		"the group no name":  {Cursor: page.Next},
		"another group, key": {Group: "b", Key: &store.Key{Name: "stream", Value: "b"}, Cursor: page.Next},
		"not base64":         {Group: "a", Cursor: "!"},
		"no place":           {Group: "a", Cursor: "YWJj"},
	} {
		q.Kind = "step"
		_, err := s.List(t.Context(), q)
		require.ErrorAs(t, err, new(*store.Invalid), name)
	}
	for _, cursor := range []string{"5.0", "0.0", "-1.0", "1.-1", "1", "1.", "1.0 ", "01.0", "1.2", "4.1", "99999999999999999999.0", "x"} {
		_, err := s.Events(t.Context(), store.FeedQuery{Cursor: cursor})
		require.ErrorAs(t, err, new(*store.Invalid), cursor)
	}
	for cursor, left := range map[string]int{"": 3, "1.0": 3, "1.1": 2, "3.0": 1, "4.0": 0} {
		feed, err := s.Events(t.Context(), store.FeedQuery{Cursor: cursor})
		require.NoError(t, err, cursor)
		require.Len(t, feed.Events, left, cursor)
	}
}
