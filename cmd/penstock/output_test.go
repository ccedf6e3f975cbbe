package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// names lists a folder: nothing may be left behind.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func mode(t *testing.T, file string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(file)
	require.NoError(t, err)
	return info.Mode()
}

func TestFmtWritesBack(t *testing.T) {
	dir := inputs(t)
	before := names(t, dir)
	canonical := read(t, "testdata/release.canonical.json")
	file := filepath.Join(dir, "release.json")
	require.NoError(t, os.Chmod(file, 0o640))

	out, messages, status := execute(t, dir, "", "fmt", "-w", "release.json", "unknown.json", "wrong.json")
	require.Empty(t, out)
	requireLines(t, unknown, messages)
	require.Equal(t, 1, status, "one was not formatted")
	require.Equal(t, canonical, read(t, file))
	require.Equal(t, read(t, "testdata/unknown.json"), read(t, filepath.Join(dir, "unknown.json")), "what does not parse stays")
	require.NotEqual(t, read(t, "testdata/wrong.json"), read(t, filepath.Join(dir, "wrong.json")), "the others are formatted")
	require.Equal(t, before, names(t, dir))
	if runtime.GOOS != "windows" {
		require.Equal(t, fs.FileMode(0o640), mode(t, file))
	}
}

func TestFmtLeavesAlone(t *testing.T) {
	dir := inputs(t)
	file := filepath.Join(dir, "release.canonical.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	_, messages, status := execute(t, dir, "", "fmt", "-w", "release.canonical.json")
	require.Empty(t, messages)
	require.Zero(t, status)
	after, err := os.Stat(file)
	require.NoError(t, err)
	require.True(t, os.SameFile(info, after), "it is the same file, not one like it")
}

func TestFmtWritesThroughASymbolicLink(t *testing.T) {
	dir := inputs(t)
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink("release.json", link); err != nil {
		require.Equal(t, "windows", runtime.GOOS, "%v", err)
		return
	}
	_, messages, status := execute(t, dir, "", "fmt", "-w", "link.json")
	require.Empty(t, messages)
	require.Zero(t, status)
	require.Equal(t, fs.ModeSymlink, mode(t, link).Type())
	require.Equal(t, read(t, "testdata/release.canonical.json"), read(t, filepath.Join(dir, "release.json")))
}

func TestGraphWritesAFile(t *testing.T) {
	dir := inputs(t)
	for _, test := range []struct{ file, golden string }{
		{"new.svg", "release.svg"}, {"new.gv", "release.dot"}, {"new.DOT", "release.dot"}, {"new.mmd", "release.mmd"}, {"new", "release.mmd"},
	} {
		t.Run(test.file, func(t *testing.T) {
			for range 2 { // new, then over what is there
				out, messages, status := execute(t, dir, "", "graph", "-o", test.file, "release.json")
				require.Empty(t, out)
				require.Empty(t, messages)
				require.Zero(t, status)
				golden(t, test.golden, read(t, filepath.Join(dir, test.file)))
			}
		})
	}
	_, _, status := execute(t, dir, "", "graph", "-format", "dot", "-o", "odd.svg", "release.json")
	require.Zero(t, status)
	golden(t, "release.dot", read(t, filepath.Join(dir, "odd.svg")))
}

func TestReplaceKeepsWhatIsThereWhenItFails(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	require.NoError(t, os.Mkdir(folder, 0o755))
	require.Error(t, replace(folder, []byte("x")))
	require.Error(t, replace(filepath.Join(dir, "none", "file"), []byte("x")))
	require.Equal(t, []string{"folder"}, names(t, dir))
}
