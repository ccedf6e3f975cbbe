package penstock

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	r.secrets.Learn(value)
	return value, nil
}
