package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain has git mean the repositories of these tests, also when they run in a git hook.
func TestMain(m *testing.M) {
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"} {
		_ = os.Unsetenv(name) // fails for no valid name
	}
	os.Exit(m.Run())
}

const (
	wellProgram = `package main

var version string

func main() { println("shop", version) }

func price() int { return 3 }
`
	illProgram = `package main

func main() { panic("out of stock") }

func price() int { return 3 }
`
	passingTest = `package main

import "testing"

func TestPrice(t *testing.T) {
	if price() != 3 {
		t.Fatal("the price is wrong")
	}
}
`
	failingTest = `package main

import "testing"

func TestPrice(t *testing.T) {
	for i := range 2000 {
		t.Logf("item %d has a price", i)
	}
	t.Fatal("the price is wrong")
}
`
	endlessTest = `package main

import "testing"

func TestPrice(*testing.T) { select {} }
`
)

// shop is a Go module with a program that is well, but for what changes say.
func shop(changes map[string]string) map[string]string {
	files := map[string]string{"go.mod": "module example.com/shop\n\ngo 1.24\n", "main.go": wellProgram, "main_test.go": passingTest}
	maps.Copy(files, changes)
	return files
}

// commitAll commits files, in a new repository if need be, and answers the commit's id.
func commitAll(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	write(t, dir, files)
	gitIn(t, dir, "init", "--quiet")
	gitIn(t, dir, "add", "--all")
	gitIn(t, dir, "commit", "--quiet", "--message", "Open the shop")
	return string(bytes.TrimSpace(gitIn(t, dir, "rev-parse", "HEAD")))
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
}

func gitIn(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=Ana", "GIT_AUTHOR_EMAIL=ana@example.com", "GIT_COMMITTER_NAME=Ana", "GIT_COMMITTER_EMAIL=ana@example.com")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %s: %s", args, out)
	return out
}

// quickstart runs the command on a repository, with nobody at the terminal.
func quickstart(ctx context.Context, repo, data string) (status int, stdout, stderr string) {
	var out, problems bytes.Buffer
	status = run(ctx, []string{"-repo", repo, "-package", "./...", "-build", ".", "-data", data}, approver{}, &out, &problems)
	return status, out.String(), problems.String()
}

func TestReleasesCommitAfterCommit(t *testing.T) {
	repo, data := t.TempDir(), t.TempDir()
	first := commitAll(t, repo, shop(nil))
	status, stdout, stderr := quickstart(t.Context(), repo, data)
	require.Equal(t, 0, status, stdout+stderr)
	require.Regexp(t, `(?s)Source\n +Checkout +Succeeded .*Open the shop\nCheck\n.*Build\n +Compile +Succeeded .*`+
		`SignOff\n +Approve +Succeeded .*no terminal.*Deploy\n +Install +Succeeded .*Released`, stdout)
	said, err := exec.Command(filepath.Join(data, "current", "shop")).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "shop "+first+"\n", string(said), "it is the commit that was built")

	ill := commitAll(t, repo, shop(map[string]string{"main.go": illProgram}))
	status, stdout, _ = quickstart(t.Context(), repo, data)
	require.Equal(t, 1, status, stdout)
	require.Contains(t, stdout, "| panic: out of stock", "the health check's output is shown")
	require.FileExists(t, filepath.Join(data, "releases", ill, "shop"))
	current, err := os.Readlink(filepath.Join(data, "current"))
	require.NoError(t, err)
	require.Equal(t, "releases/"+first, current, "an ill release is taken back")
}

func TestReleasesOnlyWhatIsCommitted(t *testing.T) {
	repo := t.TempDir()
	commitAll(t, repo, shop(nil))
	write(t, repo, map[string]string{"main.go": "not even Go", "staged.go": "nor this"})
	gitIn(t, repo, "add", "staged.go")
	t.Setenv("GOWORK", filepath.Join(t.TempDir(), "go.work")) // nor does a workspace count that is not
	before := string(gitIn(t, repo, "status", "--porcelain"))
	status, stdout, stderr := quickstart(t.Context(), repo, t.TempDir())
	require.Equal(t, 0, status, stdout+stderr)
	require.Contains(t, stdout, "only the commit is released")
	require.Equal(t, before, string(gitIn(t, repo, "status", "--porcelain")), "the repository is as it was")
}

