package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgram(t *testing.T) {
	var out bytes.Buffer
	run(&out)
	rest := out.String()
	for _, next := range []string{ // in this order
		"Release a1b2c3\n", "waits for approval", "waits for transition: ", "disabled by ana: stocktaking until noon",
		"  Failed\n", "the database is being upgraded", "  Succeeded\n", "One retry too many: ", "cannot be retried",
		"Release stuck\n", "  Stopped\n", "it hangs",
		"#2 of stuck by ben: Stopped\n", "#1 of a1b2c3 by ana: Succeeded\n", "Staging/Release of a1b2c3 by ben: staging is well\n",
	} {
		var found bool
		_, rest, found = strings.Cut(rest, next)
		require.True(t, found, "%q is not where it should be in %q", next, out.String())
	}
}
