//go:build linux

package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestCheck(t *testing.T) {
	argv := []string{"true"}
	out := result.Out()
	for _, test := range []struct {
		name string
		run  Run
		says string // empty: nothing
	}{
		{"argv", Run{Argv: argv}, ""},
		{"script", Run{Script: ":"}, ""},
		{"nothing", Run{}, "nothing to run"},
		{"both", Run{Argv: argv, Script: ":"}, "both"},
		{"no program", Run{Argv: []string{"", "x"}}, "has no name"},
		{"exports of a program", Run{Argv: argv, Exports: []string{"A"}}, "no Script"},
		{"exports of a script", Run{Script: ":", Exports: []string{"A_1"}}, ""},
		{"a hostile export", Run{Script: ":", Exports: []string{"A;rm"}}, `"A;rm" cannot be the name`},
		{"a hostile variable", Run{Argv: argv, Env: map[string]string{"A=B": ""}}, "cannot be the name"},
		{"a hostile secret", Run{Argv: argv, Secrets: map[string]penstock.Secret{"1": {}}}, "cannot be the name"},
		{"twice", Run{Argv: argv, Env: map[string]string{"A": ""}, Secrets: map[string]penstock.Secret{"A": {}}}, "variable A is set as plain text and as a secret"},
		{"a directory", Run{Argv: argv, Dir: "a/b"}, ""},
		{"a directory outside", Run{Argv: argv, Dir: "../a"}, "not below the working tree"},
		{"an absolute directory", Run{Argv: argv, Dir: "/"}, "not below the working tree"},
		{"files", Run{Argv: argv, Output: out, Files: []string{"a/*.b", "c/"}}, ""},
		{"files for nobody", Run{Argv: argv, Files: []string{"a"}}, "no Output"},
		{"files outside", Run{Argv: argv, Output: out, Files: []string{"../a"}}, "not below the working tree"},
		{"absolute files", Run{Argv: argv, Output: out, Files: []string{"/etc/passwd"}}, "not below the working tree"},
		{"no file", Run{Argv: argv, Output: out, Files: []string{""}}, "not below the working tree"},
		{"no pattern", Run{Argv: argv, Output: out, Files: []string{"[a"}}, "syntax error"},
		{"files at any depth", Run{Argv: argv, Output: out, Files: []string{"a/**/b"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.says == "" {
				require.NoError(t, test.run.check())
				return
			}
			require.ErrorContains(t, test.run.check(), test.says)
		})
	}
}

func TestCheckOfCommands(t *testing.T) {
	for _, test := range []struct {
		name     string
		commands Commands
		says     string // empty: nothing
	}{
		{"commands", Commands{Commands: []string{"true", ""}, EnvironmentType: "LINUX_CONTAINER", ComputeType: "BUILD_GENERAL1_LARGE"}, ""},
		{"nothing", Commands{}, "nothing to run"},
		{"a zero byte", Commands{Commands: []string{"echo \x00"}}, "zero byte"},
		{"for Windows", Commands{Commands: []string{"dir"}, EnvironmentType: "WINDOWS_SERVER_2022_CONTAINER"}, "cannot run here"},
		{"a hostile output", Commands{Commands: []string{"true"}, Outputs: []string{"$(rm)"}}, "cannot be the name"},
		{"a name of the service's that no shell has", Commands{Commands: []string{"true"}, Environment: map[string]string{"1A": "x"}}, "a digit not first"},
		{"files outside", Commands{Commands: []string{"true"}, Files: []string{"../**"}}, "not below the working tree"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.says == "" {
				require.NoError(t, test.commands.check())
				return
			}
			require.ErrorContains(t, test.commands.check(), test.says)
		})
	}
}

func TestGlob(t *testing.T) {
	tree := fstest.MapFS{}
	for _, name := range []string{"a", "b.txt", "d/a", "d/b.txt", "d/e/a", "d/e/f/b.txt", "x/a"} {
		tree[name] = &fstest.MapFile{}
	}
	for pattern, want := range map[string]string{
		"a": "a", "*": "a b.txt d x", "*.txt": "b.txt", "d/*": "d/a d/b.txt d/e", "none": "", "none/**": "", "d/": "d", "[ab]": "a",
		"**":         ". a b.txt d d/a d/b.txt d/e d/e/a d/e/f d/e/f/b.txt x x/a",
		"**/*":       "a b.txt d d/a d/b.txt d/e d/e/a d/e/f d/e/f/b.txt x x/a",
		"**/*.txt":   "b.txt d/b.txt d/e/f/b.txt",
		"**/a":       "a d/a d/e/a x/a",
		"d/**":       "d d/a d/b.txt d/e d/e/a d/e/f d/e/f/b.txt",
		"d/**/a":     "d/a d/e/a",
		"d/**/e/**":  "d/e d/e/a d/e/f d/e/f/b.txt",
		"?/**/[e]/a": "d/e/a",
		"d**":        "d", // ** is special by itself only
	} {
		t.Run(pattern, func(t *testing.T) {
			found, err := glob(tree, pattern)
			require.NoError(t, err)
			require.Equal(t, want, strings.Join(found, " "))
		})
	}
}

