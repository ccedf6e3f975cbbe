package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/penstock-dev/penstock"
)

// progress tells how a release goes: a line a stage and an action, and the end of the log of what failed.
type progress struct {
	engine   *penstock.Engine
	approver approver
	out      io.Writer
}

// follow tells until the release has ended, and answers nil if it succeeded. Questions are put until ctx ends; the engine is followed
// for longer, until driving ends, so that the end of an interrupted release is told too.
func (p *progress) follow(ctx, driving context.Context, pipeline string) error {
	for event, err := range p.engine.Follow(driving, penstock.EventQuery{Pipeline: pipeline}) {
		switch {
		case err != nil:
			return err
		case event.Kind == penstock.EventStageEntered:
			fmt.Fprintln(p.out, event.Stage)
		case event.Kind == penstock.EventActionStarted && event.Token != "":
			err = p.approver.decide(ctx, p.engine, event)
		case event.Kind == penstock.EventActionEnded:
			err = p.ended(driving, event)
		case event.Kind == penstock.EventExecutionEnded && event.Status == penstock.StatusSucceeded:
			return nil
		case event.Kind == penstock.EventExecutionEnded:
			return fmt.Errorf("not released: %s", event.Text)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return errors.New("the engine ended before the release")
}

// ended tells how an action ended.
func (p *progress) ended(ctx context.Context, event penstock.Event) error {
	action, err := p.engine.ActionExecution(ctx, event.Pipeline, event.Execution, event.ActionExecution)
	if err != nil {
		return err
	}
	took := action.Updated.Sub(action.Started).Seconds()
	line := fmt.Sprintf("  %-10s %-10s %6.1fs  %s", event.Action, event.Status, took, event.Text)
	fmt.Fprintln(p.out, strings.TrimRight(line, " "))
	if event.Status != penstock.StatusFailed {
		return nil
	}
	log, err := p.engine.Log(ctx, penstock.LogQuery{ActionExecution: action.ID, Run: action.Run, Offset: -16 << 10})
	for line := range bytes.Lines(lastLines(log.Data, 20)) {
		fmt.Fprintf(p.out, "    | %s\n", bytes.TrimRight(line, "\r\n"))
	}
	return err
}

// lastLines are the last n lines of a text.
func lastLines(text []byte, n int) []byte {
	text = bytes.TrimRight(text, "\r\n")
	at := len(text)
	for range n {
		if at = bytes.LastIndexByte(text[:at], '\n'); at < 0 {
			return text
		}
	}
	return text[at+1:]
}
