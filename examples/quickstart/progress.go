package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/penstock-dev/penstock"
)

// glance is how often the state of a release is looked at.
const glance = 100 * time.Millisecond

// follow tells how an execution goes until it has ended or running has, and answers it. It tells what the store has, so it does not matter whether
// this process or an earlier one has seen it happen.
func (s *session) follow(ctx, running context.Context, execution string) (penstock.Execution, error) {
	told := map[string]bool{} // action executions whose end was told
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		last := running.Err() != nil || broken(ctx) // before this look, so that it misses nothing
		x, err := s.look(ctx, execution, told)
		if err != nil || last || x.Status.Ended() {
			return x, err
		}
		select {
		case <-tick.C:
		case <-running.Done():
		}
	}
}

// look tells what has ended since the last time, shows what runs, and answers approvals.
func (s *session) look(ctx context.Context, execution string, told map[string]bool) (penstock.Execution, error) {
	always := context.WithoutCancel(ctx) // a drain is told to its end
	x, err := s.engine.Execution(always, s.pipeline.Name(), execution)
	if err != nil {
		return x, err
	}
	page, err := s.engine.ActionExecutions(always, penstock.ActionExecutionQuery{Pipeline: s.pipeline.Name(), Execution: execution})
	if err != nil {
		return x, err
	}
	var live []string
	for _, a := range slices.Backward(page.Actions) { // oldest first
		switch {
		case told[a.ID]:
		case a.Status.Ended():
			told[a.ID] = true
			err = s.ended(always, a)
		case a.Token != "" && ctx.Err() == nil:
			s.screen.draw(nil)
			err = s.approver.decide(ctx, s.engine, s.pipeline.Name(), a)
		default:
			live = append(live, line(a, time.Since(a.Started), s.output(always, a, 1)))
		}
		if err != nil {
			return x, err
		}
	}
	s.screen.draw(live)
	return x, nil
}

// ended tells how an action ended, and shows the end of the output of one that failed.
func (s *session) ended(ctx context.Context, a penstock.ActionExecution) error {
	said := []string{a.Summary}
	switch {
	case a.Failure != nil:
		said = []string{firstLine(a.Failure.Message)}
	case a.Summary == "":
		said = s.output(ctx, a, 1)
	}
	fmt.Fprintln(s.screen, line(a, a.Updated.Sub(a.Started), said))
	if a.Failure == nil {
		return nil
	}
	for _, l := range s.output(ctx, a, 20) {
		fmt.Fprintln(s.screen, "  |", l)
	}
	if a.Failure.Hint != "" {
		fmt.Fprintln(s.screen, "  Hint:", a.Failure.Hint)
	}
	return nil
}

// line is one action in a line.
func line(a penstock.ActionExecution, took time.Duration, said []string) string {
	return strings.TrimRight(fmt.Sprintf("%-10s  %-16s %6.1fs  %s",
		a.Status, a.Stage+"/"+a.Action, max(took, 0).Seconds(), strings.Join(said, " ")), " ")
}

// output is the last n lines of what an action has said, as plain text.
func (s *session) output(ctx context.Context, a penstock.ActionExecution, n int) []string {
	page, err := s.engine.Log(ctx, penstock.LogQuery{ActionExecution: a.ID, Run: a.Run, Offset: -16 << 10})
	if err != nil {
		return []string{err.Error()} // the release does not depend on it
	}
	return lastLines(page.Data, n)
}

// lastLines are the last n lines of a text, without what would move a terminal's cursor.
func lastLines(text []byte, n int) []string {
	var lines []string
	for l := range bytes.Lines(bytes.TrimRight(text, "\r\n")) {
		clean := strings.Map(func(c rune) rune {
			switch {
			case c == '\t':
				return ' '
			case unicode.IsControl(c):
				return -1
			default:
				return c
			}
		}, string(l))
		lines = append(lines, clean)
	}
	return lines[max(0, len(lines)-n):]
}

// firstLine is a text up to the end of its first line; dots stand for the rest.
func firstLine(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if more {
		return first + " …"
	}
	return first
}
