package penstock

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/executor"
)

// Secret is a reference to a secret: never the secret itself, which only Value answers, where the action runs.
type Secret struct{ Ref string }

// SecretResolver looks secrets up, in the process where the action runs. It must be safe for concurrent use.
type SecretResolver interface {
	ResolveSecret(ctx context.Context, ref string) (string, error)
}

const secretPrefix = "secret:"

// String is secret:NAME.
func (s Secret) String() string { return secretPrefix + s.Ref }

// MarshalText is String, so that a Secret can stand in a struct, map or list too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads secret:NAME.
func (s *Secret) UnmarshalText(text []byte) error {
	ref, ok := strings.CutPrefix(string(text), secretPrefix)
	if !ok || ref == "" {
		return errors.New("a secret is written secret:NAME, and never as its value") // the text may be that value: it is not repeated
	}
	s.Ref = ref
	return nil
}

// Value is the secret. From then on the run's log, summaries and errors have it struck out, and it cannot be made a variable.
// ErrNotFound: there is no reference; ErrFailedPrecondition: the engine has no SecretResolver.
func (s Secret) Value(ctx context.Context, call Scope) (string, error) {
	r := call.running()
	fail := func(code Code, err error, hint string) (string, error) {
		return "", &Error{Code: code, Op: "resolve", Path: s.String(), Err: err, Hint: hint}
	}
	switch {
	case s.Ref == "":
		return fail(ErrNotFound, errors.New("the action was given no secret"), "")
	case r == nil:
		return "", errNoRun
	case r.host.secrets == nil:
		return fail(ErrFailedPrecondition, errors.New("the engine has no SecretResolver"), "set Config.Secrets")
	}
	value, err := r.host.secrets.ResolveSecret(ctx, s.Ref)
	if err != nil {
		return fail(ErrUnavailable, fmt.Errorf("%w", err), "")
	}
	r.redactor.learn(value)
	return value, nil
}

// shortestSecret is how many bytes a secret must have to be struck out: shorter ones stand in too many innocent words.
const shortestSecret = 6

// struckOut is what stands where a secret was.
const struckOut = "****"

// redactor strikes secrets out of texts, and is the log that does so, wherever writes divide a secret.
type redactor struct {
	to executor.Reporter

	mu      sync.Mutex
	secrets []string
	held    string // the end of the log so far, which may be the beginning of a secret
}

func (r *redactor) learn(secret string) {
	if len(secret) < shortestSecret {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, secret)
}

func (r *redactor) strike(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.strikeLocked(text)
}

func (r *redactor) strikeLocked(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, struckOut)
	}
	return text
}

func (r *redactor) holds(text string) bool { return r.strike(text) != text }

// Write passes p on without the secrets in it.
func (r *redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.secrets) == 0 {
		return r.to.Log().Write(p)
	}
	text := r.strikeLocked(r.held + string(p))
	keep := r.unfinished(text)
	r.held = text[len(text)-keep:]
	if keep < len(text) {
		if _, err := r.to.Log().Write([]byte(text[:len(text)-keep])); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// unfinished is how much of the end of a text may be the beginning of a secret.
func (r *redactor) unfinished(text string) int {
	most := 0
	for _, secret := range r.secrets {
		for n := min(len(secret)-1, len(text)); n > most; n-- {
			if strings.HasSuffix(text, secret[:n]) {
				most = n
			}
		}
	}
	return most
}

// flush passes on what was held: it was no secret.
func (r *redactor) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held != "" {
		_, _ = r.to.Log().Write([]byte(r.held)) // the log is not the action's outcome
		r.held = ""
	}
}
