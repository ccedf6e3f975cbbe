package penstock

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
)

// shell is a configuration with all that may stand beside it.
type shell struct {
	Size    string
	Lines   []string          `penstock:"-"`
	Env     map[string]string `penstock:"-"`
	Hidden  map[string]Secret `penstock:"-"`
	Exports []string          `penstock:"-"`
	Trees   []Input[Tree]     `penstock:"-"`
	Result  Output[Tree]      `penstock:"-"`
	Paths   []string          `penstock:"-"`
}

func (shell) ActionType() ActionType {
	return ActionType{Category: CategoryCompute, Provider: "Shell", Version: "1"}
}

func (s *shell) CommandFields() CommandFields {
	return CommandFields{&s.Lines, &s.Env, &s.Hidden, &s.Exports, &s.Trees, &s.Result, &s.Paths}
}

// sparse has an environment only, as the service's EKS action does.
type sparse struct {
	Env map[string]string `penstock:"-"`
}

func (sparse) ActionType() ActionType {
	return ActionType{Category: CategoryDeploy, Provider: "Sparse", Version: "1"}
}

func (s *sparse) CommandFields() CommandFields { return CommandFields{Environment: &s.Env} }

// plain has nothing beside it.
type plain struct{ Size string }

func (plain) ActionType() ActionType {
	return ActionType{Category: CategoryTest, Provider: "Plain", Version: "1"}
}

// runAs runs a task as an action of type A, and answers the configuration that its code was given.
func runAs[A ActionConfig](t *testing.T, task executor.Task) (config A, failure *executor.Failure) {
	t.Helper()
	var actions Actions
	RegisterFunc(&actions, func(_ context.Context, call *Call[A]) error {
		config = call.Config
		return Permanent(ErrConflict) // so that it need not store its outputs
	})
	var zero A
	task.Type = zero.ActionType().String()
	return config, actions.run(t.Context(), &task, nil, taskHost{}).Failure
}

func allCommands() *executor.Commands {
	return &executor.Commands{
		Lines: []string{"make"}, Environment: []executor.EnvironmentVariable{{Name: "A", Value: "1"}, {Name: "P", Value: "ref", Secret: true}},
		Variables: []string{"TAG"}, Files: []string{"dist"},
	}
}

func TestCommandFieldsAreFilled(t *testing.T) {
	got, failure := runAs[shell](t, executor.Task{
		Config: map[string]string{"Size": "L"}, Commands: allCommands(),
		Inputs: []executor.Artifact{{Name: "code"}, {Name: "more"}}, Outputs: []string{"result"},
	})
	require.Equal(t, codeFailed, failure.Code, failure.Message)
	require.Equal(t, shell{
		Size: "L", Lines: []string{"make"}, Env: map[string]string{"A": "1"}, Hidden: map[string]Secret{"P": {Ref: "ref"}}, Exports: []string{"TAG"},
		Trees: []Input[Tree]{{"code"}, {"more"}}, Result: Output[Tree]{"result"}, Paths: []string{"dist"},
	}, got)
	got, _ = runAs[shell](t, executor.Task{})
	require.Equal(t, shell{}, got)
	few, _ := runAs[sparse](t, executor.Task{Commands: &executor.Commands{Environment: []executor.EnvironmentVariable{{Name: "A", Value: "1"}}}})
	require.Equal(t, map[string]string{"A": "1"}, few.Env)
}

// TestWhatAConfigurationDoesNotKnowIsNotLeftOut: to run without it could mean to do what its author excluded.
func TestWhatAConfigurationDoesNotKnowIsNotLeftOut(t *testing.T) {
	for name, test := range map[string]struct {
		run  func(t *testing.T, task executor.Task) *executor.Failure
		task executor.Commands
		says string
	}{
		"anything":  {failureOf[plain], executor.Commands{Environment: []executor.EnvironmentVariable{{Name: "A"}}}, "penstock.plain knows nothing"},
		"commands":  {failureOf[sparse], executor.Commands{Lines: []string{"make"}}, "has commands, which"},
		"variables": {failureOf[sparse], executor.Commands{Variables: []string{"A"}}, "has outputVariables, which"},
		"files":     {failureOf[sparse], executor.Commands{Files: []string{"a"}}, "has files, which"},
		"secrets":   {failureOf[sparse], executor.Commands{Environment: []executor.EnvironmentVariable{{Name: "A", Secret: true}}}, "of type SECRETS_MANAGER, which"},
		"twice":     {failureOf[shell], executor.Commands{Environment: []executor.EnvironmentVariable{{Name: "A"}, {Name: "A", Secret: true}}}, "A is set twice"},
	} {
		t.Run(name, func(t *testing.T) {
			failure := test.run(t, executor.Task{Commands: &test.task})
			require.Equal(t, codeConfiguration, failure.Code)
			require.Contains(t, failure.Message, test.says)
			require.False(t, failure.Retryable)
		})
	}
}

func failureOf[A ActionConfig](t *testing.T, task executor.Task) *executor.Failure {
	_, failure := runAs[A](t, task)
	return failure
}

func TestCommandFieldsAreStoredBesideTheConfiguration(t *testing.T) {
	config := shell{
		Size: "L", Lines: []string{"make"}, Env: map[string]string{"B": "2", "A": "1"}, Hidden: map[string]Secret{"P": {Ref: "ref"}}, Exports: []string{"TAG"},
		Trees: []Input[Tree]{{"code"}, {"more"}}, Result: Output[Tree]{"result"}, Paths: []string{"dist"},
	}
	d := NewAction("Make", config).declared
	require.Empty(t, d.problems)
	config.Lines[0], config.Exports[0], config.Paths[0], config.Env["A"] = "changed", "changed", "changed", "changed"
	text, err := json.Marshal(d.action)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"name": "Make", "actionTypeId": {"category": "Compute", "owner": "Custom", "provider": "Shell", "version": "1"}, "runOrder": 0,
		"configuration": {"Size": "L"}, "commands": ["make"], "outputVariables": ["TAG"],
		"environmentVariables": [
			{"name": "A", "value": "1", "type": "PLAINTEXT"}, {"name": "B", "value": "2", "type": "PLAINTEXT"}, {"name": "P", "value": "ref", "type": "SECRETS_MANAGER"}
		],
		"inputArtifacts": [{"name": "code"}, {"name": "more"}], "outputArtifacts": [{"name": "result", "files": ["dist"]}]
	}`, string(text))

	few, err := json.Marshal(NewAction("Few", sparse{}).declared.action)
	require.NoError(t, err)
	require.NotContains(t, string(few), "environmentVariables")
}

func TestAnArtifactOfCommandsIsATree(t *testing.T) {
	wrong := NewArtifact[Image]("code")
	p := NewPipeline("p",
		NewStage("Source", NewAction("Checkout", wide{Report: wrong.Out()})),
		NewStage("Run", NewAction("Run", shell{Lines: []string{"make"}, Trees: []Input[Tree]{{"code"}}})),
	)
	require.ErrorContains(t, p.Validate(nil), `artifact "code" is of type penstock.Tree here, but of type penstock.Image`)
}
