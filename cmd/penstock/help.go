package main

import (
	"flag"
	"fmt"
	"strings"
)

func helpCommand() command {
	return command{
		name: "help", args: "[command]", about: "Says what the commands do, or all about one of them.",
		prepare: func(*flag.FlagSet) func(*session, []string) { return help },
	}
}

func help(s *session, args []string) {
	switch len(args) {
	case 0:
		s.write([]byte(overview()))
	case 1:
		c, ok := find(args[0])
		if !ok {
			s.usage("", fmt.Sprintf("there is no command %q", args[0]))
			return
		}
		s.write(c.help())
	default:
		s.usage("help", "it takes one command")
	}
}

func overview() string {
	var b strings.Builder
	b.WriteString("penstock checks, draws, compares, formats, runs and serves release pipelines.\n\nusage: penstock command [flags] [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.about)
	}
	b.WriteString("\nAll about one of them: penstock help command\n")
	return b.String()
}
