package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
)

func planCommand() command {
	return command{
		name: "plan", args: "[-variable NAME=VALUE]… [-custom FILE]… FILE", about: "Says what a start of a pipeline would do: its stages, what runs in each, who is asked.",
		more: aboutFiles + "\n\n" +
			"Nothing is started, and nobody is asked. It fails, with 1, where the definition or the start itself would be refused.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			p := planner{validator: validator{reading: newReading(flags), customs: newCustoms(flags)}, variables: newVariables(flags)}
			return p.run
		},
	}
}

// planner is plan with its flags.
type planner struct {
	validator
	variables map[string]string
}

func (p *planner) run(s *session, args []string) {
	if !s.file("plan", args) {
		return
	}
	actions, ok := p.actions(s)
	if !ok {
		return
	}
	pipeline, _, ok := p.load(s, args[0])
	if !ok {
		return
	}
	if err := pipeline.Validate(actions); err != nil {
		p.report(s, args[0], err)
	}
	if s.status != 0 {
		return
	}
	forecast, err := penstock.Plan(pipeline, penstock.StartExecution{Variables: p.variables})
	if err != nil {
		s.problem(args[0], err)
		return
	}
	s.write([]byte(forecast.String()))
	for _, a := range foreign(pipeline) {
		s.remark(args[0], fmt.Sprintf("%s waits for somebody who runs %s: penstock itself does not", a.name, a.kind))
	}
}

// newVariables are those of the pipeline that is started.
func newVariables(flags *flag.FlagSet) map[string]string {
	variables := map[string]string{}
	flags.Func("variable", "the value of a pipeline variable, as `NAME=VALUE`; may be repeated", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return errors.New("it is written NAME=VALUE")
		}
		variables[name] = value
		return nil
	})
	return variables
}

// file checks a command line with one FILE.
func (s *session) file(command string, args []string) bool {
	if !s.files(command, args) {
		return false
	}
	if len(args) > 1 {
		s.usage(command, "it takes one FILE at a time")
		return false
	}
	return true
}

// native are the types that the command runs by itself.
func native() []string {
	return []string{"Approval/AWS/Manual/1", "Compute/AWS/Commands/1", "Deploy/AWS/S3/1", "Invoke/AWS/CodePipeline/1", "Source/AWS/S3/1"}
}

// foreign are the actions of a pipeline that the command does not run by itself.
func foreign(p penstock.Pipeline) []declared {
	return slices.DeleteFunc(actionsOf(p), func(a declared) bool { return slices.Contains(native(), a.kind) })
}
