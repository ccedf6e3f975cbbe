package webhook

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/internal/jsonpath"
)

// Webhook is a webhook as it is stored.
type Webhook struct {
	Name           string            `json:"name"`
	Pipeline       string            `json:"pipeline"`
	Action         string            `json:"action"` // in the first stage
	Filters        []Filter          `json:"filters,omitempty"`
	Authentication string            `json:"authentication"`
	Secret         string            `json:"secret,omitempty"`
	AllowedIPRange string            `json:"allowedIPRange,omitempty"`
	Key            string            `json:"key"` // the last element of its URL
	Created        time.Time         `json:"created"`
	Tags           map[string]string `json:"tags,omitempty"`
	Registered     bool              `json:"registered,omitempty"` // with a third party
}

// Filter lets deliveries pass whose value at a path is as it says.
type Filter struct {
	Path   string `json:"path"`
	Equals string `json:"equals,omitempty"` // with {Key} for what the target action is configured with; empty: any value
}

// The ways to know that a delivery comes from whom it should.
const (
	GitHubHMAC      = "GITHUB_HMAC"
	IP              = "IP"
	Unauthenticated = "UNAUTHENTICATED"
)

// Kind is what is wrong with a webhook, in the service's terms.
type Kind int

// The kinds.
const (
	Malformed         Kind = iota // ValidationException
	BadFilter                     // InvalidWebhookFilterPatternException
	BadAuthentication             // InvalidWebhookAuthenticationParametersException
)

// Error says why there cannot be such a webhook.
type Error struct {
	Kind    Kind
	Message string
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

func refuse(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Bounds of a webhook (spec B1).
const (
	mostFilters = 5
	mostName    = 100
	mostText    = 150
	mostSecret  = 100
)

// Check judges a webhook by itself, whatever it points at.
func (w *Webhook) Check() error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@-_"
	switch {
	case w.Name == "" || len(w.Name) > mostName || strings.Trim(w.Name, letters) != "":
		return refuse(Malformed, "the name %.120q must have 1 to %d letters, digits, or any of . @ - _", w.Name, mostName)
	case w.Pipeline == "":
		return refuse(Malformed, "the webhook names no pipeline")
	case w.Action == "":
		return refuse(Malformed, "the webhook names no action")
	case len(w.Filters) > mostFilters:
		return refuse(Malformed, "the webhook has %d filters, %d are allowed", len(w.Filters), mostFilters)
	}
	for _, f := range w.Filters {
		if err := f.check(); err != nil {
			return err
		}
	}
	return w.checkAuthentication()
}

func (w *Webhook) checkAuthentication() error {
	switch w.Authentication {
	case GitHubHMAC:
		if n := utf8.RuneCountInString(w.Secret); n < 1 || n > mostSecret {
			return refuse(BadAuthentication, "%s needs a SecretToken of 1 to %d characters", GitHubHMAC, mostSecret)
		}
		if w.AllowedIPRange != "" {
			return refuse(BadAuthentication, "%s takes no AllowedIPRange", GitHubHMAC)
		}
	case IP:
		if _, err := netip.ParsePrefix(w.AllowedIPRange); err != nil {
			return refuse(BadAuthentication, "%s needs an AllowedIPRange such as 192.0.2.0/24, not %.120q", IP, w.AllowedIPRange)
		}
		if w.Secret != "" {
			return refuse(BadAuthentication, "%s takes no SecretToken", IP)
		}
	case Unauthenticated:
		if w.Secret != "" || w.AllowedIPRange != "" {
			return refuse(BadAuthentication, "%s takes neither a SecretToken nor an AllowedIPRange", Unauthenticated)
		}
	default:
		return refuse(Malformed, "the authentication %.120q is none of %s, %s, %s", w.Authentication, GitHubHMAC, IP, Unauthenticated)
	}
	return nil
}

func (f Filter) check() error {
	switch {
	case f.Path == "" || utf8.RuneCountInString(f.Path) > mostText:
		return refuse(BadFilter, "a filter's JSON path must have 1 to %d characters", mostText)
	case utf8.RuneCountInString(f.Equals) > mostText:
		return refuse(BadFilter, "what a filter matches must have up to %d characters", mostText)
	}
	if _, err := jsonpath.Parse(f.Path); err != nil {
		return refuse(BadFilter, "the JSON path %s", err)
	}
	return nil
}

// CheckTarget judges the placeholders of a webhook's filters by the configuration of the action that it is for.
func (w *Webhook) CheckTarget(configuration map[string]string) error {
	for _, f := range w.Filters {
		if _, unknown := expand(f.Equals, configuration); unknown != "" {
			return refuse(BadFilter, "%q: action %s is not configured with %s", f.Equals, w.Action, unknown)
		}
	}
	return nil
}

// expand puts what an action is configured with in the place of {Key}; what it puts in is not looked at again. It answers the first key
// that is not there. A brace that is not closed stands for itself.
func expand(text string, configuration map[string]string) (out, unknown string) {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(text, "{")
		key, after, closed := strings.Cut(rest, "}")
		if !open || !closed {
			b.WriteString(text)
			return b.String(), ""
		}
		value, ok := configuration[key]
		if !ok {
			return "", "{" + key + "}"
		}
		b.WriteString(before + value)
		text = after
	}
}