func TestManyDepthsTakeNoTime(t *testing.T) {
	pattern := strings.Split(strings.Repeat("**/a/", 200)+"b", "/")
	name := strings.Split(strings.Repeat("a/", 1000)+"c", "/")
	require.False(t, match(pattern, name))
	require.True(t, match(pattern, append(name[:1000], "b")))
}

func TestTail(t *testing.T) {
	const secret = "open sesame"
	for _, test := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"nothing", nil, "; there was no output"},
		{"blanks", []string{"\n \n"}, "; there was no output"},
		{"lines", []string{"one\n", "two"}, "; the output ends with:\none\ntwo"},
		{"many lines", []string{strings.Repeat("x\n", 100)}, "; the output ends with:\n" + strings.TrimSpace(strings.Repeat("x\n", tailLines))},
		{"a long line", []string{strings.Repeat("x", 1<<20)}, "; the output ends with:\n" + strings.Repeat("x", tailSize)},
		{"a long line before", []string{strings.Repeat("x", 1<<20), "\ny"}, "; the output ends with:\ny"},
		{"a secret", []string{"a open ", "sesame b"}, "; the output ends with:\na **** b"},
		{"the rest of a secret", []string{secret + strings.Repeat("x", tailSize+4)}, "; the output ends with:\n" + strings.Repeat("x", tailSize)},
		{
			"the rest of a secret, where the tail has become shorter", []string{secret + strings.Repeat("x", tailSize-len(secret)+4) + secret},
			"; the output ends with:\n" + strings.Repeat("x", tailSize-len(secret)+4) + "****",
		},
		{"half a character", []string{strings.Repeat("x", tailSize) + "\nä"[:2]}, "; the output ends with:\n\uFFFD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			o := &output{log: &log, keep: tailSize + len(secret)}
			for _, w := range test.writes {
				n, err := o.Write([]byte(w))
				require.NoError(t, err)
				require.Equal(t, len(w), n)
			}
			require.Equal(t, test.want, o.tail([]string{secret}))
			require.Equal(t, strings.Join(test.writes, ""), log.String())
			require.LessOrEqual(t, cap(o.end), 4*o.keep)
		})
	}
}

func TestWithoutRestKeepsWhatIsInnocent(t *testing.T) {
	require.Equal(t, " b", withoutRest("sesame b", []string{"open sesame"}))
	require.Equal(t, "a sesame", withoutRest("a sesame", []string{"open sesame"}))
	require.Equal(t, "open sesame", withoutRest("open sesame", []string{"open sesame"}))
}

func TestPrefixesAreNobodyElses(t *testing.T) {
	hostile := prefixOf("../../etc")
	require.Regexp(t, `^[0-9a-f]{64}_$`, hostile)
	require.NotEqual(t, hostile, prefixOf("../../usr"))
	require.Equal(t, "019-a_", prefixOf("019-a"))
	require.NotEqual(t, prefixOf(""), prefixOf("x"))
}

func TestRemoveAllOpensWhatIsClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "b", "c"), 0o700))
	require.NoError(t, os.Chmod(filepath.Join(dir, "b"), 0o500))
	require.NoError(t, removeAll(dir))
	require.NoDirExists(t, dir)
}

func TestTheRootIsForOneUser(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", os.Getenv("XDG_CACHE_HOME"))
	root, err := (&Runner{}).root()
	require.NoError(t, err)
	require.Equal(t, filepath.Join("penstock", "commands"), root[len(root)-len("penstock/commands"):])
	info, err := os.Stat(root)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestOnWorkerLost(t *testing.T) {
	require.Equal(t, penstock.LostRerun, (&Runner{}).OnWorkerLost())
	require.Equal(t, penstock.LostFail, (&Runner{Options: Options{OnWorkerLost: penstock.LostFail}}).OnWorkerLost())
}
