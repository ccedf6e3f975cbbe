package git_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// repo is a git repository in a directory that is gone after the test.
type repo struct {
	t   *testing.T
	dir string
}

// newRepo is what git init makes, without starting it.
func newRepo(t *testing.T) *repo {
	r := &repo{t, filepath.Join(t.TempDir(), "shop")}
	for _, dir := range []string{"objects", "refs/heads"} {
		require.NoError(t, os.MkdirAll(filepath.Join(r.dir, ".git", dir), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, ".git", "HEAD"), []byte("ref: refs/heads/main\n"), 0o644))
	return r
}

func (r *repo) git(args ...string) string {
	cmd := exec.Command("git", args...)
	if _, err := os.Stat(r.dir); err == nil {
		cmd.Dir = r.dir
	}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=maintenance.auto", "GIT_CONFIG_VALUE_0=false", // which would be another process a commit
		"GIT_AUTHOR_NAME=ana", "GIT_AUTHOR_EMAIL=ana@example.com", "GIT_AUTHOR_DATE=2026-01-02T03:04:05+02:00",
		"GIT_COMMITTER_NAME=ben", "GIT_COMMITTER_EMAIL=ben@example.com", "GIT_COMMITTER_DATE=2026-02-03T04:05:06Z",
	}
	out, err := cmd.CombinedOutput()
	require.NoError(r.t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// commit writes files, commits everything if there are any, and what is staged otherwise. It answers the commit's id.
func (r *repo) commit(message string, files map[string]string) string {
	for name, content := range files {
		file := filepath.Join(r.dir, name)
		require.NoError(r.t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(r.t, os.WriteFile(file, []byte(content), 0o644))
	}
	if len(files) > 0 {
		r.git("add", "--all")
	}
	r.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message)
	head, err := os.ReadFile(filepath.Join(r.dir, ".git", "HEAD"))
	require.NoError(r.t, err)
	id, err := os.ReadFile(filepath.Join(r.dir, ".git", strings.TrimSpace(strings.TrimPrefix(string(head), "ref: "))))
	require.NoError(r.t, err)
	return strings.TrimSpace(string(id))
}

// look takes the tree in, for the test to look at.
type look struct {
	Code penstock.Input[penstock.Tree]
}

func (look) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "Look", Version: "1"}
}

type secrets map[string]string

func (s secrets) ResolveSecret(_ context.Context, ref string) (string, error) { return s[ref], nil }

// fetched is what came of a run.
type fetched struct {
	penstock.Execution
	action penstock.ActionExecution
	log    string
	tree   string // directory
	digest string
}

// fetch runs a source in an engine, at a revision if one is given.
func fetch(t *testing.T, o git.Options, source git.Source, revision string) fetched {
	code := penstock.NewArtifact[penstock.Tree]("code")
	source.Code = code.Out()
	out := fetched{tree: filepath.Join(t.TempDir(), "tree")}
	var actions penstock.Actions
	git.Register(&actions, &o)
	penstock.Register(&actions, penstock.RunnerFunc[look](func(ctx context.Context, call *penstock.Call[look]) error {
		tree, err := call.Config.Code.Load(ctx, call)
		if err != nil {
			return err
		}
		out.digest = tree.Digest()
		return tree.Unpack(ctx, out.tree)
	}))
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions, Secrets: secrets{"token": token}})
	require.NoError(t, err)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	running := make(chan error, 1)
	go func() { running <- eng.Run(ctx) }()
	defer func() {
		stop()
		require.NoError(t, <-running)
	}()
	_, err = eng.Do(ctx, penstock.ApplyPipeline{NoStart: true, Pipeline: penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Checkout", source)),
		penstock.NewStage("Test", penstock.NewAction("Look", look{Code: code.In()})),
	)})
	require.NoError(t, err)
	start := penstock.StartExecution{Pipeline: "shop"}
	if revision != "" {
		start.Revisions = map[string]string{"Checkout": revision}
	}
	reply, err := eng.Do(ctx, start)
	require.NoError(t, err)
	out.Execution, err = eng.Wait(ctx, "shop", reply.Execution)
	require.NoError(t, err)
	page, err := eng.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "shop", Execution: reply.Execution})
	require.NoError(t, err)
	out.action = page.Actions[len(page.Actions)-1]
	logged, err := eng.Log(ctx, penstock.LogQuery{ActionExecution: out.action.ID, Run: 1})
	require.NoError(t, err)
	out.log = string(logged.Data)
	return out
}

