package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

func TestRefusesHostileSettings(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", nil)
	canary := filepath.Join(t.TempDir(), "canary")
	touch := "touch${IFS}" + canary
	for _, test := range []struct {
		name     string
		source   git.Source
		revision string
		remote   bool // no local repositories
		says     string
	}{
		{name: "no URL", source: git.Source{URL: " "}, says: "a space"},
		{name: "an option", source: git.Source{URL: "--upload-pack=" + touch}, says: "begins with a dash"},
		{name: "a short option", source: git.Source{URL: "-u" + touch}, says: "begins with a dash"},
		{name: "the ext helper", source: git.Source{URL: "ext::sh -c " + touch}, says: "a space"},
		{name: "the ext helper, closely", source: git.Source{URL: "ext::sh${IFS}-c"}, says: "no address"},
		{name: "the fd helper", source: git.Source{URL: "fd::7"}, says: "no address"},
		{name: "a helper before a URL", source: git.Source{URL: "ext::https://example.com/x"}, says: `"ext" is not spoken`},
		{name: "git", source: git.Source{URL: "git://example.com/x"}, says: `"git" is not spoken`},
		{name: "http", source: git.Source{URL: "http://example.com/x"}, says: `"http" is not spoken`},
		{name: "ftp", source: git.Source{URL: "ftp://example.com/x"}, says: `"ftp" is not spoken`},
		{name: "a relative path", source: git.Source{URL: "../shop"}, says: "no address"},
		{name: "a file elsewhere", source: git.Source{URL: "file://example.com/x"}, says: `"file" is not spoken`},
		{name: "a local path", source: git.Source{URL: r.dir}, remote: true, says: "Options.AllowLocal"},
		{name: "a local URL", source: git.Source{URL: "file://" + r.dir}, remote: true, says: "Options.AllowLocal"},
		{name: "an option as host", source: git.Source{URL: "ssh://-oProxyCommand=" + touch + "/x"}, says: "no URL"},
		{name: "an option as plain host", source: git.Source{URL: "ssh://-oProxyCommand/x"}, says: "no host name"},
		{name: "an escaped option as host", source: git.Source{URL: "ssh://%2doProxyCommand/x"}, says: "no URL"},
		{name: "an option as user", source: git.Source{URL: "ssh://-l@example.com/x"}, says: "no plain user name"},
		{name: "an option as short host", source: git.Source{URL: "-oProxyCommand:x"}, says: "begins with a dash"},
		{name: "an option as host behind a user", source: git.Source{URL: "git@-oProxyCommand:x"}, says: "no address"},
		{name: "an option as path", source: git.Source{URL: "git@example.com:-x"}, says: "no address"},
		{name: "a password", source: git.Source{URL: "https://ana:hunter22@example.com/x"}, says: "a user or a password"},
		{name: "a user", source: git.Source{URL: "https://hunter22@example.com/x"}, says: "a user or a password"},
		{name: "a password for ssh", source: git.Source{URL: "ssh://ana:hunter22@example.com/x"}, says: "a user or a password"},
		{name: "a line", source: git.Source{URL: "https://example.com/x\nhost=evil"}, says: "a control character"},
		{name: "no host", source: git.Source{URL: "https:///x"}, says: "no host name"},
		{name: "no path", source: git.Source{URL: "https://example.com/"}, says: "no repository there"},
		{name: "a query", source: git.Source{URL: "https://example.com/x?y"}, says: "a query"},
		{name: "much", source: git.Source{URL: "https://example.com/" + strings.Repeat("x", 3000)}, says: "longer than"},
		{name: "a Password without https", source: git.Source{URL: r.dir, Password: penstock.Secret{Ref: "token"}}, says: "https only"},
		{name: "an option as branch", source: git.Source{URL: r.dir, Branch: "--upload-pack=" + touch}, says: "begins with a dash"},
		{name: "a reference as branch", source: git.Source{URL: r.dir, Branch: "refs/pull/1/head"}, says: "full reference"},
		{name: "a refspec", source: git.Source{URL: r.dir, Branch: "main:refs/heads/evil"}, says: "one of"},
		{name: "a pattern", source: git.Source{URL: r.dir, Branch: "*"}, says: "one of"},
		{name: "an older one", source: git.Source{URL: r.dir, Branch: "main~1"}, says: "one of"},
		{name: "a reflog", source: git.Source{URL: r.dir, Branch: "main@{1}"}, says: "means something else"},
		{name: "a range", source: git.Source{URL: r.dir, Branch: "main..x"}, says: "means something else"},
		{name: "a hidden part", source: git.Source{URL: r.dir, Branch: "a/.b"}, says: "begins with a dot"},
		{name: "a lock", source: git.Source{URL: r.dir, Branch: "main.lock"}, says: "ends with .lock"},
		{name: "no part", source: git.Source{URL: r.dir, Branch: "a//b"}, says: "part that is empty"},
		{name: "an end", source: git.Source{URL: r.dir, Branch: "main."}, says: "ends with a dot"},
		{name: "much of a branch", source: git.Source{URL: r.dir, Branch: strings.Repeat("x", 300)}, says: "longer than"},
		{name: "an option as revision", source: git.Source{URL: r.dir}, revision: "--output=" + canary, says: "no commit id"},
		{name: "a branch as revision", source: git.Source{URL: r.dir}, revision: "main", says: "no commit id"},
		{name: "a short revision", source: git.Source{URL: r.dir}, revision: "abc1234", says: "no commit id"},
		{name: "no such revision", source: git.Source{URL: r.dir}, revision: strings.Repeat("ab", 20), says: "no commit abab"},
		{name: "no such branch", source: git.Source{URL: r.dir, Branch: "gone"}, says: `no branch "gone"`},
		{name: "no such repository", source: git.Source{URL: r.dir + "-gone"}, says: "does not appear to be a git repository"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := local(t)
			o.AllowLocal = !test.remote
			f := fetch(t, o, test.source, test.revision)
			require.Equal(t, penstock.StatusFailed, f.Status)
			said := f.action.Failure.Message + "; " + f.action.Failure.Hint
			require.Contains(t, said, test.says)
			require.NotContains(t, said, "hunter22")
			require.NoFileExists(t, canary)
		})
	}
}

