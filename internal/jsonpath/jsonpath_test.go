package jsonpath

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const push = `{"ref": "refs/heads/main", "forced": false, "size": 2, "a.b": "dotted", "it's": "quoted", "": "none", "gone": null,
	"commits": [{"id": "one", "author": {"name": "ana"}}, {"id": "two", "author": {"name": "bob"}}], "head": {"id": "two", "tree": {"id": "three"}}}`

func selected(t *testing.T, path, document string) (out []string) {
	t.Helper()
	p, err := Parse(path)
	require.NoError(t, err)
	var doc any
	require.NoError(t, json.Unmarshal([]byte(document), &doc))
	require.NoError(t, p.Select(doc, func(v any) bool {
		out = append(out, fmt.Sprint(v))
		return true
	}))
	slices.Sort(out)
	return out
}

func TestSelect(t *testing.T) {
	for _, test := range []struct {
		path string
		want []string
	}{
		{"$.ref", []string{"refs/heads/main"}},
		{"$['ref']", []string{"refs/heads/main"}},
		{`$["ref"]`, []string{"refs/heads/main"}},
		{"$['a.b']", []string{"dotted"}},
		{`$['it\'s']`, []string{"quoted"}},
		{"$['']", []string{"none"}},
		{"$.forced", []string{"false"}},
		{"$.size", []string{"2"}},
		{"$.gone", []string{"<nil>"}},
		{"$.commits[0].id", []string{"one"}},
		{"$.commits[-1].id", []string{"two"}},
		{"$.commits[2].id", nil},
		{"$.commits[-3].id", nil},
		{"$.commits[*].id", []string{"one", "two"}},
		{"$.commits.*.author.name", []string{"ana", "bob"}},
		{"$..id", []string{"one", "three", "two", "two"}},
		{"$.head..id", []string{"three", "two"}},
		{"$..author['name']", []string{"ana", "bob"}},
		{"$..[0].id", []string{"one"}},
		{"$.commits..author..*", []string{"ana", "bob"}},
		{"$.nothing.at.all", nil},
		{"$.ref.deeper", nil},
		{"$.commits.id", nil},
		{"$.head[0]", nil},
	} {
		t.Run(test.path, func(t *testing.T) { require.Equal(t, test.want, selected(t, test.path, push)) })
	}
	require.Equal(t, []string{"7"}, selected(t, "$", "7"))
}

func TestSelectStops(t *testing.T) {
	p, err := Parse("$[*]")
	require.NoError(t, err)
	n := 0
	require.NoError(t, p.Select([]any{1, 2, 3}, func(any) bool { n++; return n < 2 }))
	require.Equal(t, 2, n)
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ path, says string }{
		{"", "begins with $"},
		{"ref", "begins with $"},
		{"$ref", "at character 2: write .name"},
		{"$.", "a name is expected"},
		{"$..", "a name is expected"},
		{"$.a..", "a name is expected"},
		{"$.a b", "at character 4: a name is expected"},
		{"$.size()", "a name is expected"},
		{"$[", "write ['name']"},
		{"$[]", "write ['name']"},
		{"$[0", "write ['name']"},
		{"$[+1]", "write ['name']"},
		{"$[0,1]", "slices, unions and filters are not taken"},
		{"$[0:2]", "slices, unions and filters are not taken"},
		{"$[?(@.id)]", "slices, unions and filters are not taken"},
		{"$['a'", "] is expected"},
		{"$['a", "the quote is not closed"},
		{"$[*", "] is expected"},
		{"$.\xff", "not UTF-8"},
	} {
		t.Run(test.path, func(t *testing.T) {
			_, err := Parse(test.path)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// What descends from everything to everything is cut off.
func TestSelectIsBounded(t *testing.T) {
	p, err := Parse("$" + strings.Repeat("..*", 20))
	require.NoError(t, err)
	var doc any = "leaf"
	for range 40 {
		doc = []any{doc, doc}
	}
	require.ErrorIs(t, p.Select(doc, func(any) bool { return true }), ErrTooMuch)
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{"$.ref", "$['a.b'][0]", "$..id", "$[-1].*", "$..[*]", "$[?(@)]"} {
		f.Add(path, push)
	}
	f.Fuzz(func(_ *testing.T, path, document string) {
		p, err := Parse(path)
		var doc any
		if err != nil || json.Unmarshal([]byte(document), &doc) != nil {
			return
		}
		_ = p.Select(doc, func(any) bool { return true })
	})
}