func (f fetched) succeeded(t *testing.T) fetched {
	require.Equal(t, penstock.StatusSucceeded, f.Status, "%+v", f.action.Failure)
	return f
}

func (f fetched) read(t *testing.T, name string) string {
	content, err := os.ReadFile(filepath.Join(f.tree, name))
	require.NoError(t, err)
	return string(content)
}

func local(t *testing.T) git.Options { return git.Options{AllowLocal: true, Cache: t.TempDir()} }

func TestFetchesTheNewestCommit(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", map[string]string{"old": "old"})
	r.git("rm", "--quiet", "old")
	require.NoError(t, os.Symlink("dir/file", filepath.Join(r.dir, "link")))
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "run.sh"), []byte("#!/bin/sh\n"), 0o755))
	id := r.commit("Subject: größer\n\nAnd a body.", map[string]string{"dir/file": "content", ".gitattributes": "dir export-ignore\n"})

	f := fetch(t, local(t), git.Source{URL: r.dir}, "").succeeded(t)
	require.Equal(t, "content", f.read(t, "dir/file"), "export attributes are for archives")
	require.Equal(t, "content", f.read(t, "link"))
	require.NoFileExists(t, filepath.Join(f.tree, "old"))
	require.NoDirExists(t, filepath.Join(f.tree, ".git"))
	for name, mode := range map[string]fs.FileMode{"run.sh": 0o755, "dir/file": 0o644} {
		info, err := os.Stat(filepath.Join(f.tree, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
	committed := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	found := f.Revisions["Checkout"]
	require.Equal(t, id, found.ID)
	require.Equal(t, "Subject: größer", found.Summary)
	require.True(t, committed.Equal(found.Created), found.Created)
	require.Equal(t, map[string]string{
		"CommitId": id, "CommitMessage": "Subject: größer\n\nAnd a body.", "BranchName": "main", "RepositoryName": "shop",
		"AuthorDate": "2026-01-02T01:04:05Z", "CommitterDate": "2026-02-03T04:05:06Z",
	}, f.action.Variables)
	require.Equal(t, id[:7]+" Subject: größer", f.action.Summary)
}

func TestWhatIsFetched(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("first", map[string]string{"v": "1"})
	second := r.commit("second", map[string]string{"v": "2"})
	r.git("checkout", "--quiet", "-b", "feature/x")
	feature := r.commit("", map[string]string{"v": "x"})
	r.git("checkout", "--quiet", "main")
	o := local(t)
	content := map[string]string{first: "1", second: "2", feature: "x"}
	for _, test := range []struct{ name, url, branch, revision, want string }{
		{"HEAD's branch", r.dir, "", "", second},
		{"a branch", r.dir, "feature/x", "", feature},
		{"a URL", "file://" + r.dir, "main", "", second},
		{"an older commit", r.dir, "main", first, first},
		{"a commit elsewhere", r.dir, "main", feature, feature},
		{"in capitals", r.dir, "", strings.ToUpper(first), first},
		{"once more, from the cache", r.dir, "main", first, first},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fetch(t, o, git.Source{URL: test.url, Branch: test.branch}, test.revision).succeeded(t)
			require.Equal(t, test.want, f.Revisions["Checkout"].ID)
			require.Equal(t, content[test.want], f.read(t, "v"))
		})
	}
}
