package main

import (
	"errors"
	"flag"
	"fmt"
	"regexp"
	"slices"

	"github.com/penstock-dev/penstock"
)

func validateCommand() command {
	return command{
		name: "validate", args: "[-custom FILE]… [-resource ID] [-region REGION] [-strict] FILE…", about: "Says everything that is wrong with pipeline definitions, one problem a line.",
		more: aboutFiles + "\n\n" +
			"Says nothing and exits with 0 when all is well, with 1 when something is wrong, with 2 when a FILE cannot be read. The action types of\n" +
			"AWS CodePipeline are known. Types of your own are declared with -custom; without it, those that a definition has are told of and left\n" +
			"unjudged. In a template, other values stand in for those that its functions would have: see -parameter. What depends on where a pipeline\n" +
			"is, is judged with -region; what AWS CodePipeline wants and an engine of one's own does not, with -strict.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			v := validator{reading: newReading(flags), customs: newCustoms(flags)}
			flags.StringVar(&v.judging.Region, "region", "", "the `region` that pipelines are in")
			flags.BoolVar(&v.judging.Strict, "strict", false, "want a service role, an artifact store, values of up to 1000 characters, commands of one line, and triggers of connections only")
			return v.run
		},
	}
}

// validator is validate with its flags.
type validator struct {
	*reading
	*customs
	judging penstock.Judging
}

func (v *validator) run(s *session, args []string) {
	if !s.files("validate", args) {
		return
	}
	actions, ok := v.actions(s)
	if !ok {
		return
	}
	for _, file := range args {
		p, _, ok := v.load(s, file)
		if !ok {
			continue
		}
		if err := p.ValidateAs(actions, v.judging); err != nil {
			v.report(s, file, err)
		}
	}
}

// report tells what is wrong. Custom types that nobody was asked to declare are no problem.
func (v *validator) report(s *session, file string, err error) {
	problems, ok := errors.AsType[penstock.Problems](err)
	if !ok || len(v.files) > 0 {
		s.problem(file, err)
		return
	}
	var told []string
	problems = slices.DeleteFunc(problems, func(p penstock.Problem) bool {
		name, custom := undeclared(p)
		if custom && !slices.Contains(told, name) {
			told = append(told, name)
		}
		return custom
	})
	for _, name := range told {
		s.remark(file, fmt.Sprintf("%s is not known, so its actions are judged without their configuration; see -custom", name))
	}
	if len(problems) > 0 {
		s.problem(file, problems)
	}
}

// unavailable is how the service says that there is no such type.
var unavailable = regexp.MustCompile(`^ActionType \(Category: '([^']*)', Provider: '([^']*)', Owner: 'Custom', Version: '([^']*)'\) in action '`)

// undeclared reports whether the problem is a custom type that is not declared, and which.
func undeclared(p penstock.Problem) (name string, ok bool) {
	m := unavailable.FindStringSubmatch(p.Message)
	if m == nil || p.Field != "actionTypeId" {
		return "", false
	}
	return fmt.Sprintf("%s/Custom/%s/%s", m[1], m[2], m[3]), true
}
