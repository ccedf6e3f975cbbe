package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/penstock-dev/penstock"
)

func runCommand() command {
	return command{
		name: "run", args: "[--data DIR] [--approve] [--secrets FILE] [-variable NAME=VALUE]… FILE", about: "Runs a pipeline to its end; the exit status is how it ended.",
		more: aboutFiles + "\n\n" +
			"Exits with 0 when the execution has succeeded, with 1 when it has not or the definition is wrong, with 2 when there could be none. It\n" +
			"runs the types that penstock serve runs, and refuses a pipeline with any other: nobody would come. Buckets are DIR/s3/BUCKET. Without\n" +
			"--data everything is gone afterwards; with it the directory is that of penstock serve, which must not have it open.\n\n" +
			"Approvals are asked at a terminal. Where there is none they are rejected, unless --approve says yes to all. Ctrl-C ends what runs.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			r := runner{reading: newReading(flags), variables: newVariables(flags)}
			flags.StringVar(&r.data, "data", "", "the `directory` for everything that is kept (default: a temporary one)")
			flags.StringVar(&r.secrets, "secrets", "", "the JSON `file` with the values of SECRETS_MANAGER variables by name, readable by nobody else")
			flags.BoolVar(&r.approve, "approve", false, "say yes to every approval, without being asked")
			return r.run
		},
	}
}

// runner is run with its flags.
type runner struct {
	*reading
	variables map[string]string
	data      string
	secrets   string // file
	approve   bool
}

func (r *runner) run(s *session, args []string) {
	if !s.file("run", args) {
		return
	}
	pipeline, _, ok := r.load(s, args[0])
	if !ok {
		return
	}
	if others := foreign(pipeline); len(others) > 0 {
		for _, a := range others {
			s.remark(args[0], fmt.Sprintf("%s is a %s, which penstock run does not run: it would wait for good", a.name, a.kind))
		}
		s.fail(errors.New("nothing was started"))
		return
	}
	err := pipeline.Validate(&penstock.Actions{})
	if err == nil {
		_, err = penstock.Plan(pipeline, penstock.StartExecution{Variables: r.variables})
	}
	if err != nil {
		s.problem(args[0], err)
		return
	}
	ended, err := r.execute(s, pipeline)
	switch {
	case err != nil:
		s.fail(err)
	case ended.Status != penstock.StatusSucceeded:
		s.status = max(s.status, found)
	}
}

// execute runs the pipeline in an engine of its own.
func (r *runner) execute(s *session, p penstock.Pipeline) (ended penstock.Execution, err error) {
	values := &private{secretsFile: r.secrets}
	if err := values.read(); err != nil {
		return ended, err
	}
	dir := r.data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "penstock-run-"); err != nil {
			return ended, err
		}
		defer os.RemoveAll(dir)
	}
	log := slog.New(slog.NewTextHandler(s.messages, &slog.HandlerOptions{Level: slog.LevelError}))
	data, err := openData(context.Background(), dir, log)
	if err != nil {
		return ended, err
	}
	defer func() { err = errors.Join(err, data.close()) }()
	w, err := newWorks(data, serveOptions{slots: 64, drain: time.Second}, values, log)
	if err != nil {
		return ended, err
	}
	ctx := penstock.WithActor(context.Background(), who())
	err = w.RunWhile(ctx, func(ctx context.Context) error {
		if _, err := w.Do(ctx, penstock.ApplyPipeline{Pipeline: p, NoStart: true}); err != nil {
			return err
		}
		started, err := w.Do(ctx, penstock.StartExecution{Pipeline: p.Name(), Variables: r.variables})
		if err != nil {
			return err
		}
		f := &follower{interrupted: make(chan struct{}), works: w, pipeline: p.Name(), execution: started.Execution, approver: r.approver(s), screen: newScreen(s.out), types: map[string]string{}}
		defer onSignal(ctx, f)()
		ended, err = f.follow(ctx)
		return err
	})
	return ended, err
}

// onSignal ends the execution at the first signal, and the process at the second.
func onSignal(ctx context.Context, f *follower) (stop func()) {
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals) // the next one has its usual effect
			f.interrupt(ctx)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// who is who acts.
func who() string {
	for _, name := range []string{"USER", "USERNAME"} {
		if user := os.Getenv(name); user != "" {
			return user
		}
	}
	return "somebody"
}

// approver says how approvals are decided.
func (r *runner) approver(s *session) approver {
	in, _ := s.in.(*os.File)
	return approver{in: s.in, asks: terminal(in), approve: r.approve, messages: s.messages}
}

// approver decides approvals.
type approver struct {
	in       io.Reader
	asks     bool // somebody is there
	approve  bool // all of them
	messages io.Writer
}

// decide answers an approval. ok is false when ctx ended before anybody has answered.
func (a approver) decide(ctx context.Context, name, note string) (yes bool, summary string, ok bool) {
	switch {
	case a.approve:
		return true, "approved by --approve", true
	case !a.asks:
		fmt.Fprintf(a.messages, "penstock: %s asks for approval, and there is no terminal to ask at: it is rejected; see --approve\n", oneLine(name))
		return false, "there is no terminal to ask at", true
	}
	question := strings.TrimSpace(oneLine(name + ": " + note))
	fmt.Fprintf(a.messages, "Approve %s [y/N] ", strings.TrimSuffix(question, ":"))
	answer := make(chan string, 1)
	go func() { // left behind when ctx ends: a read cannot be taken back
		answer <- readLine(a.in)
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.messages)
		return false, "", false
	case text := <-answer:
		yes := strings.EqualFold(text, "y") || strings.EqualFold(text, "yes")
		return yes, "decided at a terminal", true
	}
}

// readLine reads no further than the line's end: what follows answers the next question.
func readLine(in io.Reader) string {
	var line []byte
	var one [1]byte
	for {
		n, err := in.Read(one[:])
		if n > 0 && one[0] == '\n' || err != nil {
			return strings.TrimSpace(string(line))
		}
		line = append(line, one[:n]...)
	}
}