func TestAFailingTestEndsTheRelease(t *testing.T) {
	repo, data := t.TempDir(), t.TempDir()
	commitAll(t, repo, shop(map[string]string{"main_test.go": failingTest}))
	status, stdout, stderr := quickstart(t.Context(), repo, data)
	require.Equal(t, 1, status)
	require.Regexp(t, `Test +Failed .*go test`, stdout)
	require.Regexp(t, `\| .*item 1999 has a price\n.*\| .*the price is wrong`, stdout, "the end of the log says why")
	require.Equal(t, 20, strings.Count(stdout, "\n    | "), "and only the end")
	require.Contains(t, stderr, "not released: Check/Test")
	require.NotContains(t, stdout, "SignOff")
	require.NoFileExists(t, filepath.Join(data, "current"))
}

func TestAReleaseIsOneProgram(t *testing.T) {
	const main = "package main\n\nfunc main() {}\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"two programs": {map[string]string{"till/main.go": main, "stock/main.go": main}, "./shop/... is 2 programs"},
		"no program":   {map[string]string{"price.go": "package shop\n"}, "no main packages to build"},
	} {
		t.Run(name, func(t *testing.T) {
			repo, files := t.TempDir(), shop(nil)
			for path, text := range test.files {
				files["shop/"+path] = text
			}
			commitAll(t, repo, files)
			var out, problems bytes.Buffer
			status := run(t.Context(), []string{"-repo", repo, "-package", ".", "-build", "./shop/..."}, approver{}, &out, &problems)
			require.Equal(t, 1, status)
			require.Contains(t, out.String(), test.want)
		})
	}
}

// cancelling cancels when a text is written.
type cancelling struct {
	written bytes.Buffer
	at      string
	cancel  context.CancelFunc
}

func (c *cancelling) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.at)) {
		c.cancel()
	}
	return c.written.Write(p)
}

func TestAnInterruptedReleaseEndsWhatRuns(t *testing.T) {
	repo := t.TempDir()
	commitAll(t, repo, shop(map[string]string{"main_test.go": endlessTest}))
	ctx, cancel := context.WithCancel(t.Context())
	out, problems := &cancelling{at: "Check", cancel: cancel}, &bytes.Buffer{}
	status := run(ctx, []string{"-repo", repo, "-package", ".", "-build", ".", "-data", t.TempDir()}, approver{}, out, problems)
	require.Equal(t, 130, status)
	require.Regexp(t, `Test +Abandoned`, out.written.String())
	require.Contains(t, problems.String(), "interrupted")
	require.NotContains(t, out.written.String(), "Build")
}

func TestErrorsSayWhatToDo(t *testing.T) {
	repo, empty := t.TempDir(), t.TempDir()
	commitAll(t, repo, shop(nil))
	gitIn(t, empty, "init", "--quiet")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no directory":      {[]string{"-repo", filepath.Join(empty, "nowhere")}, "No such file"},
		"no repository":     {[]string{"-repo", t.TempDir()}, "name one with -repo"},
		"no commit":         {[]string{"-repo", empty}, "commit something first"},
		"unknown package":   {[]string{"-repo", repo, "-package", "./tills/..."}, "has no package ./tills/..."},
		"unknown program":   {[]string{"-repo", repo, "-package", ".", "-build", "./cmd/shop"}, "has no package ./cmd/shop"},
		"a file":            {[]string{"-repo", repo, "-package", "./main.go"}, "has no package ./main.go"},
		"an import path":    {[]string{"-repo", repo, "-package", "example.com/shop"}, "as in ./cmd/shop"},
		"outside":           {[]string{"-repo", repo, "-package", "../shop"}, "as in ./cmd/shop"},
		"an empty package":  {[]string{"-repo", repo, "-package", ""}, "is empty"},
		"data in a file":    {[]string{"-repo", repo, "-package", ".", "-build", ".", "-data", filepath.Join(repo, "go.mod")}, "not a directory"},
		"unknown flag":      {[]string{"-force"}, "-force"},
		"a stray argument":  {[]string{repo}, "unexpected argument"},
		"the flags' legend": {[]string{"-help"}, "-build package"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, problems bytes.Buffer
			status := run(t.Context(), test.args, approver{}, &out, &problems)
			require.Equal(t, name != "the flags' legend", status == 1)
			require.Contains(t, problems.String(), test.want)
			require.Empty(t, out.String(), "nothing was started")
		})
	}
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", empty)
		var out, problems bytes.Buffer
		require.Equal(t, 1, run(t.Context(), []string{"-repo", repo}, approver{}, &out, &problems))
		require.Contains(t, problems.String(), "git is needed")
	})
}
