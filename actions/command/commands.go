package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
)

// Commands is the service's own action of this kind (spec D2), to be run here: pipelines that were made for the service need no change. It is
// stored where the service has it, so that pipelines made here run there too.
type Commands struct {
	// Commands run one after the other in one shell, sh, in the directory of the first input, so that a variable that one sets and a directory
	// that it changes to count for the next. The first one that fails ends the action. Each is one line of up to 1000 characters; there are up to 50.
	// A reference is replaced before the shell reads it, so that a commit message or a branch name may become a command: hand such texts over
	// by Environment.
	Commands []string `penstock:"-"`
	// Environment is added to the environment: with Secrets up to 10 variables, of up to 2000 characters each.
	Environment map[string]string `penstock:"-"`
	// Secrets are added to the environment too, by the engine's SecretResolver. Their values are struck out of the output.
	Secrets map[string]penstock.Secret `penstock:"-"`
	// Outputs are variables of the shell that become output variables, with the values that they have when it ends; up to 15. Each must be set.
	// Commands that set a trap on EXIT or end by exec can put none out.
	Outputs []string `penstock:"-"`
	// Inputs are unpacked before, 1 to 10: the directory of the first is CODEBUILD_SRC_DIR, that of another CODEBUILD_SRC_DIR_ with the artifact's name.
	Inputs []penstock.Input[penstock.Tree] `penstock:"-"`
	// Artifact is what Files name, where they are.
	Artifact penstock.Output[penstock.Tree] `penstock:"-"`
	// Files are paths below the first input's directory, with * ? […] as in path.Match for files in one directory and ** for any number of
	// directories; one without any of these may also be a directory, which stands for all that is in it. Each must be there. Up to 10 of up to 128
	// characters. Default: all that is in the first input's directory.
	Files []string `penstock:"-"`

	// EnvironmentType is LINUX_CONTAINER, the default, or what cannot run here.
	EnvironmentType string
	// ComputeType is for the service, which offers machines of several sizes. Here it does not count.
	ComputeType string
	// VpcId is for the service, as Subnets and SecurityGroupIds are. Here they do not count.
	VpcId string
	// Subnets is a list, joined by commas.
	Subnets string
	// SecurityGroupIds is a list, joined by commas.
	SecurityGroupIds string
}

// ActionType is Compute/AWS/Commands/1.
func (Commands) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryCompute, Owner: penstock.OwnerAWS, Provider: "Commands", Version: "1"}
}

// CommandFields implements penstock.CommandConfig.
func (c *Commands) CommandFields() penstock.CommandFields {
	return penstock.CommandFields{
		Commands: &c.Commands, Environment: &c.Environment, Secrets: &c.Secrets, Outputs: &c.Outputs,
		Inputs: &c.Inputs, Artifact: &c.Artifact, Files: &c.Files,
	}
}

// RegisterCommands has this process run Commands actions, which without it wait for a worker that does. They end after 55 minutes, as the
// service's do, unless the action has a timeout of its own. It panics where penstock.Register does.
func RegisterCommands(to *penstock.Actions, o Options) {
	penstock.Register(to, &commandsRunner{Runner: Runner{Options: o}})
}

// commandsRunner runs the commands of Commands actions.
type commandsRunner struct{ Runner }

// Run implements penstock.Runner, as Runner.Run does.
func (r *commandsRunner) Run(ctx context.Context, call *penstock.Call[Commands]) error {
	c := call.Config
	if err := c.check(); err != nil {
		return misconfigured(err, "correct the action")
	}
	return r.do(ctx, &job{asked: askedBy(call), lines: c.Commands, config: Run{
		Env: c.Environment, Secrets: c.Secrets, Inputs: c.Inputs, Exports: c.Outputs, Files: c.Files, Output: c.Artifact,
	}})
}

// linuxContainer is the one EnvironmentType that can run here.
const linuxContainer = "LINUX_CONTAINER"

// check finds what can never run.
func (c Commands) check() error {
	same := Run{Env: c.Environment, Secrets: c.Secrets, Exports: c.Outputs, Files: c.Files}
	switch {
	case len(c.Commands) == 0:
		return errors.New("there is nothing to run: it has no commands")
	case slices.ContainsFunc(c.Commands, func(line string) bool { return strings.ContainsRune(line, 0) }):
		return errors.New("a command has a zero byte in it")
	case c.EnvironmentType != "" && c.EnvironmentType != linuxContainer:
		return fmt.Errorf("environment type %q cannot run here: only %s can", c.EnvironmentType, linuxContainer)
	}
	return errors.Join(same.checkNames(), same.checkFiles())
}

// sourceDirectories are the inputs' directories under the names that the service gives them.
func (j *job) sourceDirectories(inputs []string) []string {
	env := []string{"CODEBUILD_SRC_DIR=" + inputs[0]}
	for i, dir := range inputs[1:] {
		env = append(env, "CODEBUILD_SRC_DIR_"+j.config.Inputs[i+1].Name()+"="+dir)
	}
	return env
}

// reachedName is the file in a workspace that holds the number of the command that was begun last.
const reachedName = "reached"

// commandScript runs commands in one shell. Each is read when its turn has come, so that what is wrong with it is no other's fault, and it is no
// part of a condition or a list that it does not write itself.
func commandScript(lines []string, reached string) string {
	var b strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&b, "echo %d >|%s\nprintf '%%s\\n' %s\neval %s || exit\n", i+1, shellQuote(reached), shellQuote("$ "+line), shellQuote(line))
	}
	return b.String()
}

// commandShown is how many bytes of a command stand in a failure.
const commandShown = 200

// reached is the command that was begun last, for people.
func (j *job) reached() string {
	text, err := os.ReadFile(j.space.path(reachedName))
	var n int
	if _, scanned := fmt.Sscan(string(text), &n); err != nil || scanned != nil || n < 1 || n > len(j.lines) {
		return "the commands"
	}
	line := j.lines[n-1]
	if len(line) > commandShown {
		line = strings.ToValidUTF8(line[:commandShown], "") + "…"
	}
	return fmt.Sprintf("command %d of %d, %s", n, len(j.lines), line)
}
