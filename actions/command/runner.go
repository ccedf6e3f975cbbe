package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/process"
)

// Options are how programs run in this process. The zero value is useful.
type Options struct {
	// Root is the directory that runs have theirs in; the processes of one machine may share it. Default: penstock/commands in the user's
	// cache directory.
	Root string
	// PassEnv names the variables of this process that programs see. Default: DefaultPassEnv.
	PassEnv []string
	// Grace is the time between the request to end (SIGTERM) and the end by force (SIGKILL). Default: 10 s. Negative: none.
	Grace time.Duration
	// OutputLimit is how many bytes of a program's output are kept; it may write on. Default: 64 MiB. Negative: all.
	OutputLimit int64
	// OnWorkerLost says what becomes of a program whose process was lost. Default: penstock.LostRerun.
	OnWorkerLost penstock.LostPolicy
}

// DefaultPassEnv names what programs see of this process's environment: where things are, and in which language to speak.
func DefaultPassEnv() []string {
	return []string{
		"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"SYSTEMROOT", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT", "COMSPEC", // Windows
	}
}

// Runner runs the programs of Run actions. The zero value is useful; it must not be copied.
type Runner struct {
	Options

	mu    sync.Mutex
	swept bool
}

// Register has this process run Run actions. It panics where penstock.Register does.
func Register(to *penstock.Actions, o Options) { penstock.Register(to, &Runner{Options: o}) }

// OnWorkerLost is Options.OnWorkerLost.
func (r *Runner) OnWorkerLost() penstock.LostPolicy { return r.Options.OnWorkerLost }

// Run implements penstock.Runner. A program that fails is a failure with code JobFailed and the last lines of its output; one that does not exist,
// or cannot run as it is configured, a permanent one with code ConfigurationError.
func (r *Runner) Run(ctx context.Context, call *penstock.Call[Run]) error {
	if err := call.Config.check(); err != nil {
		return misconfigured(err, "correct the action's configuration")
	}
	return r.do(ctx, &job{asked: askedBy(call), config: call.Config})
}

// asked is the run of an action that a job is for.
type asked struct {
	penstock.Scope
	id          string   // of the action execution
	names       []string // where it stands, for the environment
	setVariable func(key string, value any) error
}

func askedBy[A penstock.ActionConfig](call *penstock.Call[A]) asked {
	return asked{Scope: call, id: call.ActionExecution, setVariable: call.SetVariable, names: []string{
		"PENSTOCK_PIPELINE=" + call.Pipeline, "PENSTOCK_EXECUTION=" + call.Execution, "PENSTOCK_STAGE=" + call.Stage,
		"PENSTOCK_ACTION=" + call.Action, "PENSTOCK_ACTION_EXECUTION=" + call.ActionExecution, "PENSTOCK_TRY=" + strconv.Itoa(call.Try),
	}}
}

// job is one run of a program.
type job struct {
	*Runner
	asked
	config  Run
	lines   []string // of a Commands, which run instead of config.Argv and config.Script
	space   *workspace
	secrets []string // values
}

// do runs a job in a workspace.
func (r *Runner) do(ctx context.Context, j *job) error {
	space, err := r.open(ctx, j.id, j.Log())
	if err != nil {
		return err
	}
	defer space.close(j.Log())
	j.Runner, j.space = r, space
	return j.run(ctx)
}

func (j *job) run(ctx context.Context) error {
	inputs, err := j.unpack(ctx)
	if err != nil {
		return err
	}
	dir, err := j.dir()
	if err != nil {
		return err
	}
	argv, err := j.argv()
	if err != nil {
		return err
	}
	env, err := j.environment(ctx, inputs)
	if err != nil {
		return err
	}
	out := &output{log: j.Log(), keep: tailSize + longest(j.secrets)}
	result, err := process.Run(ctx, process.Command{
		Argv: argv, Dir: dir, Env: env, Stdout: out, Stderr: out, OutputLimit: j.OutputLimit, Grace: j.Grace, Record: j.space.record,
	})
	j.note(result)
	if err != nil {
		return j.failure(ctx, argv[0], err, out)
	}
	if err := j.export(); err != nil {
		return err
	}
	return j.pack(ctx)
}

// unpack answers the directories of the inputs, at least that of the working tree.
func (j *job) unpack(ctx context.Context) ([]string, error) {
	dirs := []string{j.space.tree()}
	for i, input := range j.config.Inputs {
		if i > 0 {
			dirs = append(dirs, j.space.path("input-"+strconv.Itoa(i+1)))
		}
		tree, err := input.Load(ctx, j)
		if err == nil {
			err = tree.Unpack(ctx, dirs[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return dirs, nil
}

// dir is where the program runs.
func (j *job) dir() (string, error) {
	below := j.config.Dir
	if below == "" {
		return j.space.tree(), nil
	}
	root, err := os.OpenRoot(j.space.tree())
	if err != nil {
		return "", err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(below))
	if err == nil && !info.IsDir() {
		err = errors.New("it is no directory")
	}
	if err != nil {
		return "", misconfigured(fmt.Errorf("directory %q: %w", below, err), "name a directory that the first input has")
	}
	return filepath.Join(j.space.tree(), filepath.FromSlash(below)), nil
}

// argv is what runs: Argv, or a shell with the script or the commands.
func (j *job) argv() ([]string, error) {
	switch {
	case len(j.lines) > 0:
		file, err := j.writeScript(commandScript(j.lines, j.space.path(reachedName)))
		return []string{"sh", file}, err
	case j.config.Script != "":
		file, err := j.writeScript(j.config.Script)
		return []string{"sh", "-e", file}, err
	default:
		fmt.Fprintln(j.Log(), "$ "+commandLine(j.config.Argv))
		return j.config.Argv, nil
	}
}

// commandLine is for people: arguments are quoted where one could not tell them apart otherwise.
func commandLine(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = word
		if quoted := strconv.Quote(word); len(quoted) != len(word)+2 || word == "" || strings.Contains(word, " ") {
			words[i] = quoted
		}
	}
	return strings.Join(words, " ")
}

// note tells readers of the log what they cannot see in the output.
func (j *job) note(result process.Result) {
	if result.Dropped > 0 {
		fmt.Fprintf(j.Log(), "\n%d more bytes of output were dropped: the limit is %d\n", result.Dropped, result.Output)
	}
	if result.Left > 0 {
		fmt.Fprintf(j.Log(), "the program left %d processes running; they were ended\n", result.Left)
	}
}

// failure is how an operator reads what went wrong.
func (j *job) failure(ctx context.Context, program string, err error, out *output) error {
	var exit *process.ExitError
	what := filepath.Base(program)
	switch {
	case len(j.lines) > 0:
		what = j.reached()
	case j.config.Script != "":
		what = "the script"
	}
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, process.ErrNoProgram):
		return misconfigured(err, "install "+what+" where the action runs, or correct Argv or PATH")
	case errors.As(err, &exit):
		return fmt.Errorf("%s: %w%s", what, err, out.tail(j.secrets))
	default:
		return err
	}
}
