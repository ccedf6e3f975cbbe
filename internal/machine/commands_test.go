package machine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
)

var commandsType = definition.TypeID{Category: "Compute", Owner: "AWS", Provider: "Commands", Version: "1"}

// describeCommands makes a Commands action of one that was described before: STAGE/ACTION, environment variables, each command behind a $, and
// behind -> what becomes output variables. A variable NAME:=VALUE is a secret.
func describeCommands(t *testing.T, p *definition.Pipeline, line string) {
	line, outputs, _ := strings.Cut(line, " -> ")
	parts := strings.Split(line, " $ ")
	words := strings.Fields(parts[0])
	stage, name, _ := strings.Cut(words[0], "/")
	i := slices.IndexFunc(p.Stages, func(s definition.Stage) bool { return s.Name == stage })
	require.GreaterOrEqual(t, i, 0, line)
	j := slices.IndexFunc(p.Stages[i].Actions, func(a definition.Action) bool { return a.Name == name })
	require.GreaterOrEqual(t, j, 0, line)
	a := &p.Stages[i].Actions[j]
	a.ActionTypeID, a.Commands, a.OutputVariables = commandsType, parts[1:], strings.Fields(outputs)
	for _, word := range words[1:] {
		variable := definition.EnvironmentVariable{}
		variable.Name, variable.Value, _ = strings.Cut(word, "=")
		if secret, ok := strings.CutSuffix(variable.Name, ":"); ok {
			variable.Name, variable.Type = secret, "SECRETS_MANAGER"
		}
		a.EnvironmentVariables = append(a.EnvironmentVariables, variable)
	}
}

// task shows what the worker of an action is told of its texts.
func (tr *transcript) task(name string) {
	w, ok := tr.state.find(tr.ids[name])
	require.True(tr.t, ok, name)
	task, ok := tr.state.Task(Ref{Action: w.action.ID, Run: w.action.Run, Fence: w.action.Fence})
	require.True(tr.t, ok, name)
	for key, value := range task.Config {
		fmt.Fprintf(&tr.out, "| %s: %s\n", key, tr.rename(value))
	}
	if task.Commands == nil {
		return
	}
	for _, v := range task.Commands.Environment {
		fmt.Fprintf(&tr.out, "| %s=%s secret=%t\n", v.Name, tr.rename(v.Value), v.Secret)
	}
	for _, line := range task.Commands.Lines {
		fmt.Fprintf(&tr.out, "| $ %s\n", tr.rename(line))
	}
	fmt.Fprintf(&tr.out, "| -> %s\n", strings.Join(task.Commands.Variables, " "))
}

func TestATaskSharesNothingThatItChanges(t *testing.T) {
	leaf := compileLeaf(definition.Action{
		ActionTypeID: commandsType, Commands: []string{"echo #{a.b}", "true"},
		EnvironmentVariables: []definition.EnvironmentVariable{{Name: "A", Value: "#{a.b}"}, {Name: "B", Value: "b"}},
		Configuration:        map[string]string{"Key": "#{a.b}"},
	}, definition.ActionBlock{})
	require.Equal(t, 55*time.Minute, leaf.Timeout)
	x := &Execution{Outputs: map[string]map[string]string{"a": {"b": "c"}}}
	resolved, failure := x.resolve(&leaf, 100)
	require.Nil(t, failure)
	require.Equal(t, map[string]string{"Key": "c", "commands[0]": "echo c", "environmentVariables[0]": "c"}, resolved)
	task := &executor.Task{}
	leaf.fill(task, resolved)
	require.Equal(t, []string{"echo c", "true"}, task.Commands.Lines)
	require.Equal(t, map[string]string{"Key": "c"}, task.Config)
	require.Equal(t, []string{"echo #{a.b}", "true"}, leaf.commands.Lines, "the plan stays as it was")
	require.Equal(t, "#{a.b}", leaf.commands.Environment[0].Value)
	require.Equal(t, "#{a.b}", leaf.Configuration["Key"])

	_, failure = x.resolve(&leaf, 7)
	require.Contains(t, failure.Message, "over 7 bytes", "commands and the environment count too")
}
