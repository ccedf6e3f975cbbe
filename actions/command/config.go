package command

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/penstock-dev/penstock"
)

// Run is an action that runs a program. It succeeds when the program exits with 0.
type Run struct {
	// Argv is the program and its arguments. A program without a slash is looked for in PATH, one with a relative path in Dir.
	Argv []string
	// Script is run by sh -e instead of Argv: it fails with the first command that fails.
	Script string
	// Dir is where it runs, below the working tree, with slashes. Default: the working tree itself.
	Dir string
	// Env is added to the environment.
	Env map[string]string
	// Secrets are added to the environment too. Their values are struck out of the output.
	Secrets map[string]penstock.Secret
	// Inputs are unpacked before: the first is the working tree, the others are where PENSTOCK_INPUT_2 … say. Default: an empty working tree.
	Inputs []penstock.Input[penstock.Tree]
	// Exports are shell variables of Script that become output variables, with the values that they have when it ends. Each must be set.
	// A Script that sets a trap on EXIT or ends by exec can export nothing.
	Exports []string
	// Files are what Output is made of: paths below the working tree, with * ? […] as in path.Match and ** for any number of directories; a directory
	// stands for all that is in it. Each must be there. Default: the whole working tree.
	Files []string
	// Output is what Files name, where they are.
	Output penstock.Output[penstock.Tree] `penstock:"Output,optional"`
}

// ActionType is Compute/Custom/Command/1.
func (Run) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryCompute, Provider: "Command", Version: "1"}
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// check finds what can never run.
func (c Run) check() error {
	switch {
	case len(c.Argv) == 0 && c.Script == "":
		return errors.New("there is nothing to run: set Argv or Script")
	case len(c.Argv) > 0 && c.Script != "":
		return errors.New("both Argv and Script are set: which one shall run?")
	case len(c.Argv) > 0 && c.Argv[0] == "":
		return errors.New("the program in Argv has no name")
	case len(c.Exports) > 0 && c.Script == "":
		return errors.New("there are Exports but no Script: of another program no variables can be read back")
	case len(c.Files) > 0 && !c.Output.Wired():
		return errors.New("there are Files but no Output for them")
	case c.Dir != "" && !filepath.IsLocal(filepath.FromSlash(c.Dir)):
		return fmt.Errorf("directory %q is not below the working tree", c.Dir)
	}
	return errors.Join(c.checkNames(), c.checkFiles())
}

func (c Run) checkNames() error {
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(c.Env)), slices.Sorted(maps.Keys(c.Secrets)), c.Exports) {
		if !variableName.MatchString(name) {
			return fmt.Errorf("%q cannot be the name of a variable: letters, digits and _ can, a digit not first", name)
		}
		if _, secret := c.Secrets[name]; secret {
			if _, plain := c.Env[name]; plain {
				return fmt.Errorf("variable %s is set as plain text and as a secret", name)
			}
		}
	}
	return nil
}

func (c Run) checkFiles() error {
	for _, pattern := range c.Files {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q in Files: %w", pattern, err)
		}
		if !filepath.IsLocal(filepath.FromSlash(pattern)) {
			return fmt.Errorf("%q in Files is not below the working tree", pattern)
		}
	}
	return nil
}

// codeConfiguration is the library's own code for an action that cannot run as it is configured.
const codeConfiguration penstock.Code = "ConfigurationError"

func misconfigured(err error, hint string) error {
	return penstock.Permanent(&penstock.Error{Code: codeConfiguration, Err: err, Hint: hint})
}
