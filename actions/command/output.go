package command

import (
	"io"
	"strings"
	"sync"
)

// Bounds of the output in a failure.
const (
	tailSize  = 2 << 10 // bytes
	tailLines = 20
)

// output passes a program's output on to the log, and keeps the end of it.
type output struct {
	log  io.Writer
	keep int // bytes

	mu  sync.Mutex
	end []byte
	cut bool // there was more before
}

// Write never fails: what the log does not take is not the program's failure.
func (o *output) Write(p []byte) (int, error) {
	_, _ = o.log.Write(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end = append(o.end, p[max(0, len(p)-o.keep):]...)
	o.cut = o.cut || len(p) > o.keep || len(o.end) > o.keep
	if over := len(o.end) - o.keep; over > 0 {
		o.end = o.end[:copy(o.end, o.end[over:])]
	}
	return len(p), nil
}

// tail is the last lines as the end of a sentence, without secrets.
func (o *output) tail(secrets []string) string {
	o.mu.Lock()
	text, cut := string(o.end), o.cut
	o.mu.Unlock()
	if cut {
		text = withoutRest(text, secrets)
	}
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "****")
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) > tailSize {
		text, cut = text[len(text)-tailSize:], true
	}
	lines := strings.Split(text, "\n")
	if cut && len(lines) > 1 {
		lines = lines[1:] // half of a line
	}
	lines = lines[max(0, len(lines)-tailLines):]
	if text == "" {
		return "; there was no output"
	}
	return "; the output ends with:\n" + strings.ToValidUTF8(strings.Join(lines, "\n"), "")
}

// withoutRest leaves out what may be the rest of a secret whose beginning is gone.
func withoutRest(text string, secrets []string) string {
	most := 0
	for _, secret := range secrets {
		for n := len(secret) - 1; n > most; n-- {
			if strings.HasPrefix(text, secret[len(secret)-n:]) {
				most = n
			}
		}
	}
	return text[most:]
}

func longest(texts []string) int {
	n := 0
	for _, t := range texts {
		n = max(n, len(t))
	}
	return n
}
