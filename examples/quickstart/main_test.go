package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain is the quickstart itself where a test has started this binary as one, see child_test.go. Git is to mean the repositories of these tests,
// also when they run in a git hook.
func TestMain(m *testing.M) {
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"} {
		_ = os.Unsetenv(name) // fails for no valid name
	}
	if fate, isChild := os.LookupEnv(childVariable); isChild {
		os.Exit(beChild(fate))
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
)

// shop is a Go module with a program that is well, but for what changes say.
func shop(changes map[string]string) map[string]string {
	files := map[string]string{"go.mod": "module example.com/shop\n\ngo 1.24\n", "main.go": wellProgram, "main_test.go": passingTest}
	maps.Copy(files, changes)
	return files
}

// newShop is a repository with a shop, called shop as its program is, in a directory whose name git would not take in a URL.
func newShop(t *testing.T, changes map[string]string) string {
	t.Helper()
	repo := filepath.Join(t.TempDir(), "100% new", "shop")
	commitAll(t, repo, shop(changes))
	return repo
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

// result is what a run of the quickstart has left on the terminal that it did not have.
type result struct {
	status        int
	out, problems string
}

// runQuickstart runs the program with nobody at the terminal. Of a repository and a data directory the flags are made; more may follow.
func runQuickstart(repo, data string, more ...string) result {
	return quickstart{openState: openSQLite}.on(repo, data, more...)
}

// on runs this quickstart, whose output goes to its own writer too.
func (q quickstart) on(repo, data string, more ...string) result {
	var out, problems bytes.Buffer
	watch := q.out
	if q.out = &out; watch != nil {
		q.out = io.MultiWriter(&out, watch)
	}
	q.problems = &problems
	status := q.main(append([]string{"-repo", repo, "-package", ".", "-data", data}, more...))
	return result{status, out.String(), problems.String()}
}

func TestReleasesCommitAfterCommit(t *testing.T) {
	repo, data := newShop(t, nil), t.TempDir()
	head := string(bytes.TrimSpace(gitIn(t, repo, "rev-parse", "HEAD")))
	first := runQuickstart(repo, data)
	require.Equal(t, 0, first.status, first)
	require.Regexp(t, `(?s)Succeeded +Source/Checkout .*Open the shop\n.*Succeeded +Build/Compile .*`+
		`Succeeded +SignOff/Approve .*no terminal.*Succeeded +Deploy/Install .*  program .*/production/current/bin/shop\n`, first.out)
	require.Regexp(t, `Succeeded +Build/Vet`, first.out)
	require.Regexp(t, `Succeeded +Build/Test .* ok `, first.out)
	said, err := exec.Command(filepath.Join(data, "production", "current", "bin", "shop")).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "shop "+head+"\n", string(said), "it is the commit that was built")
	current, err := os.Readlink(filepath.Join(data, "production", "current"))
	require.NoError(t, err)

	commitAll(t, repo, shop(map[string]string{"main.go": illProgram}))
	ill := runQuickstart(repo, data)
	require.Equal(t, 1, ill.status, ill)
	require.Contains(t, ill.out, "  | panic: out of stock", "the health check's output is shown")
	now, err := os.Readlink(filepath.Join(data, "production", "current"))
	require.NoError(t, err)
	require.Equal(t, current, now, "an ill release is taken back")
}

func TestWhatIsNotNewIsReleasedAgainOnlyIfAsked(t *testing.T) {
	repo, data := newShop(t, nil), t.TempDir()
	require.Equal(t, 0, runQuickstart(repo, data).status)
	unchanged := runQuickstart(repo, data)
	require.Equal(t, 0, unchanged.status)
	require.Contains(t, unchanged.out, "Nothing is new")
	require.Contains(t, unchanged.out, "-again")
	require.NotContains(t, unchanged.out, "Build/Test")

	again := runQuickstart(repo, data, "-again")
	require.Equal(t, 0, again.status)
	require.Regexp(t, `Succeeded +Build/Test`, again.out)

	write(t, repo, map[string]string{"main.go": illProgram})
	dirty := runQuickstart(repo, data)
	require.Equal(t, 0, dirty.status)
	require.Contains(t, dirty.out, "only the commit is released")
}

func TestAFailingTestIsShown(t *testing.T) {
	repo, data := newShop(t, map[string]string{"main_test.go": failingTest}), t.TempDir()
	failed := runQuickstart(repo, data)
	require.Equal(t, 1, failed.status)
	require.Regexp(t, `Failed +Build/Test .* exit status 1`, failed.out)
	require.Regexp(t, `  \| .*item 1999 has a price\n.*  \| .*the price is wrong`, failed.out, "the end of the log says why")
	require.Contains(t, failed.problems, "not released: Failed: Build/Test")
	require.NotContains(t, failed.out, "SignOff")
	require.NoFileExists(t, filepath.Join(data, "production", "current"))

	again := runQuickstart(repo, data)
	require.Equal(t, 1, again.status, "it is still not in production")
	require.Regexp(t, "Nothing is new: .* Failed", again.out)

	commitAll(t, repo, shop(nil))
	mended := runQuickstart(repo, data)
	require.Equal(t, 0, mended.status, mended)
}

func TestTwoAtOnce(t *testing.T) {
	repo, data := newShop(t, nil), t.TempDir()
	held, err := openSQLite(t.Context(), filepath.Join(data, "state"))
	require.NoError(t, err)
	second := runQuickstart(repo, data)
	require.Equal(t, 2, second.status)
	require.Regexp(t, `is in use by .*-data`, second.problems)
	require.NoError(t, held.Close())
	require.Equal(t, 0, runQuickstart(repo, data).status, "nothing is lost")
}
