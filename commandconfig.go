package penstock

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
)

// CommandConfig is for an ActionConfig that is described by commands, as the service's Commands action is (spec A3, D2): what they are is
// stored beside the action's configuration, where the service has it, and not in it.
type CommandConfig interface {
	// CommandFields says where that is, on a pointer to the configuration. It is read when a pipeline is built, and filled when the action
	// runs, with all references resolved. The fields carry the tag penstock:"-", for they are no entries of the configuration.
	CommandFields() CommandFields
}

// CommandFields are the addresses of a configuration's fields. One that is nil is not there: an action that says such a thing all the same cannot
// run. Package actions/command has a configuration with all of them.
type CommandFields struct {
	Commands    *[]string          // commands
	Environment *map[string]string // environmentVariables of type PLAINTEXT
	Secrets     *map[string]Secret // environmentVariables of type SECRETS_MANAGER
	Outputs     *[]string          // outputVariables
	Inputs      *[]Input[Tree]     // inputArtifacts, 1 to 10
	Artifact    *Output[Tree]      // outputArtifacts, of which there is one at most
	Files       *[]string          // its files
}

// Types of environmentVariables (spec A3).
const (
	plainVariable  = "PLAINTEXT"
	secretVariable = "SECRETS_MANAGER"
)

// mostCommandInputs is how many inputs the service gives to commands (spec A7).
const mostCommandInputs = 10

// commandFields are those of the configuration that p points to.
func commandFields(p any) (CommandFields, bool) {
	config, ok := p.(CommandConfig)
	if !ok {
		return CommandFields{}, false
	}
	return config.CommandFields(), true
}

// commandInfo adds what an action may say beside its configuration.
func commandInfo(t reflect.Type, info *definition.TypeInfo) {
	f, ok := commandFields(reflect.New(t).Interface())
	if !ok {
		return
	}
	info.Commands = f.Commands != nil
	if f.Inputs != nil {
		info.Inputs = definition.Bounds{Min: 1, Max: mostCommandInputs}
	}
	if f.Artifact != nil {
		info.Outputs.Max++
	}
}

// storeCommands writes what a configuration has beside its entries.
func (d *declaredAction) storeCommands(v reflect.Value) {
	f, ok := commandFields(addressed(v))
	if !ok {
		return
	}
	d.action.Commands = slices.Clone(valueAt(f.Commands))
	d.action.OutputVariables = slices.Clone(valueAt(f.Outputs))
	d.storeEnvironment(valueAt(f.Environment), valueAt(f.Secrets))
	for i, in := range valueAt(f.Inputs) {
		if !in.Wired() {
			d.problems = append(d.problems, definition.Problem{Field: "inputArtifacts", Message: fmt.Sprintf("input %d is not wired", i+1)})
		}
		d.wired.artifacts = append(d.wired.artifacts, wiredArtifact{"inputArtifacts", in.name, reflect.TypeFor[Tree]()})
		d.action.InputArtifacts = append(d.action.InputArtifacts, definition.Artifact{Name: in.name})
	}
	out, files := valueAt(f.Artifact), slices.Clone(valueAt(f.Files))
	switch {
	case out.Wired():
		d.wired.artifacts = append(d.wired.artifacts, wiredArtifact{"outputArtifacts", out.name, reflect.TypeFor[Tree]()})
		d.action.OutputArtifacts = append(d.action.OutputArtifacts, definition.Artifact{Name: out.name, Files: files})
	case len(files) > 0:
		d.problems = append(d.problems, definition.Problem{Field: "outputArtifacts", Message: "there are files, but no artifact that they are for"})
	}
}

// storeEnvironment keeps the variables in the order of their names.
func (d *declaredAction) storeEnvironment(plain map[string]string, secrets map[string]Secret) {
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		d.action.EnvironmentVariables = append(d.action.EnvironmentVariables, definition.EnvironmentVariable{Name: name, Value: plain[name], Type: plainVariable})
		if _, twice := secrets[name]; twice {
			d.problems = append(d.problems, definition.Problem{Field: "environmentVariables." + name, Message: "it is set as plain text and as a secret"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		d.action.EnvironmentVariables = append(d.action.EnvironmentVariables, definition.EnvironmentVariable{Name: name, Value: secrets[name].Ref, Type: secretVariable})
	}
}

func valueAt[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// fill makes a configuration of a task.
func (p *configPlan) fill(task *executor.Task, into reflect.Value) error {
	if err := p.decode(task.Config, into); err != nil {
		return err
	}
	f, ok := commandFields(into.Addr().Interface())
	if !ok {
		if task.Commands != nil {
			return fmt.Errorf("the action has commands or what belongs to them, of which %s knows nothing", into.Type())
		}
		return nil
	}
	return f.fill(task)
}

func (f CommandFields) fill(task *executor.Task) error {
	said := valueAt(task.Commands)
	var inputs []Input[Tree]
	for _, in := range task.Inputs {
		inputs = append(inputs, Input[Tree]{in.Name})
	}
	if f.Inputs != nil {
		*f.Inputs = inputs
	}
	if f.Artifact != nil && len(task.Outputs) > 0 {
		*f.Artifact = Output[Tree]{task.Outputs[0]}
	}
	return errors.Join(
		putList(f.Commands, said.Lines, "commands"), putList(f.Outputs, said.Variables, "outputVariables"), putList(f.Files, said.Files, "files"),
		f.fillEnvironment(said.Environment),
	)
}

func putList(to *[]string, list []string, what string) error {
	if len(list) == 0 {
		return nil
	}
	if to == nil {
		return notKnown(what)
	}
	*to = slices.Clone(list)
	return nil
}

func notKnown(what string) error {
	return fmt.Errorf("the action has %s, which its configuration does not know", what)
}

func (f CommandFields) fillEnvironment(variables []executor.EnvironmentVariable) error {
	plain, secrets := map[string]string{}, map[string]Secret{}
	for _, v := range variables {
		_, isPlain := plain[v.Name]
		_, isSecret := secrets[v.Name]
		switch {
		case isPlain || isSecret:
			return fmt.Errorf("environment variable %s is set twice", v.Name)
		case v.Secret:
			secrets[v.Name] = Secret{Ref: v.Value}
		default:
			plain[v.Name] = v.Value
		}
	}
	return errors.Join(putMap(f.Environment, plain, "environmentVariables"), putMap(f.Secrets, secrets, "environmentVariables of type "+secretVariable))
}

func putMap[V any](to *map[string]V, values map[string]V, what string) error {
	if len(values) == 0 {
		return nil
	}
	if to == nil {
		return notKnown(what)
	}
	*to = values
	return nil
}
