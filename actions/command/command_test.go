//go:build linux

package command

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock-dev/penstock"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(lostVariable); dir != "" {
		os.Exit(runToBeLost(dir))
	}
	goleak.VerifyTestMain(m)
}

// Files is a source of the tests: a tree that the pipeline itself holds.
type Files struct {
	Content map[string]string
	Code    penstock.Output[penstock.Tree]
}

func (Files) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Files", Version: "1"}
}

func source(t *testing.T) penstock.RunnerFunc[Files] {
	return func(ctx context.Context, call *penstock.Call[Files]) error {
		dir := t.TempDir()
		for name, content := range call.Config.Content {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
				return err
			}
		}
		return call.Config.Code.Store(ctx, call, penstock.TreeAt(dir))
	}
}

// Look is a sink of the tests: it tells what a tree holds.
type Look struct {
	Tree penstock.Input[penstock.Tree]
}

func (Look) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "Look", Version: "1"}
}

func look(t *testing.T) penstock.RunnerFunc[Look] {
	return func(ctx context.Context, call *penstock.Call[Look]) error {
		tree, err := call.Config.Tree.Load(ctx, call)
		if err != nil {
			return err
		}
		dir := t.TempDir()
		if err := tree.Unpack(ctx, dir); err != nil {
			return err
		}
		return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if below, _ := filepath.Rel(dir, name); err == nil && !d.IsDir() {
				fmt.Fprintln(call.Log(), below)
			}
			return err
		})
	}
}

type secrets map[string]string

func (s secrets) ResolveSecret(_ context.Context, ref string) (string, error) {
	if value, ok := s[ref]; ok {
		return value, nil
	}
	return "", fmt.Errorf("there is no secret %s", ref)
}

var (
	code   = penstock.NewArtifact[penstock.Tree]("code")
	more   = penstock.NewArtifact[penstock.Tree]("more")
	result = penstock.NewArtifact[penstock.Tree]("result")
)

const password = "correct horse battery staple"

// engine runs pipelines of a source and one command until the test ends.
type engine struct {
	*penstock.Engine
	t    *testing.T
	root string
}

func newEngine(t *testing.T, o Options) engine {
	t.Helper()
	e := engine{t: t, root: t.TempDir()}
	o.Root = e.root
	var actions penstock.Actions
	penstock.Register(&actions, source(t))
	penstock.Register(&actions, look(t))
	Register(&actions, o)
	RegisterCommands(&actions, o)
	e.Engine = start(t, &actions)
	return e
}

// start has an engine run until the test ends.
func start(t *testing.T, actions *penstock.Actions) *penstock.Engine {
	t.Helper()
	eng, err := penstock.NewEngine(penstock.Config{Actions: actions, Secrets: secrets{"password": password}})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- eng.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return eng
}

func pipeline(c Run) penstock.Pipeline {
	stages := []penstock.Stage{
		penstock.NewStage("Source",
			penstock.NewAction("Code", Files{Content: map[string]string{"hello.txt": "hello\n", "cmd/main.txt": "main\n"}, Code: code.Out()}),
			penstock.NewAction("More", Files{Content: map[string]string{"more.txt": "more\n"}, Code: more.Out()}),
		),
		penstock.NewStage("Run", penstock.NewAction("Run", c).Namespace("Run")),
	}
	if c.Output.Wired() {
		stages = append(stages, penstock.NewStage("Look", penstock.NewAction("Look", Look{Tree: result.In()})))
	}
	return penstock.NewPipeline("p", stages...)
}

// ended is how a pipeline's command ended, and what it and the look at its output wrote.
type ended struct {
	penstock.ActionExecution
	log, look string
}

func (e engine) run(c Run) ended {
	e.t.Helper()
	return e.release(pipeline(c))
}

func (e engine) release(p penstock.Pipeline) ended {
	e.t.Helper()
	applied, err := e.Apply(e.t.Context(), p)
	require.NoError(e.t, err)
	_, err = e.Wait(e.t.Context(), "p", applied.Execution)
	require.NoError(e.t, err)
	return e.outcome()
}

func (e engine) outcome() (out ended) {
	e.t.Helper()
	page, err := e.ActionExecutions(e.t.Context(), penstock.ActionExecutionQuery{Pipeline: "p"})
	require.NoError(e.t, err)
	for _, a := range page.Actions {
		log, err := e.Log(e.t.Context(), penstock.LogQuery{ActionExecution: a.ID, Run: 1, Limit: 1 << 20})
		require.NoError(e.t, err)
		switch a.Action {
		case "Run":
			out.ActionExecution, out.log = a, string(log.Data)
		case "Look":
			out.look = string(log.Data)
		}
	}
	return out
}

func (e engine) requireEmpty() {
	e.t.Helper()
	names, err := workspaces(e.root, "")
	require.NoError(e.t, err)
	require.Empty(e.t, names)
}

func inputs() []penstock.Input[penstock.Tree] { return []penstock.Input[penstock.Tree]{code.In()} }

