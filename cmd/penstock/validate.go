package main

import (
	"flag"
)

func validateCommand() command {
	return command{
		name: "validate", args: "FILE…", about: "Says everything that is wrong with pipeline definitions, one problem a line.",
		more: "FILE is CodePipeline's JSON, as get-pipeline prints it or only the structure in it; - is standard input. Says nothing and\n" +
			"exits with 0 when all is well, with 1 when something is wrong, with 2 when a FILE cannot be read. Action types of your own are\n" +
			"not known here: whether their configuration is right, Pipeline.Validate says in your program.",
		prepare: func(*flag.FlagSet) func(*session, []string) { return validate },
	}
}

func validate(s *session, args []string) {
	if !s.files("validate", args) {
		return
	}
	for _, file := range args {
		p, _, ok := s.load(file)
		if !ok {
			continue
		}
		if err := p.Validate(nil); err != nil {
			s.problem(file, err)
		}
	}
}
