package main

import (
	"flag"

	"github.com/penstock-dev/penstock"
)

func schemaCommand() command {
	return command{
		name: "schema", args: "[-custom FILE]…", about: "Prints a JSON Schema of pipeline definitions, for editors.",
		more: "It knows the action types of AWS CodePipeline and those of -custom. With it an editor completes fields, types and configuration\n" +
			"keys, and underlines what is wrong; what takes the whole pipeline to be judged, validate says.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			c := newCustoms(flags)
			return func(s *session, args []string) {
				if len(args) > 0 {
					s.usage("schema", "it takes no arguments")
					return
				}
				if actions, ok := c.actions(s); ok {
					s.write(append(penstock.Schema(actions), '\n'))
				}
			}
		},
	}
}
