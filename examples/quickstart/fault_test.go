package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	repo, empty, gone := newShop(t, nil), t.TempDir(), newShop(t, nil)
	gitIn(t, empty, "init", "--quiet")
	gitIn(t, gone, "symbolic-ref", "HEAD", "refs/heads/gone")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no directory":     {[]string{"-repo", filepath.Join(empty, "nowhere")}, "nowhere"},
		"no repository":    {[]string{"-repo", t.TempDir()}, "name one with -repo"},
		"no commit":        {[]string{"-repo", empty}, "commit something"},
		"no branch":        {[]string{"-repo", gone}, "check a branch out that is there"},
		"unknown package":  {[]string{"-repo", repo, "-package", "./cmd/till"}, "has no package ./cmd/till"},
		"many packages":    {[]string{"-repo", repo, "-package", "./..."}, "has no package ./..."},
		"a file":           {[]string{"-repo", repo, "-package", "./main.go"}, "has no package ./main.go"},
		"outside":          {[]string{"-repo", repo, "-package", "../shop"}, "as ./cmd/shop is"},
		"an empty package": {[]string{"-repo", repo, "-package", ""}, "choose one with -package"},
		"data in a file":   {[]string{"-repo", repo, "-package", ".", "-data", filepath.Join(repo, "go.mod")}, "go.mod"},
		"unknown flag":     {[]string{"-force"}, "-force"},
		"a stray argument": {[]string{repo}, "unexpected argument"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, problems bytes.Buffer
			q := quickstart{out: &out, problems: &problems, openState: openSQLite}
			require.Equal(t, 2, q.main(test.args))
			require.Contains(t, problems.String(), test.want)
			require.Empty(t, out.String(), "nothing was started")
		})
	}
}

func TestHelp(t *testing.T) {
	var problems bytes.Buffer
	require.Equal(t, 0, (&quickstart{problems: &problems}).main([]string{"-help"}))
	require.Contains(t, problems.String(), "-again")
}

func TestWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	missing := runQuickstart(t.TempDir(), t.TempDir())
	require.Equal(t, 2, missing.status)
	require.Contains(t, missing.problems, "git is needed")
}

func TestTheDefaultDirectoryIsTheRepositorysOwn(t *testing.T) {
	cache := t.TempDir()
	for _, variable := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(variable, cache)
	}
	one, err := cacheFor("/src/shop")
	require.NoError(t, err)
	require.Contains(t, one, filepath.Join("penstock", "quickstart", "shop-"))
	other, err := cacheFor("/home/ana/shop")
	require.NoError(t, err)
	require.NotEqual(t, one, other)
}

func TestWithoutACache(t *testing.T) {
	repo := newShop(t, nil)
	for name, value := range map[string]string{"none": "", "relative": "cache"} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"HOME", "LocalAppData", "home"} {
				t.Setenv(variable, "")
			}
			t.Setenv("XDG_CACHE_HOME", value)
			var problems bytes.Buffer
			q := quickstart{problems: &problems, openState: openSQLite}
			require.Equal(t, 2, q.main([]string{"-repo", repo, "-package", "."}))
			require.Contains(t, problems.String(), "name one with -data")
		})
	}
}

// TestDamagedDataIsLeftAlone: what is in the directory is not what a quickstart has left there.
func TestDamagedDataIsLeftAlone(t *testing.T) {
	repo := newShop(t, nil)
	released := t.TempDir()
	require.Equal(t, 0, runQuickstart(repo, released).status)
	for name, test := range map[string]struct {
		damage func(t *testing.T, database string)
		want   string
	}{
		"no database": {func(t *testing.T, database string) {
			require.NoError(t, os.WriteFile(database, bytes.Repeat([]byte("not a database "), 1000), 0o600))
		}, "not a SQLite database"},
		"corrupt": {func(t *testing.T, database string) {
			text, err := os.ReadFile(database)
			require.NoError(t, err)
			copy(text[100:], bytes.Repeat([]byte{0xff}, len(text)-100))
			require.NoError(t, os.WriteFile(database, text, 0o600))
		}, "restore a backup"},
		"newer": {func(t *testing.T, database string) {
			db, err := sql.Open("sqlite", database)
			require.NoError(t, err)
			_, err = db.ExecContext(t.Context(), "INSERT INTO schema_migrations (version, name, at) VALUES (1000, 'later', 0)")
			require.NoError(t, err)
			require.NoError(t, db.Close())
		}, "newer Penstock"},
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			require.NoError(t, os.CopyFS(filepath.Join(data, "state"), os.DirFS(filepath.Join(released, "state"))))
			database := filepath.Join(data, "state", "penstock.db")
			test.damage(t, database)
			before, err := os.ReadFile(database)
			require.NoError(t, err)
			refused := runQuickstart(repo, data)
			require.Equal(t, 2, refused.status, refused)
			require.Contains(t, refused.problems, test.want)
			require.Contains(t, refused.problems, data)
			after, err := os.ReadFile(database)
			require.NoError(t, err)
			require.True(t, bytes.Equal(before, after), "nothing was changed")
		})
	}
}

// fullDisk is a state that takes so many commits and no more.
type fullDisk struct {
	state
	room int
}

func (f *fullDisk) Commit(ctx context.Context, batches []store.Batch) []error {
	if f.room--; f.room >= 0 {
		return f.state.Commit(ctx, batches)
	}
	errs := make([]error, len(batches))
	for i := range errs {
		errs[i] = fmt.Errorf("commit: %w; free some room", store.ErrFull)
	}
	return errs
}

func TestAFullDiskLosesNothing(t *testing.T) {
	repo := newShop(t, nil)
	for _, room := range []int{0, 2, 5} {
		t.Run(fmt.Sprintf("after %d commits", room), func(t *testing.T) {
			data := t.TempDir()
			full := child(t, fmt.Sprintf("full %d", room), repo, data)
			require.Equal(t, 2, full.status, full)
			require.Contains(t, full.out, "free some room")
			more := runQuickstart(repo, data)
			require.Equal(t, 0, more.status, more)
			requireReleasedOnce(t, data)
			requireNothingRuns(t, data)
		})
	}
}