func TestWhatSurroundsGitDoesNotCount(t *testing.T) {
	r := newRepo(t)
	id := r.commit("first", map[string]string{"file": "plain", ".gitattributes": "file filter=evil\n"})
	canary := filepath.Join(t.TempDir(), "canary")
	home := t.TempDir()
	evil := "[core]\n\thooksPath = " + home + "\n\tfsmonitor = touch " + canary + "\n[filter \"evil\"]\n\tsmudge = touch " + canary + "\n\trequired = true\n" +
		"[url \"https://evil.example/\"]\n\tinsteadOf = /\n[credential]\n\thelper = !touch " + canary + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(evil), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(home, "post-checkout"), []byte("#!/bin/sh\ntouch "+canary+"\n"), 0o700))
	t.Setenv("HOME", home)
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(home, ".gitconfig"))
	t.Setenv("GIT_CONFIG_PARAMETERS", "'core.hooksPath="+home+"'")
	t.Setenv("GIT_DIR", filepath.Join(home, "none"))
	t.Setenv("GIT_SSH_COMMAND", "touch "+canary)
	f := fetch(t, local(t), git.Source{URL: r.dir}, "").succeeded(t)
	require.Equal(t, id, f.Revisions["Checkout"].ID)
	require.Equal(t, "plain", f.read(t, "file"))
	require.NoFileExists(t, canary)
}

func TestRefusesALinkThatLeadsOutside(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	require.NoError(t, os.Symlink("../../../../etc/passwd", filepath.Join(r.dir, "link")))
	r.git("add", "--all")
	r.commit("first", nil)
	f := fetch(t, local(t), git.Source{URL: r.dir}, "")
	require.Equal(t, penstock.StatusFailed, f.Status)
	require.Regexp(t, "symbolic link .*leads.*/etc/passwd", f.action.Failure.Message)
}

func TestSaysThatGitIsMissing(t *testing.T) {
	t.Parallel()
	o := local(t)
	o.Git = "no-such-git"
	f := fetch(t, o, git.Source{URL: "https://example.com/shop"}, "")
	require.Equal(t, string(penstock.ErrFailedPrecondition), f.action.Failure.Code)
	require.Contains(t, f.action.Failure.Hint, "install git")
}

func TestSSHIsAskedWithoutAShell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ssh, seen := filepath.Join(dir, "it's ssh"), filepath.Join(dir, "seen")
	require.NoError(t, os.WriteFile(ssh, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\" >'"+seen+"'\nexit 255\n"), 0o700))
	o := git.Options{Cache: t.TempDir(), SSH: []string{ssh, "-i", "a key; $(touch x)"}}
	for url, path := range map[string]string{"git@example.com:team/shop.git": "team/shop.git", "ssh://git@example.com:2222/team/shop": "/team/shop"} {
		fetch(t, o, git.Source{URL: url}, "")
		args, err := os.ReadFile(seen)
		require.NoError(t, err)
		lines := strings.Split(string(args), "\n")
		require.Equal(t, []string{"-i", "a key; $(touch x)"}, lines[:2])
		require.Contains(t, lines, "git@example.com")
		require.Contains(t, lines, "git-upload-pack '"+path+"'")
	}
}
