package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// terminal reports whether somebody sits there.
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

// screen is where progress is told: lines, and at a terminal one more below them that says what runs.
type screen struct {
	out  io.Writer
	live bool // it is a terminal
	last string
}

func newScreen(out io.Writer) *screen {
	f, _ := out.(*os.File)
	return &screen{out: out, live: terminal(f)}
}

// line tells something for good.
func (s *screen) line(text string) {
	s.now("")
	fmt.Fprintln(s.out, oneLine(text))
}

// widest is how much of what runs is shown, so that it stays one line.
const widest = 78

// now says what runs.
func (s *screen) now(text string) {
	text = oneLine(text)
	if runes := []rune(text); len(runes) > widest {
		text = string(runes[:widest-1]) + "…"
	}
	if !s.live || text == s.last {
		return
	}
	fmt.Fprint(s.out, "\r"+strings.Repeat(" ", len([]rune(s.last)))+"\r"+text)
	s.last = text
}
