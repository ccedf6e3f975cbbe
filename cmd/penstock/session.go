package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/penstock-dev/penstock"
)

// Exit statuses.
const (
	found  = 1 // something is wrong with the input
	broken = 2 // the command could not do its work: usage, reading, writing
)

// session is one run of a command: where it reads and writes, and how it has gone so far.
type session struct {
	in       io.Reader
	out      io.Writer // what was asked for
	messages io.Writer // anything else
	status   int       // the exit status so far
}

// write puts out what was asked for.
func (s *session) write(data []byte) {
	if _, err := s.out.Write(data); err != nil {
		s.fail(err)
	}
}

// fail tells why the command could not do its work.
func (s *session) fail(err error) {
	s.status = max(s.status, broken)
	fmt.Fprintf(s.messages, "penstock: %s\n", oneLine(err.Error()))
}

// usage tells what is wrong with the command line, of a command or of penstock itself.
func (s *session) usage(command, message string) {
	about := strings.TrimSpace("help " + command)
	s.fail(fmt.Errorf("%s: see penstock %s", strings.TrimPrefix(command+": "+message, ": "), about))
}

// problem tells what is wrong with an input, one thing a line.
func (s *session) problem(file string, err error) {
	s.status = max(s.status, found)
	problems, ok := errors.AsType[penstock.Problems](err)
	if !ok {
		fmt.Fprintf(s.messages, "%s: %s\n", shown(file), oneLine(cause(err)))
	}
	for _, p := range problems {
		fmt.Fprintf(s.messages, "%s:%s\n", shown(file), oneLine(penstock.Problems{p}.Error()))
	}
}

// remark tells something about an input that is no problem.
func (s *session) remark(file, text string) {
	fmt.Fprintf(s.messages, "%s: %s\n", shown(file), oneLine(text))
}

// cause is an error of the library without the operation, which whoever gave the command knows.
func cause(err error) string {
	if e, ok := errors.AsType[*penstock.Error](err); ok && e.Err != nil {
		return strings.TrimSuffix(strings.TrimPrefix(e.Err.Error(), "definition: ")+"; "+e.Hint, "; ")
	}
	return err.Error()
}

// oneLine keeps names of the input from breaking lines, or from speaking to the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
