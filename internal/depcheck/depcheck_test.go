package depcheck

import (
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/modules.txt anew")

func TestTheTreeKeepsItsLayers(t *testing.T) {
	problems, err := Check(filepath.Join("..", ".."))
	require.NoError(t, err)
	for _, p := range problems {
		t.Error(p)
	}
}

func TestTheRootPackageLinksTheseModules(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	list.Dir = filepath.Join("..", "..")
	list.Env = append(os.Environ(), "GOWORK=off")
	list.Stderr = os.Stderr
	out, err := list.Output()
	require.NoError(t, err)
	linked := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		linked[line] = true
	}
	got := strings.Join(slices.Sorted(maps.Keys(linked)), "")
	golden := filepath.Join("testdata", "modules.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "every user's program gains a module: is it worth it? Then go test ./internal/depcheck -update")
}

func TestEveryModuleIsListed(t *testing.T) {
	root := filepath.Join("..", "..")
	var listed, inWorkspace []string
	for _, line := range lines(t, filepath.Join(root, "modules.txt")) {
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") {
			require.Greater(t, len(fields), 2, "modules.txt: %q is not: folder, yes or no, command", line)
			listed = append(listed, fields[0])
			if fields[1] == "yes" {
				inWorkspace = append(inWorkspace, fields[0])
			}
		}
	}
	var modules, used []string
	require.NoError(t, filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if entry.Name() == "go.mod" {
			dir, err := filepath.Rel(root, filepath.Dir(name))
			require.NoError(t, err)
			modules = append(modules, filepath.ToSlash(dir))
		}
		return err
	}))
	for _, line := range lines(t, filepath.Join(root, "go.work")) {
		if dir, ok := strings.CutPrefix(strings.TrimSpace(line), "./"); ok {
			used = append(used, dir)
		} else if strings.TrimSpace(line) == "." {
			used = append(used, ".")
		}
	}
	require.ElementsMatch(t, modules, listed, "modules.txt lists every module, once")
	require.ElementsMatch(t, used, inWorkspace, "modules.txt says yes where go.work does")
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return slices.Collect(strings.Lines(strings.TrimSpace(string(text))))
}

func TestCheck(t *testing.T) {
	const root = "github.com/penstock-dev/penstock"
	rules := []rule{
		{path: ".", own: []string{"a"}, modules: []string{"example.org/m", "example.org/n/…"}},
		{path: "a", pure: true},
		{path: "b/btest", own: []string{"a"}},
	}
	for _, test := range []struct {
		name, file string
		imports    []string
		want       []string
	}{
		{"allowed", "p.go", []string{"os", root + "/a", "example.org/m", "example.org/n/o"}, nil},
		{"upwards", "a/a.go", []string{root}, []string{"a/a.go imports " + root + ": the layers do not allow it"}},
		{"sideways", "a/a.go", []string{root + "/b/btest"}, []string{"a/a.go imports " + root + "/b/btest: the layers do not allow it"}},
		{"below what is allowed", "p.go", []string{root + "/a/c"}, []string{"p.go imports " + root + "/a/c: the layers do not allow it"}},
		{"a test may look around", "a/a_test.go", []string{root, "testing", "os", "github.com/stretchr/testify/require"}, nil},
		{"a module", "a/a.go", []string{"example.org/m"}, []string{"a/a.go imports example.org/m: another module's package"}},
		{"a module's neighbour", "p.go", []string{"example.org/mm", "example.org/n"}, []string{
			"p.go imports example.org/mm: another module's package", "p.go imports example.org/n: another module's package",
		}},
		{"a namesake", "p.go", []string{root + "x/a"}, []string{"p.go imports " + root + "x/a: another module's package"}},
		{"a module in a test", "p_test.go", []string{"example.org/o", "github.com/stretchr/testify/assert"}, []string{
			"p_test.go imports example.org/o: another module's package",
			"p_test.go imports github.com/stretchr/testify/assert: another module's package",
		}},
		{"a test's module elsewhere", "p.go", []string{"pgregory.net/rapid"}, []string{"p.go imports pgregory.net/rapid: another module's package"}},
		{"testing", "p.go", []string{"testing", "testing/fstest"}, []string{
			"p.go imports testing/fstest: only tests and exported suites may", "p.go imports testing: only tests and exported suites may",
		}},
		{"testing in a suite", "b/btest/b.go", []string{"testing"}, nil},
		{"impure", "a/a.go", []string{"os", "time"}, []string{"a/a.go imports os: the package is pure"}},
		{"no rule", "c/c.go", nil, []string{"c: there is a package but no rule"}},
		{"a nested module", "d/e/e.go", []string{root, root + "/a", "example.org/x"}, nil},
		{"a nested module inside", "d/e/e_test.go", []string{root + "/internal/a"}, []string{
			"d/e/e_test.go imports " + root + "/internal/a: a nested module uses what the root exports",
		}},
		{"testdata", "a/testdata/t.go", []string{"example.org/x"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{
				"go.mod": "module m\n", "d/go.mod": "module n\n",
				"z.go": "package p\n", "a/z.go": "package a\n", "b/btest/z.go": "package btest\n",
				test.file: "package p\nimport (\n\"" + strings.Join(append(test.imports, "fmt"), "\"\n\"") + "\"\n)\n",
			} {
				file = filepath.Join(dir, filepath.FromSlash(file))
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
			}
			got, err := check(dir, rules)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestARuleWithoutAPackageIsAProblem(t *testing.T) {
	got, err := check(t.TempDir(), []rule{{path: "a"}})
	require.NoError(t, err)
	require.Equal(t, []string{"a: there is a rule but no such package"}, got)
}
