// Package command answers one question: how does a pipeline run a program, or a few lines of shell?
//
//	penstock.NewAction("Test", command.Run{
//		Argv:   []string{"go", "test", "./..."},
//		Inputs: []penstock.Input[penstock.Tree]{code.In()},
//	})
//
// A Run works in a fresh directory with a copy of its first input, and leaves nothing behind: neither files nor processes. What it
// shall leave is an artifact (Run.Output) or output variables (Run.Exports).
//
// A program gets its arguments as they are; a shell is at work only where Run.Script asks for one. References in a Script are
// replaced before the shell reads it, so that a commit message or a branch name may become a command: hand such texts over by Run.Env.
//
// # Commands of the service
//
// Commands is CodePipeline's own Commands action, stored as the service stores it: RegisterCommands has this process run those of pipelines that were
// imported, and what is made of Commands in Go runs there. It works as a Run does, but for what its fields say. In Go alone, prefer Run.
//
// # Environment
//
// A program sees the variables of this process that Options.PassEnv names, Run.Env, Run.Secrets, and
//
//	TMPDIR                      a directory that is removed with the rest
//	PENSTOCK_PIPELINE, PENSTOCK_EXECUTION, PENSTOCK_STAGE, PENSTOCK_ACTION, PENSTOCK_ACTION_EXECUTION, PENSTOCK_TRY
//	PENSTOCK_INPUT_1, …         the directories of Run.Inputs, the first of which is the working tree
//	CODEBUILD_SRC_DIR, …        the same for Commands, under the service's names
//
// # What it does not do
//
// It is no sandbox: programs run as the user that this process runs as. They end with their action on Linux for certain, elsewhere as
// far as their process group goes. A process that is killed leaves its programs' descendants and directories; both are ended and
// removed when its action runs again, or when the next process with the same Options.Root runs its first one.
package command
