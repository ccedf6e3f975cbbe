// Quickstart releases the git repository that it is run in: it checks out the newest commit, vets, tests and builds a package of it, asks for
// approval, and deploys the program into a directory. Run it from the root of this repository:
//
//	go run ./examples/quickstart
//
// Start reading in release.go, which is the release. Any other repository with a Go module at its root will do as well:
//
//	go run ./examples/quickstart -repo ../shop -package ./cmd/shop
//
// Kill it at any point and run it again: it goes on. The exit status is 0 when the commit is in production, 1 when its release has failed, 2 when
// there could be none, and 130 when it was interrupted.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	q := quickstart{in: os.Stdin, out: os.Stdout, problems: os.Stderr, interrupts: interrupts, openState: openSQLite}
	os.Exit(q.main(os.Args[1:]))
}

// options are what the command line says.
type options struct {
	Repository string
	Package    string
	Data       string
	Again      bool
}

// hello is a program of this repository, without dependencies so that its release is quick.
const hello = "./examples/quickstart/hello"

func parse(args []string, problems io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.StringVar(&o.Repository, "repo", ".", "a `directory` in the git repository to release")
	flags.StringVar(&o.Package, "package", hello,
		"the main `package` to vet, test, build and deploy, from the root of the repository; run without arguments, the program has to succeed")
	flags.StringVar(&o.Data, "data", "", "the `directory` for everything that is kept (default: one for the repository in the user's cache)")
	flags.BoolVar(&o.Again, "again", false, "release the commit also if it has been released before")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	return o, nil
}

// Why there is nothing new in production.
var (
	errNotReleased = errors.New("not released")
	errInterrupted = errors.New("interrupted: run it again and it goes on")
)

// main is the program without its process: it answers the exit status.
func (q *quickstart) main(args []string) int {
	o, err := parse(args, q.problems)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = q.run(o)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(q.problems, "quickstart:", err)
	switch {
	case errors.Is(err, errInterrupted):
		return 130 // as shells say that Ctrl-C ended it
	case errors.Is(err, errNotReleased):
		return 1
	default:
		return 2
	}
}