func TestCommandsThatSucceed(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_STRAY", "1")
	for _, test := range []struct {
		name      string
		run       Run
		log       string // the whole of it, unless it begins with "…"
		variables map[string]string
		look      string
	}{
		{name: "a program", run: Run{Argv: []string{"cat", "hello.txt"}, Inputs: inputs()}, log: "$ cat hello.txt\nhello\n"},
		{name: "arguments as they are", run: Run{Argv: []string{"printf", "%s|", "a b", "$HOME", "*", "", "\""}}, log: "$ printf %s| \"a b\" $HOME * \"\" \"\\\"\"\na b|$HOME|*||\"|"},
		{name: "a script", run: Run{Script: "for i in 1 2; do echo $i; done; echo 3 >&2"}, log: "1\n2\n3\n"},
		{name: "a directory", run: Run{Script: "cat main.txt", Dir: "cmd", Inputs: inputs()}, log: "main\n"},
		{
			name: "inputs", run: Run{
				Script: `cat hello.txt "$PENSTOCK_INPUT_1/hello.txt" "$PENSTOCK_INPUT_2/more.txt"; [ "$PWD" = "$PENSTOCK_INPUT_1" ]`,
				Inputs: []penstock.Input[penstock.Tree]{code.In(), more.In()},
			}, log: "hello\nhello\nmore\n",
		},
		{name: "no inputs", run: Run{Script: "ls -A"}},
		{name: "variables", run: Run{Script: `echo "$A" $PENSTOCK_STAGE $PENSTOCK_TRY ${PENSTOCK_TEST_STRAY-none}`, Env: map[string]string{"A": "1 '2'"}}, log: "1 '2' Run 1 none\n"},
		{name: "secrets", run: Run{Script: `echo "<$P>" ${#P}`, Secrets: map[string]penstock.Secret{"P": {Ref: "password"}}}, log: "<****> 28\n"},
		{name: "a temporary directory", run: Run{Script: `[ -d "$TMPDIR" ]; : >"$TMPDIR/x"; ls`}},
		{
			name: "exports", run: Run{Script: "A=1\nexport B='two\nlines '\\''\"$x'\nC=\nexit 0", Exports: []string{"A", "B", "C"}},
			variables: map[string]string{"A": "1", "B": "two\nlines '\"$x", "C": ""},
		},
		{name: "exports of a careful script", run: Run{Script: "set -euC; A=1; set -- x y", Exports: []string{"A"}}, variables: map[string]string{"A": "1"}},
		{name: "an export from another directory", run: Run{Script: "A=1; cd /", Exports: []string{"A"}}, variables: map[string]string{"A": "1"}},
		{name: "the whole tree", run: Run{Script: ": >new", Inputs: inputs(), Output: result.Out()}, look: "cmd/main.txt\nhello.txt\nnew\n"},
		{
			name: "files", run: Run{
				Script: "mkdir -p dist/sub bin; : >dist/a; : >dist/sub/b; : >bin/x; : >bin/y; : >z", Inputs: inputs(), Output: result.Out(),
				Files: []string{"dist/", "dist/sub/b", "bin/[xq]", "hello.*"},
			}, look: "bin/x\ndist/a\ndist/sub/b\nhello.txt\n",
		},
		{name: "files that are all", run: Run{Script: ":", Inputs: inputs(), Output: result.Out(), Files: []string{"."}}, look: "cmd/main.txt\nhello.txt\n"},
		{name: "files below the tree, not below Dir", run: Run{Script: ":", Dir: "cmd", Inputs: inputs(), Output: result.Out(), Files: []string{"cmd/*.txt"}}, look: "cmd/main.txt\n"},
		{name: "what goes on", run: Run{Script: "sleep 600 >/dev/null 2>&1 & sleep 600 >/dev/null 2>&1 &"}, log: "the program left 2 processes running; they were ended\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t, Options{})
			got := e.run(test.run)
			require.Nil(t, got.Failure)
			require.Equal(t, penstock.StatusSucceeded, got.Status)
			require.Equal(t, test.log, got.log)
			require.Len(t, got.Variables, len(test.variables))
			for name, value := range test.variables {
				require.Equal(t, value, got.Variables[name])
			}
			require.Equal(t, test.look, got.look)
			e.requireEmpty()
		})
	}
}

