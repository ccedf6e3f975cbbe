package penstocktest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheReadmeShowsWhatIsTested keeps the README's test the one that is run.
func TestTheReadmeShowsWhatIsTested(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("weeks_test.go")
	require.NoError(t, err)
	_, shown, found := strings.Cut(string(source), "\n)\n\n") // behind the imports
	require.True(t, found)
	require.Contains(t, string(readme), "```go\n"+shown+"```\n", "README.md shows the test of weeks_test.go: copy it anew")
}
