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

// decide answers an approval that waits. One that is not answered before ctx ends goes on waiting.
func (a approver) decide(ctx context.Context, engine *penstock.Engine, pipeline string, approval penstock.ActionExecution) error {
	answer := penstock.DecideApproval{Pipeline: pipeline, Stage: approval.Stage, Action: approval.Action, Token: approval.Token}
	who := user()
	if terminal(a.in) {
		yes, err := ask(ctx, a.in, a.out, approval.Configuration["CustomData"]+" [y/N] ")
		if err != nil {
			return nil //nolint:nilerr // nobody has answered
		}
		if answer.Reject = !yes; yes {
			answer.Summary = "approved by " + who
		}
	} else {
		who, answer.Summary = "quickstart", "approved by itself: there is no terminal to ask at"
	}
	_, err := engine.Do(penstock.WithActor(ctx, who), answer)
	return err
}

// user is who acts.
func user() string { return cmp.Or(os.Getenv("USER"), os.Getenv("USERNAME"), "somebody") }

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
