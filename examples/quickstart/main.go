// Quickstart releases the git repository that it is run in: it checks out the last commit, vets and tests a package of it, builds a program,
// asks for approval, and deploys the program into a directory. Run it from the root of this repository:
//
//	go run ./examples/quickstart
//
// Start reading in release.go, which is the release. Any other repository with a Go module at its root will do as well:
//
//	go run ./examples/quickstart -repo ../shop -package ./... -build ./cmd/shop -data /srv/shop
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/penstock-dev/penstock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	code := run(ctx, os.Args[1:], approver{in: os.Stdin, out: os.Stderr}, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are what the command line says.
type options struct {
	Repository string
	Package    string
	Program    string
	Data       string
}

// hello is a program of this repository, without dependencies so that its release is quick.
const hello = "./examples/quickstart/hello"

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.Repository, "repo", ".", "a `directory` in the git repository to release")
	flags.StringVar(&o.Package, "package", hello, "the `package` to vet and test, from the root of the repository; ./... is all")
	flags.StringVar(&o.Program, "build", hello,
		"the main `package` to build and deploy; run with -check, the program has to say that all is well by exit status 0")
	flags.StringVar(&o.Data, "data", "", "the `directory` to deploy into (default: a new temporary one)")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	return o, nil
}

// run is main without the process: it answers the exit status.
func run(ctx context.Context, args []string, approver approver, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = release(ctx, o, approver, stdout)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "quickstart:", err)
	if ctx.Err() != nil {
		return 130 // as shells say that Ctrl-C ended it
	}
	return 1
}

// release looks at the repository, has an engine release it, and tells how that goes.
func release(ctx context.Context, o options, approver approver, stdout io.Writer) error {
	repo, err := openRepository(ctx, o.Repository)
	if err != nil {
		return err
	}
	for _, pkg := range []string{o.Package, o.Program} {
		if err := repo.checkPackage(ctx, pkg); err != nil {
			return err
		}
	}
	data, err := dataDirectory(o.Data)
	if err != nil {
		return err
	}
	if o.Data == "" {
		defer os.Remove(data) // succeeds only when nothing has been deployed there
	}
	fmt.Fprintf(stdout, "Releasing %s into %s\n", repo.Root, data)
	if repo.Dirty {
		fmt.Fprintln(stdout, "The working tree has changes that are not committed: only the commit is released.")
	}
	engine, err := penstock.NewEngine(penstock.Config{Actions: actions(data)}) // without a store: all in memory
	if err != nil {
		return err
	}
	pipeline := Release(Settings{Repository: repo.GitDir, Package: o.Package, Program: o.Program})
	if err := drive(ctx, engine, pipeline, repo.Head.ID, &progress{engine: engine, approver: approver, out: stdout}); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\nReleased %s: %s leads to it, %s has all releases.\n",
		short(repo.Head.ID), filepath.Join(data, "current"), filepath.Join(data, "releases"))
	return nil
}

// drive starts the release of a commit, and the engine, and follows until the release has ended. When ctx ends before, the release is
// stopped together with what runs, and the engine drains.
func drive(ctx context.Context, engine *penstock.Engine, pipeline penstock.Pipeline, commit string, progress *progress) error {
	if _, err := engine.Do(ctx, penstock.ApplyPipeline{Pipeline: pipeline, NoStart: true}); err != nil {
		return err
	}
	started, err := engine.Do(ctx, penstock.StartExecution{Pipeline: pipeline.Name(), Revisions: map[string]string{checkoutAction: commit}})
	if err != nil {
		return err
	}
	driving, drain := context.WithCancel(context.WithoutCancel(ctx))
	drained := make(chan error, 1)
	go func() {
		defer drain()
		drained <- engine.Run(driving)
	}()
	disarm := context.AfterFunc(ctx, func() {
		_ = engine.Abandon(driving, pipeline.Name(), started.Execution, "interrupted") // refused only when it has just ended
	})
	defer disarm()
	err = progress.follow(ctx, driving, pipeline.Name())
	drain()
	return errors.Join(err, <-drained)
}

// dataDirectory is where to deploy, as an absolute path.
func dataDirectory(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "penstock-quickstart-")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}