func TestCommandsThatFail(t *testing.T) {
	for _, test := range []struct {
		name    string
		run     Run
		code    string
		message string // a part of it
		hint    string
	}{
		{"a program", Run{Argv: []string{"sh", "-c", "echo one; echo two >&2; exit 3"}}, "JobFailed", "sh: exit status 3; the output ends with:\none\ntwo", ""},
		{"quietly", Run{Argv: []string{"false"}}, "JobFailed", "false: exit status 1; there was no output", ""},
		{"by a signal", Run{Script: "kill -KILL $$"}, "JobFailed", "the script: ended by a signal: killed", ""},
		{"the first command of a script", Run{Script: "echo one\nfalse\necho two"}, "JobFailed", "the script: exit status 1; the output ends with:\none", ""},
		{"with a secret", Run{Script: `echo "it is $P" >&2; exit 1`, Secrets: map[string]penstock.Secret{"P": {Ref: "password"}}}, "JobFailed", "it is ****", ""},
		{
			"with half a secret", Run{
				Script:  fmt.Sprintf(`printf %%s "$P"; head -c %d /dev/zero | tr '\0' y; printf %%s "$P"; exit 1`, tailSize-2*len(password)+4),
				Secrets: map[string]penstock.Secret{"P": {Ref: "password"}},
			}, "JobFailed", "yyy****", "",
		},
		{"no such program", Run{Argv: []string{"no-such-program"}}, "ConfigurationError", "no-such-program: there is no such program", "install no-such-program"},
		{"no such file", Run{Argv: []string{"./tool"}}, "ConfigurationError", "there is no such program", "install tool"},
		{"no such directory", Run{Script: ":", Dir: "none", Inputs: inputs()}, "ConfigurationError", `directory "none"`, "name a directory"},
		{"a file as a directory", Run{Script: ":", Dir: "hello.txt", Inputs: inputs()}, "ConfigurationError", "it is no directory", "name a directory"},
		{"nothing to run", Run{}, "ConfigurationError", "there is nothing to run", "correct"},
		{"an export that is not set", Run{Script: "A=1", Exports: []string{"A", "B"}}, "JobFailed", "without setting B", ""},
		{"a trap in the way", Run{Script: "A=1; trap 'echo mine' EXIT", Exports: []string{"A"}}, "JobFailed", "must not set a trap on EXIT", ""},
		{"an exec in the way", Run{Script: "A=1; exec true", Exports: []string{"A"}}, "JobFailed", "nor end by exec", ""},
		{"a script that exports", Run{Script: "A=1\nfalse", Exports: []string{"A"}}, "JobFailed", "the script: exit status 1", ""},
		{"an export of a secret", Run{Script: "A=$P", Exports: []string{"A"}, Secrets: map[string]penstock.Secret{"P": {Ref: "password"}}}, "", "secret", ""},
		{"a file that is not there", Run{Script: ":", Inputs: inputs(), Output: result.Out(), Files: []string{"dist/*.tar"}}, "MissingOutput", "there is no dist/*.tar", "below the first input"},
		{"an output that leads outside", Run{Script: "ln -s /etc etc", Output: result.Out()}, "", "symbolic link leads outside", ""},
		{"a file behind a link that leads outside", Run{Script: "ln -s /etc etc", Output: result.Out(), Files: []string{"etc/passwd"}}, "", "there is no etc/passwd", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t, Options{})
			got := e.run(test.run)
			require.Equal(t, penstock.StatusFailed, got.Status)
			if test.code != "" {
				require.Equal(t, test.code, got.Failure.Code)
			}
			require.Contains(t, got.Failure.Message, test.message)
			require.Contains(t, got.Failure.Hint, test.hint)
			require.NotContains(t, got.Failure.Message+got.log, password[len(password)-6:])
			e.requireEmpty()
		})
	}
}

func TestALineOfTheScriptIsCountedRight(t *testing.T) {
	got := newEngine(t, Options{}).run(Run{Script: "A=1\nno-such-command", Exports: []string{"A"}})
	require.Regexp(t, `script: (line )?2:`, got.log)
}

func TestOptions(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_PASSED", "yes")
	e := newEngine(t, Options{PassEnv: []string{"PATH", "PENSTOCK_TEST_PASSED"}, OutputLimit: 10})
	got := e.run(Run{Script: `echo "$PENSTOCK_TEST_PASSED ${HOME-homeless}"; echo 0123456789`})
	require.Nil(t, got.Failure)
	require.Equal(t, "yes homele\n14 more bytes of output were dropped: the limit is 10\n", got.log)
}

func TestAbandonedCommandsEnd(t *testing.T) {
	e := newEngine(t, Options{})
	up := filepath.Join(t.TempDir(), "up")
	applied, err := e.Apply(t.Context(), pipeline(Run{Script: `sleep 600 & echo $! >"$UP.new"; mv "$UP.new" "$UP"; wait`, Env: map[string]string{"UP": up}}))
	require.NoError(t, err)
	pid := waitFor(t, up)
	require.NoError(t, e.Abandon(t.Context(), "p", applied.Execution, "enough"))
	_, err = e.Wait(t.Context(), "p", applied.Execution)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { names, err := workspaces(e.root, ""); return err == nil && len(names) == 0 }, 10*time.Second, time.Millisecond)
}

// waitFor is the process ID that a file holds, once it does.
func waitFor(t *testing.T, file string) string {
	t.Helper()
	var text []byte
	require.Eventually(t, func() bool {
		var err error
		text, err = os.ReadFile(file)
		return err == nil
	}, 10*time.Second, time.Millisecond, "it is not up")
	return strings.TrimSpace(string(text))
}

// gone says whether a process is no more, but perhaps to be reaped.
func gone(pid string) bool {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	return err != nil || strings.Contains(string(text), ") Z ")
}
