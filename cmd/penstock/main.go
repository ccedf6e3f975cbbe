package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	os.Exit(run(os.Args[1:], &session{in: os.Stdin, out: os.Stdout, messages: os.Stderr}))
}

// command is one of the words that may follow penstock.
type command struct {
	name  string
	args  string // as usage shows them
	about string // one line
	more  string // what help says beside; may be empty
	// prepare declares the command's flags, and answers what runs when they are set.
	prepare func(flags *flag.FlagSet) func(s *session, args []string)
}

// commands are in the order of the help.
func commands() []command {
	return []command{
		validateCommand(), graphCommand(), diffCommand(), fmtCommand(), schemaCommand(), planCommand(), runCommand(), serveCommand(), versionCommand(), helpCommand(),
	}
}

// run is main without the process: it answers the exit status.
func run(args []string, s *session) int {
	if len(args) == 0 {
		s.usage("", "no command is given")
		return s.status
	}
	switch args[0] {
	case "-h", "-help", "--help":
		args = []string{"help"}
	case "-version", "--version":
		args = []string{"version"}
	}
	c, ok := find(args[0])
	if !ok {
		s.usage("", fmt.Sprintf("there is no command %q", args[0]))
		return s.status
	}
	c.run(s, args[1:])
	return s.status
}

func find(name string) (command, bool) {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, false
	}
	return all[i], true
}

func (c command) run(s *session, args []string) {
	flags := c.flags()
	do := c.prepare(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		s.write(c.help())
	case err != nil:
		s.usage(c.name, err.Error())
	default:
		do(s, flags.Args())
	}
}

func (c command) flags() *flag.FlagSet {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said once, by run
	return flags
}

// help is the whole text about a command.
func (c command) help() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: penstock %s\n\n%s\n", strings.TrimSpace(c.name+" "+c.args), c.about)
	if c.more != "" {
		fmt.Fprintf(&b, "\n%s\n", c.more)
	}
	flags := c.flags()
	c.prepare(flags)
	var list strings.Builder
	flags.SetOutput(&list)
	flags.PrintDefaults()
	if list.Len() > 0 {
		fmt.Fprintf(&b, "\n%s", list.String())
	}
	return []byte(b.String())
}
