package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLastLines(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":       {"", ""},
		"fewer":         {"a\n", "a"},
		"as many":       {"a\nb\n", "a\nb"},
		"more":          {"a\nb\nc\n", "b\nc"},
		"no line's end": {"a\nb\nc", "b\nc"},
		"empty lines":   {"a\n\nc\n\n\n", "\nc"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, string(lastLines([]byte(test.text), 2))) })
	}
}
