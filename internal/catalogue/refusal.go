package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Code is the service's exception without the word at its end.
type Code string

// The codes.
const (
	Validation         Code = "Validation"
	LimitExceeded      Code = "LimitExceeded"
	ActionTypeNotFound Code = "ActionTypeNotFound"
	InvalidNextToken   Code = "InvalidNextToken"
)

// Error says why the catalogue did not do what was asked.
type Error struct {
	Code    Code
	Message string // the service's own text where it is known
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

func invalid(format string, args ...any) error {
	return &Error{Code: Validation, Message: fmt.Sprintf(format, args...)}
}

// notAvailable is the service's text for a type that is not declared (spec B1).
func notAvailable(t definition.TypeID) error {
	return &Error{Code: ActionTypeNotFound, Message: fmt.Sprintf(
		"ActionType (Category: '%s', Owner: '%s', Provider: '%s', Version: '%s') is not available", t.Category, t.Owner, t.Provider, t.Version)}
}

// refusals gathers broken constraints, in the service's words (spec 0, static constraint failure).
type refusals struct{ found []string }

func (r *refusals) add(at string, value any, must string, args ...any) {
	r.found = append(r.found, fmt.Sprintf("Value '%v' at '%s' failed to satisfy constraint: Member must %s", value, at, fmt.Sprintf(must, args...)))
}

// error is all of them in one, or nil.
func (r *refusals) error() error {
	switch n := len(r.found); n {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: %s", r.found[0])
	default:
		return invalid("%d validation errors detected: %s", n, strings.Join(r.found, "; "))
	}
}

func (r *refusals) sized(at, text string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		r.add(at, text, "have length greater than or equal to %d", least)
	case n > most:
		r.add(at, text, "have length less than or equal to %d", most)
	}
}

// optional is sized for a text that may be left out.
func (r *refusals) optional(at, text string, most int) { r.sized(at, text, 0, most) }

func (r *refusals) atMost(at string, n, most int) {
	if n > most {
		r.add(at, fmt.Sprintf("[%d members]", n), "have length less than or equal to %d", most)
	}
}

func (r *refusals) between(at string, n, least, most int) {
	switch {
	case n < least:
		r.add(at, n, "have value greater than or equal to %d", least)
	case n > most:
		r.add(at, n, "have value less than or equal to %d", most)
	}
}

func (r *refusals) oneOf(at, text string, values ...string) {
	if !slices.Contains(values, text) {
		r.add(at, text, "satisfy enum value set: [%s]", strings.Join(values, ", "))
	}
}

func (r *refusals) matches(at, text string, pattern *regexp.Regexp) {
	if !pattern.MatchString(text) {
		r.add(at, text, "satisfy regular expression pattern: %s", strings.TrimSuffix(strings.TrimPrefix(pattern.String(), "^"), "$"))
	}
}

var word = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

// name checks a provider or a version.
func (r *refusals) name(at, text string, most int) {
	r.sized(at, text, 1, most)
	if text != "" {
		r.matches(at, text, word)
	}
}

// counts checks how many artifacts a type takes.
func (r *refusals) counts(at string, d ArtifactDetails, most int) {
	r.between(at+".minimumCount", d.MinimumCount, 0, most)
	r.between(at+".maximumCount", d.MaximumCount, 0, most)
}
