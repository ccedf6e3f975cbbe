package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAsk(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " Yes \n": true, "n\n": false, "\n": false, "": false, "why?\n": false} {
		t.Run(answer, func(t *testing.T) {
			var out bytes.Buffer
			yes, err := ask(t.Context(), strings.NewReader(answer), &out, "approve? [y/N] ")
			require.NoError(t, err)
			require.Equal(t, want, yes)
			require.Contains(t, out.String(), "approve? [y/N] ")
		})
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	silent, answering, err := os.Pipe()
	require.NoError(t, err)
	defer answering.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	yes, err := ask(ctx, silent, &bytes.Buffer{}, "approve? [y/N] ")
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, yes)
}

func TestOnlyATerminalIsAsked(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "answers"))
	require.NoError(t, err)
	defer file.Close()
	pipe, other, err := os.Pipe()
	require.NoError(t, err)
	defer pipe.Close()
	defer other.Close()
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	for name, in := range map[string]*os.File{"nothing": nil, "a file": file, "a pipe": pipe, "the null device": null} {
		t.Run(name, func(t *testing.T) { require.False(t, terminal(in)) })
	}
}
