// Package redact keeps secrets out of what people and machines read: where in a text or a stream does a secret stand, in whatever form?
//
// A secret is looked for as it is, line by line, and as base64 (also inside a longer base64 text), hexadecimal, URL and JSON would write it, however
// the writes of a stream divide it. It cannot find what was encrypted, compressed or taken apart on purpose.
package redact

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"sync"
)

// Shortest is how many bytes a secret, or a form of it, must have to be struck out: shorter ones stand in too many innocent words.
const Shortest = 6

// Struck is what stands where a secret was.
const Struck = "****"

// Secrets are the secrets that are known so far. The zero value knows none. Safe for concurrent use.
type Secrets struct {
	mu    sync.Mutex
	forms []string // longest first
}

// Learn adds a secret with all its forms.
func (s *Secrets) Learn(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range forms(secret) {
		if len(form) >= Shortest && !slices.Contains(s.forms, form) {
			s.forms = append(s.forms, form)
		}
	}
	slices.SortFunc(s.forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
}

// Strike answers the text without secrets.
func (s *Secrets) Strike(text string) string {
	for _, form := range s.known() {
		text = strings.ReplaceAll(text, form, Struck)
	}
	return text
}

// In reports whether a secret stands in the text.
func (s *Secrets) In(text string) bool {
	return slices.ContainsFunc(s.known(), func(form string) bool { return strings.Contains(text, form) })
}

// known is shared and never changed: Learn makes a new order in place only for forms that nobody holds yet.
func (s *Secrets) known() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.forms)
}

// Writer passes a stream on without secrets. What may be the beginning of one is held back until more comes, or Flush. It is not safe for
// concurrent use.
type Writer struct {
	To      io.Writer
	Secrets *Secrets

	held string
}

// Write passes p on, as far as it is certain.
func (w *Writer) Write(p []byte) (int, error) {
	forms := w.Secrets.known()
	if len(forms) == 0 && w.held == "" {
		return w.To.Write(p)
	}
	text, keep := divide(w.held+string(p), forms)
	w.held = keep
	if text == "" {
		return len(p), nil
	}
	if _, err := io.WriteString(w.To, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush passes on what was held: it was no secret.
func (w *Writer) Flush() error {
	held := w.held
	w.held = ""
	if held == "" {
		return nil
	}
	_, err := io.WriteString(w.To, w.Secrets.Strike(held))
	return err
}

// divide strikes what is certain, and answers the end of the text that may be the beginning of a form. A form that is whole is not struck as
// long as a longer one that begins with it, or before it, may still come: the end is kept from there.
func divide(text string, forms []string) (certain, keep string) {
	at := len(text)
	for _, form := range forms {
		for n := min(len(form)-1, len(text)); n > len(text)-at; n-- {
			if strings.HasSuffix(text, form[:n]) {
				at = len(text) - n
				break
			}
		}
	}
	at = whole(text, forms, at)
	certain, keep = text[:at], text[at:]
	for _, form := range forms {
		certain = strings.ReplaceAll(certain, form, Struck)
	}
	return certain, keep
}

// whole moves a cut to the left until it divides no form that stands in the text.
func whole(text string, forms []string, at int) int {
	for moved := true; moved; {
		moved = false
		for _, form := range forms {
			from := max(at-len(form)+1, 0)
			if i := strings.Index(text[from:], form); i >= 0 && from+i < at && from+i+len(form) > at {
				at, moved = from+i, true
			}
		}
	}
	return at
}
