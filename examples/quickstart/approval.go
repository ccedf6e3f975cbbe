package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/penstock-dev/penstock"
)

// approver decides on approvals: it asks at a terminal, and says yes where there is none, as in CI.
type approver struct {
	in  *os.File
	out io.Writer // where it asks
}

// decide answers the approval that an event is about.
func (a approver) decide(ctx context.Context, engine *penstock.Engine, event penstock.Event) error {
	answer := penstock.DecideApproval{Pipeline: event.Pipeline, Stage: event.Stage, Action: event.Action, Token: event.Token}
	if !terminal(a.in) {
		answer.Summary = "given by itself: there is no terminal to ask at"
		_, err := engine.Do(penstock.WithActor(ctx, "quickstart"), answer)
		return err
	}
	approval, err := engine.ActionExecution(ctx, event.Pipeline, event.Execution, event.ActionExecution)
	if err != nil {
		return err
	}
	yes, err := ask(ctx, a.in, a.out, "  "+approval.Configuration["CustomData"]+" approve? [y/N] ")
	if err != nil {
		return err
	}
	who := cmp.Or(os.Getenv("USER"), os.Getenv("USERNAME"), "somebody")
	if answer.Reject = !yes; yes {
		answer.Summary = "approved by " + who
	}
	_, err = engine.Do(penstock.WithActor(ctx, who), answer)
	return err
}

// ask puts a question and waits for a line, or until ctx ends. Anything but y or yes is a no.
func ask(ctx context.Context, in io.Reader, out io.Writer, question string) (bool, error) {
	fmt.Fprint(out, question)
	line := make(chan string, 1)
	go func() { // left behind when ctx ends: a read cannot be taken back
		text, _ := bufio.NewReader(in).ReadString('\n')
		line <- text
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		return false, context.Cause(ctx)
	case text := <-line:
		if !strings.HasSuffix(text, "\n") {
			fmt.Fprintln(out)
		}
		answer := strings.ToLower(strings.TrimSpace(text))
		return answer == "y" || answer == "yes", nil
	}
}

// terminal says whether somebody may sit at the other end. The null device looks like a terminal but for its name.
func terminal(f *os.File) bool {
	if f == nil {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
