package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLastLines(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing":         {"", nil},
		"fewer":           {"a\n", []string{"a"}},
		"as many":         {"a\nb\n", []string{"a", "b"}},
		"more":            {"a\nb\nc\n", []string{"b", "c"}},
		"no line's end":   {"a\nb\nc", []string{"b", "c"}},
		"empty lines":     {"a\n\nc\n\n\n", []string{"", "c"}},
		"other systems'":  {"a\r\nb\r\n", []string{"a", "b"}},
		"colours":         {"\x1b[31mred\tagain\n", []string{"[31mred again"}},
		"not UTF-8":       {"a\xff\n", []string{"a\uFFFD"}},
		"two-byte escape": {"a\u009b2J\n", []string{"a2J"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lastLines([]byte(test.text), 2)
			require.Len(t, got, len(test.want))
			if test.want != nil {
				require.Equal(t, test.want, got)
			}
		})
	}
}
