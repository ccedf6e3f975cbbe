package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/actions/git"
)

// counting is a git that notes its commands in a file before it runs them.
func counting(t *testing.T) (program string, count func(command string) int) {
	dir := t.TempDir()
	program, log := filepath.Join(dir, "git"), filepath.Join(dir, "log")
	script := "#!/bin/sh\nprintf '%s\\n' \"$*\" >>'" + log + "'\nexec git \"$@\"\n"
	require.NoError(t, os.WriteFile(program, []byte(script), 0o700))
	return program, func(command string) int {
		data, err := os.ReadFile(log)
		if !os.IsNotExist(err) {
			require.NoError(t, err)
		}
		return strings.Count(string(data), " "+command+" ")
	}
}

func TestParallelRunsShareTheCache(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", map[string]string{"v": "1"})
	o := local(t)
	program, count := counting(t)
	o.Git = program
	var group sync.WaitGroup
	digests := make([]string, 4)
	for i := range digests {
		group.Go(func() { digests[i] = fetch(t, o, git.Source{URL: r.dir}, "").digest })
	}
	group.Wait()
	for _, d := range digests {
		require.Equal(t, digests[0], d)
		require.NotEmpty(t, d)
	}
	require.Equal(t, 1, count("fetch"))
	left, err := filepath.Glob(filepath.Join(o.Cache, "*.tmp", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestABrokenCacheIsMadeAnew(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", map[string]string{"v": "1"})
	whole := local(t)
	want := fetch(t, whole, git.Source{URL: r.dir}, "").succeeded(t).digest
	for _, test := range []struct {
		name string
		do   func(t *testing.T, cache string)
		runs int // until it is right again
	}{
		{"killed while it was changed", func(t *testing.T, cache string) {
			dirs, err := filepath.Glob(filepath.Join(cache, "*.git"))
			require.NoError(t, err)
			require.Len(t, dirs, 1)
			require.NoError(t, os.WriteFile(strings.TrimSuffix(dirs[0], ".git")+".changing", nil, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dirs[0], "shallow.lock"), nil, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dirs[0], "config"), []byte("[bro"), 0o600))
		}, 1},
		{"damaged on the disk", func(t *testing.T, cache string) {
			packs, err := filepath.Glob(filepath.Join(cache, "*.git", "objects", "*", "*"))
			require.NoError(t, err)
			for _, pack := range packs {
				require.NoError(t, os.Chmod(pack, 0o600))
				require.NoError(t, os.Truncate(pack, 20))
			}
		}, 2},
		{"removed", func(t *testing.T, cache string) { require.NoError(t, os.RemoveAll(cache)) }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := local(t)
			require.NoError(t, os.CopyFS(o.Cache, os.DirFS(whole.Cache)))
			test.do(t, o.Cache)
			for range test.runs - 1 {
				fetch(t, o, git.Source{URL: r.dir}, "")
			}
			require.Equal(t, want, fetch(t, o, git.Source{URL: r.dir}, "").succeeded(t).digest)
		})
	}
}

func TestOneSecretsCommitsAreNotAnothers(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	id := r.commit("first", nil)
	s := serve(t, r)
	fetch(t, s.options, s.source(), id).succeeded(t)
	source := s.source()
	source.Password.Ref = ""
	f := fetch(t, s.options, source, id)
	require.Equal(t, "Failed", string(f.Status), "what was fetched with a password is not given out without it")
}

func TestTheCacheForgets(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	o := local(t)
	ids := make([]string, 6)
	for i := range ids {
		ids[i] = r.commit(fmt.Sprint(i), map[string]string{"v": fmt.Sprint(i)})
	}
	kept := func() int {
		dirs, err := filepath.Glob(filepath.Join(o.Cache, "*.git"))
		require.NoError(t, err)
		return len(strings.Fields(r.git("--git-dir="+dirs[0], "for-each-ref", "--format=%(refname)", "refs/penstock/")))
	}
	for i, want := range []int{1, 2, 1, 2, 1} {
		require.NoError(t, git.Ensure(t.Context(), o, r.dir, ids[i], 2))
		require.InDelta(t, want, kept(), 1, "after %d", i) // the new one may be among the older half
	}
	f := fetch(t, o, git.Source{URL: r.dir}, ids[0]).succeeded(t)
	require.Equal(t, "0", f.read(t, "v"), "what was forgotten is fetched again")
	f = fetch(t, o, git.Source{URL: r.dir}, "").succeeded(t)
	require.Equal(t, "5", f.read(t, "v"))
}

func TestAShallowCopyAndAnotherHashAreSources(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", map[string]string{"v": "1"})
	r.commit("second", map[string]string{"v": "2"})
	shallow := filepath.Join(t.TempDir(), "shallow")
	r.git("clone", "--quiet", "--depth=1", "file://"+r.dir, shallow)
	require.Equal(t, "2", fetch(t, local(t), git.Source{URL: shallow}, "").succeeded(t).read(t, "v"))

	long := &repo{t, filepath.Join(t.TempDir(), "shop")}
	long.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256", long.dir)
	id := long.commit("first", map[string]string{"v": "256"})
	require.Len(t, id, 64)
	require.Equal(t, "256", fetch(t, local(t), git.Source{URL: long.dir}, "").succeeded(t).read(t, "v"))
}
