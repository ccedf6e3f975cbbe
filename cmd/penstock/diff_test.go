package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnified(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"one line", "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"from nothing", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
		{"to nothing", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
		{"without a last line break", "a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{"inserted", "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n5\n6\n7\n8\n", "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+x\n 5\n 6\n 7\n"},
		{
			"two places apart", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
			"@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n",
		},
		{
			"two places together", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
			"@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, "--- f\n+++ f (formatted)\n"+test.want, string(unified("f", []byte(test.old), []byte(test.new))))
		})
	}
}

// Whatever the texts are, the changes make the new one of the old one, and what they leave is the same in both.
func TestChangesLeadToTheNewText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text := func() []string {
			out := make([]string, random.IntN(12))
			for i := range out {
				out[i] = string(rune('a' + random.IntN(8)))
			}
			return out
		}
		a, b := text(), text()
		var made []string
		at, newAt := 0, 0
		for _, c := range changes(a, b) {
			require.Equal(t, a[at:c.from], b[newAt:c.newFrom])
			require.False(t, c.from == c.end && c.newFrom == c.newEnd, "nothing is no change")
			made = append(append(made, a[at:c.from]...), b[c.newFrom:c.newEnd]...)
			at, newAt = c.end, c.newEnd
		}
		made = append(made, a[at:]...)
		require.Equal(t, strings.Join(b, ""), strings.Join(made, ""), "%v to %v", a, b)
	}
}

func TestPlain(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"nothing", `{"a":"b"}`, `{"a":"b"}`},
		{"all three", `"\u003c\u003e\u0026"`, `"<>&"`},
		{"an escaped backslash before it", `"\\u003c"`, `"\\u003c"`},
		{"two, then one", `"\\\u003c"`, `"\\<"`},
		{"others stay", `"\u2028\n\""`, `"\u2028\n\""`},
		{"at the end", `\u003`, `\u003`},
		{"a lone backslash", `\`, `\`},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, string(plain([]byte(test.in)))) })
	}
}
