package main

import (
	"flag"
	"strings"

	"github.com/penstock-dev/penstock"
)

func diffCommand() command {
	return command{
		name: "diff", args: "OLD NEW", about: "Says what differs between two pipeline definitions, one change a line.",
		more: "OLD and NEW are FILEs. " + aboutFiles + "\nFormatting, the order of fields and defaults make no difference. Exits with 0 when both mean the same, with 1 when something differs.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			c := comparer{newReading(flags)}
			return c.run
		},
	}
}

// comparer is diff with its flags.
type comparer struct{ *reading }

func (c comparer) run(s *session, args []string) {
	if !s.files("diff", args) {
		return
	}
	if len(args) != 2 {
		s.usage("diff", "it takes two FILEs")
		return
	}
	before, _, ok := c.load(s, args[0])
	after, _, too := c.load(s, args[1])
	if !ok || !too {
		s.status = max(s.status, broken) // 1 would say that they differ
		return
	}
	var b strings.Builder
	for _, change := range penstock.Diff(before, after) {
		b.WriteString(oneLine(change.String()) + "\n")
	}
	if b.Len() > 0 {
		s.status = max(s.status, found)
	}
	s.write([]byte(b.String()))
}
