package machine

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const repository = "../.."

var (
	transcriptName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	testName       = regexp.MustCompile("^`(Test[A-Za-z0-9]+)`$")
	testFunction   = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
)

// TestSemantics keeps docs/semantics.md honest: what it says shows a rule exists, and every transcript shows one.
func TestSemantics(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(repository, "docs", "semantics.md"))
	require.NoError(t, err)
	tests, named := allTests(t), map[string]bool{}
	shown := false
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		by := strings.TrimSpace(cells[len(cells)-1])
		switch {
		case !strings.HasPrefix(line, "|"):
			shown = false
			continue
		case by == "shown by":
			shown = true
			continue
		case !shown || strings.Trim(by, "-") == "":
			continue
		}
		for name := range strings.SplitSeq(by, ", ") {
			if test := testName.FindStringSubmatch(name); test != nil {
				require.True(t, tests[test[1]], "there is no test %s: %s", test[1], line)
				continue
			}
			require.Regexp(t, transcriptName, name, line)
			require.FileExists(t, filepath.Join("testdata", name+".txt"), line)
			named[name] = true
		}
	}
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		require.True(t, named[name], "docs/semantics.md does not say which rule the transcript %s shows", name)
	}
}

// allTests are the names of the test functions of all modules.
func allTests(t *testing.T) map[string]bool {
	out := map[string]bool{}
	require.NoError(t, filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range testFunction.FindAllSubmatch(source, -1) {
			out[string(found[1])] = true
		}
		return err
	}))
	return out
}
