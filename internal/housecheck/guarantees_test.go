package housecheck

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatGuaranteesNameIsThere: a promise whose test or mutant has gone is no longer shown by anything.
func TestWhatGuaranteesNameIsThere(t *testing.T) {
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "docs", "guarantees.md"))
	require.NoError(t, err)
	there := map[string]bool{}
	test := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, ".mutant"):
			there[strings.TrimSuffix(d.Name(), ".mutant")] = true
		case strings.HasSuffix(path, ".txt"):
			there[d.Name()] = true
		case strings.HasSuffix(path, "_test.go"):
			source, err := os.ReadFile(path)
			for _, found := range test.FindAllSubmatch(source, -1) {
				there[string(found[1])] = true
			}
			return err
		}
		return nil
	}))
	names := 0
	for _, found := range regexp.MustCompile("`((?:Test|Fuzz)\\w+|[a-z]+(?:-[a-z]+)+|\\w+\\.txt)`").FindAllSubmatch(text, -1) {
		names++
		require.True(t, there[string(found[1])], "docs/guarantees.md names %s, which is no test, mutant or transcript", found[1])
	}
	require.Greater(t, names, 50)
}
