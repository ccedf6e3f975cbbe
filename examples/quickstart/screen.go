package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
)

// screen is where progress is told: lines that stay and, on a terminal, lines below them that are drawn anew.
type screen struct {
	mu    sync.Mutex
	out   io.Writer
	live  bool
	drawn []string
}

func newScreen(out io.Writer) *screen {
	file, _ := out.(*os.File)
	return &screen{out: out, live: terminal(file) && os.Getenv("TERM") != "dumb"}
}

// logger is for what goes wrong on the way: it must not write across the lines that are drawn.
func (s *screen) logger(problems io.Writer) *slog.Logger {
	if s.live {
		problems = s
	}
	return slog.New(slog.NewTextHandler(problems, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// Write adds lines that stay.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.erased() + string(p)
	s.drawn = nil
	_, err := io.WriteString(s.out, text)
	return len(p), err
}

// draw replaces the lines that do not stay.
func (s *screen) draw(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live || slices.Equal(lines, s.drawn) {
		return
	}
	text := strings.Join(append(slices.Clone(lines), ""), "\n")
	// The terminal cuts off a line that is too long: it knows how wide it is.
	fmt.Fprint(s.out, s.erased()+"\x1b[?7l"+text+"\x1b[?7h")
	s.drawn = lines
}

// erased moves back to where the lines that do not stay begin, and removes them.
func (s *screen) erased() string {
	if len(s.drawn) == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", len(s.drawn))
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
