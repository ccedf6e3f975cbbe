package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../.."

// TestEveryMutantFitsTheSource fails when the source has moved on under a mutant: rewrite it, or it will never be tried again.
func TestEveryMutantFitsTheSource(t *testing.T) {
	mutants, err := readMutants(filepath.Join(root, "internal", "simulation", "mutants"))
	require.NoError(t, err)
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			require.NotEmpty(t, m.about)
			path, err := m.blind().overlay(root, t.TempDir())
			require.NoError(t, err)
			require.FileExists(t, path)
		})
	}
}

func TestParse(t *testing.T) {
	m, err := parse("# About it.\nfile a.go\n<<<<\none\ntwo\n====\nthree\n>>>>\n<<<<\nfour\n====\n>>>>\n")
	require.NoError(t, err)
	require.Equal(t, mutant{about: "About it.", edits: []edit{
		{file: "a.go", old: "one\ntwo", new: "three"}, {file: "a.go", old: "four", new: ""},
	}}, m)
	for _, bad := range []string{"# nothing\n", "# no file\n<<<<\na\n====\nb\n>>>>\n", "# open\nfile a\n<<<<\na\n====\n", "# what\nthis\n"} {
		_, err := parse(bad)
		require.Error(t, err, bad)
	}
}

func TestAnEditHasToMatchOnce(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("x\nx\ny\n"), 0o600))
	_, err := mutant{edits: []edit{{file: "a.go", old: "x", new: "z"}}}.overlay(dir, t.TempDir())
	require.ErrorContains(t, err, "2 times")
	_, err = mutant{edits: []edit{{file: "a.go", old: "y", new: "z"}}}.overlay(dir, t.TempDir())
	require.NoError(t, err)
}
